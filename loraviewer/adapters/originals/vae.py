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
