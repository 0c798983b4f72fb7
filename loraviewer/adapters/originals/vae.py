"""The autoencoder of latent diffusion. Its decoder counts levels from the other end, and its
attention was a 1×1 convolution where diffusers has linears."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from loraviewer.adapters.originals.words import Original, Row

_LEVEL = re.compile(
    r"(encoder|decoder)\.(down|up)\.(\d+)\.(?:block\.(\d+)|(?:down|up)sample)\.(.+)"
)
_MIDDLE = re.compile(r"(encoder|decoder)\.mid\.(?:block_(\d)|attn_1)\.(.+)")
_UP = re.compile(r"decoder\.up\.(\d+)\.")
_WORDS = {
    "nin_shortcut": "conv_shortcut",
    "norm": "group_norm",
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "proj_out": "to_out.0",
}
_OWN_LEVEL = re.compile(
    r"(encoder|decoder)\.(down|up)_blocks\.(\d+)\.(resnets|downsamplers|upsamplers)\.(\d+)\.(.+)"
)
_OWN_MIDDLE = re.compile(r"(encoder|decoder)\.mid_block\.(resnets|attentions)\.(\d+)\.(.+)")
_RESNET_WORDS = {"conv_shortcut": "nin_shortcut"}
_ATTENTION_WORDS = {new: old for old, new in _WORDS.items() if old != "nin_shortcut"}
_OUTER = {f"{side}.norm_out": f"{side}.conv_norm_out" for side in ("encoder", "decoder")}


@dataclass(frozen=True)
class VaeWords:
    """The words of one autoencoder (see `words.Words`); adapters do not name its modules."""

    levels: int

    @classmethod
    def of_original(cls, names: Iterable[str]) -> VaeWords | None:
        """From its tensor names; None if they are not LDM's."""
        levels = [int(match[1]) for name in names if (match := _UP.match(name))]
        return cls(max(levels) + 1) if levels else None

    def original(self, path: str) -> Original | None:
        return None

    def row(self, original: str) -> Row | None:
        path = self._path(original)
        if path is None:
            return None
        is_attention = ".attentions." in path and not path.endswith("group_norm")
        return Row(original, (path,), is_pointwise=is_attention)

    def _path(self, original: str) -> str | None:
        if match := _MIDDLE.fullmatch(original):
            side, number, rest = match.groups()
            part = f"resnets.{int(number) - 1}" if number else "attentions.0"
            return f"{side}.mid_block.{part}.{_WORDS.get(rest, rest)}"
        if match := _LEVEL.fullmatch(original):
            side, way, level, block, rest = match.groups()
            at = int(level) if way == "down" else self.levels - 1 - int(level)
            part = f"resnets.{block}" if block else f"{way}samplers.0"
            return f"{side}.{way}_blocks.{at}.{part}.{_WORDS.get(rest, rest)}"
        return _OUTER.get(original)


def vae_path(path: str, levels: int) -> str:
    """What the original code calls a module of diffusers' autoencoder of so many levels; modules
    that both call alike stay as they are."""
    if match := _OWN_MIDDLE.fullmatch(path):
        side, part, number, rest = match.groups()
        if part == "attentions":
            return f"{side}.mid.attn_1.{_ATTENTION_WORDS.get(rest, rest)}"
        return f"{side}.mid.block_{int(number) + 1}.{_RESNET_WORDS.get(rest, rest)}"
    if match := _OWN_LEVEL.fullmatch(path):
        side, way, level, part, number, rest = match.groups()
        at = int(level) if way == "down" else levels - 1 - int(level)
        block = f"block.{number}" if part == "resnets" else f"{way}sample"
        return f"{side}.{way}.{at}.{block}.{_RESNET_WORDS.get(rest, rest)}"
    return next((old for old, new in _OUTER.items() if new == path), path)
