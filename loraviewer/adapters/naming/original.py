"""Dotted names in the words of the original code, as ComfyUI and ai-toolkit use them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from loraviewer.adapters.naming.base import (
    CLIP,
    LLM,
    T5,
    Network,
    Place,
    Spelling,
    original_spelling,
)

_COMFY_PREFIXES = ("diffusion_model.", "model.diffusion_model.")

_CLIP_NAMES: Mapping[int, tuple[str, ...]] = {
    768: ("clip_l",),
    1024: ("clip_h",),
    1280: ("clip_g",),
}
"""Width of a CLIP text encoder → what ComfyUI calls it."""

_NAMES_BY_KIND: Mapping[str, tuple[str, ...]] = {
    T5: ("t5xxl", "umt5xxl", "pile_t5xl", "t5xl", "t5base"),
    LLM: (
        *("qwen3_06b", "qwen3_4b", "qwen3_8b", "qwen25_7b", "qwen25_3b", "qwen3vl_4b"),
        *("gemma2_2b", "gemma3_4b", "mistral3_24b", "llama", "llama3_8b"),
    ),
}
_BY_NUMBER: Mapping[str, tuple[str, ...]] = {
    "text_encoder": ("clip_l",),
    "text_encoder_2": ("clip_g",),
}


@dataclass(frozen=True)
class OriginalConvention:
    """The words of one code: alone, or behind `diffusion_model.`."""

    name: str
    architectures: tuple[str, ...]
    starts: tuple[str, ...]
    """How its names begin, once the prefix is taken off; not all of them, but no other code's."""

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.network.architecture in self.architectures and place.original:
            for prefix in ("", *_COMFY_PREFIXES):
                yield original_spelling(prefix, place.original)

    def recognises(self, group_key: str) -> bool:
        return _without_prefix(group_key).startswith(self.starts)


def _without_prefix(group_key: str) -> str:
    for prefix in (*reversed(_COMFY_PREFIXES), "transformer.", "unet."):
        if group_key.startswith(prefix):
            return group_key.removeprefix(prefix)
    return group_key


NAMED_ORIGINALS = (
    OriginalConvention(
        "ldm",
        ("ldm",),
        (
            *("input_blocks.", "output_blocks.", "middle_block.", "time_embed.", "label_emb."),
            *("out.0", "out.2"),
        ),
    ),
    OriginalConvention(
        "bfl",
        ("flux1", "flux2", "chroma"),
        (
            *("double_blocks.", "single_blocks.", "time_in.", "vector_in.", "guidance_in."),
            *("double_stream_modulation_img.lin", "double_stream_modulation_txt.lin"),
        ),
    ),
    OriginalConvention("sai", ("sd3",), ("joint_blocks.",)),
)

OTHER_ORIGINALS = OriginalConvention(
    "original",
    ("z-image", "lumina2", "krea2", "cosmos"),
    ("blocks.", "layers.", "noise_refiner.", "context_refiner.", "txtfusion."),
)


class ComfyConvention:
    """ComfyUI's generic names: `diffusion_model.` and the network's own path, and
    `text_encoders.clip_l.transformer.…`."""

    name = "comfyui"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.is_denoiser:
            yield from (Spelling(prefix + place.path) for prefix in _COMFY_PREFIXES)
        for name in encoder_names(place.network):
            prefix = f"text_encoders.{name}.transformer."
            yield from (Spelling(prefix + path) for path in place.text_paths)

    def recognises(self, group_key: str) -> bool:
        return group_key.startswith((*_COMFY_PREFIXES, "text_encoders."))


def encoder_names(network: Network) -> tuple[str, ...]:
    """What ComfyUI may call a text encoder; none for other networks."""
    if network.text_kind in (T5, LLM):
        return _NAMES_BY_KIND[network.text_kind]
    if network.text_kind == CLIP and network.width in _CLIP_NAMES:
        return _CLIP_NAMES[network.width]
    return _BY_NUMBER.get(network.component, ())


class XlabsConvention:
    """xlabs' Flux: 1 is the picture's side of a double block, 2 the text's; `qkv_lora` of a single
    block is the first three parts of its `linear1`."""

    name = "xlabs"
    _DOUBLE: Mapping[str, str] = {
        "img_attn.qkv": "qkv_lora1",
        "txt_attn.qkv": "qkv_lora2",
        "img_attn.proj": "proj_lora1",
        "txt_attn.proj": "proj_lora2",
    }
    _SINGLE: Mapping[str, str] = {"linear1": "qkv_lora", "linear2": "proj_lora"}
    _PARTS_OF_QKV = 3

    def spellings(self, place: Place) -> Iterator[Spelling]:
        original = place.original
        if original is None or place.network.architecture not in ("flux1", "chroma"):
            return
        blocks, _, rest = original.path.partition(".")
        number, _, module = rest.partition(".")
        words = {"double_blocks": self._DOUBLE, "single_blocks": self._SINGLE}.get(blocks, {})
        if module in words and (original.part or 0) < self._PARTS_OF_QKV:
            name = f"{blocks}.{number}.processor.{words[module]}"
            for prefix in ("", "diffusion_model.", "transformer."):
                yield Spelling(prefix + name, original.part)

    def recognises(self, group_key: str) -> bool:
        return ".processor.qkv_lora" in group_key or ".processor.proj_lora" in group_key
