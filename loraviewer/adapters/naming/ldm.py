"""Names of the original latent-diffusion UNet, which kohya's SDXL and ComfyUI files use.

Block n of a UNet with L resnets a down level: level = (n − 1) // (L + 1), i = (n − 1) % (L + 1)
below, level = n // (L + 1), i = n % (L + 1) above.
"""

import re
from collections.abc import Iterator

from loraviewer.adapters.naming.base import Place, Spelling, UnetLayout

_RESNET_WORDS = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_OUTER_WORDS = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_LEVEL = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.+)")
_SAMPLER = re.compile(r"(down|up)_blocks\.(\d+)\.(?:down|up)samplers\.0\.conv")
_MIDDLE = re.compile(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)")


def ldm_path(path: str, layout: UnetLayout) -> str | None:
    """The module path in LDM words, or None if LDM has no such module."""
    if path in _OUTER_WORDS:
        return _OUTER_WORDS[path]
    if match := _LEVEL.fullmatch(path):
        side, level, part, index, rest = match.groups()
        return _in_level(side, int(level), part, int(index), rest, layout)
    if match := _SAMPLER.fullmatch(path):
        return _sampler(match[1], int(match[2]), layout)
    if match := _MIDDLE.fullmatch(path):
        part, index, rest = match.groups()
        at = 1 if part == "attentions" else 2 * int(index)
        return f"middle_block.{at}.{_inner(part, rest)}"
    return None


def _inner(part: str, rest: str) -> str:
    return _RESNET_WORDS.get(rest, rest) if part == "resnets" else rest


def _in_level(side: str, level: int, part: str, index: int, rest: str, layout: UnetLayout) -> str:
    row = level * (layout.resnets_per_level + 1) + index
    block = f"input_blocks.{row + 1}" if side == "down" else f"output_blocks.{row}"
    return f"{block}.{0 if part == 'resnets' else 1}.{_inner(part, rest)}"


def _sampler(side: str, level: int, layout: UnetLayout) -> str:
    row = level * (layout.resnets_per_level + 1) + layout.resnets_per_level
    if side == "down":
        return f"input_blocks.{row + 1}.0.op"
    at = 2 if level in layout.levels_with_attention else 1
    return f"output_blocks.{row}.{at}.conv"


_TEXT_PREFIXES = {
    "text_encoder": "text_encoders.clip_l.transformer.",
    "text_encoder_2": "text_encoders.clip_g.transformer.",
}


class KohyaLdmConvention:
    """kohya's SDXL files: `lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q`."""

    name = "kohya-ldm"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.layout and (path := ldm_path(place.path, place.layout)):
            yield Spelling("lora_unet_" + path.replace(".", "_"))

    def recognises(self, group_key: str) -> bool:
        words = ("input_blocks_", "output_blocks_", "middle_block_")
        return group_key.startswith(tuple("lora_unet_" + w for w in words))


class ComfyConvention:
    """ComfyUI's generic names: `diffusion_model.<LDM path>`, `text_encoders.clip_l.…`."""

    name = "ldm"
    _PREFIXES = ("diffusion_model.", "model.diffusion_model.")

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.layout and (path := ldm_path(place.path, place.layout)):
            yield from (Spelling(prefix + path) for prefix in self._PREFIXES)
        if prefix := _TEXT_PREFIXES.get(place.component):
            yield Spelling(prefix + place.path)

    def recognises(self, group_key: str) -> bool:
        return group_key.startswith((*self._PREFIXES, "text_encoders."))
