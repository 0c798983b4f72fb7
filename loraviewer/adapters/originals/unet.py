"""The UNet of latent diffusion (LDM names): SD 1, SD 2, SDXL and its refiner.

Block n of a UNet with L resnets a down level: level = (n - 1) // (L + 1), i = (n - 1) % (L + 1)
below, level = n // (L + 1), i = n % (L + 1) above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from loraviewer.adapters.originals.words import Original, Row

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
_RESNET_MODULES = {old: new for new, old in _RESNET_WORDS.items()}
_OUTER_MODULES = {old: new for new, old in _OUTER_WORDS.items()}

_LEVEL = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.+)")
_SAMPLER = re.compile(r"(down|up)_blocks\.(\d+)\.(?:down|up)samplers\.0\.conv")
_MIDDLE = re.compile(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)")

_LDM_BLOCK = re.compile(r"(input|output)_blocks\.(\d+)\.(\d)\.(.+)")
_LDM_MIDDLE = re.compile(r"middle_block\.(\d)\.(.+)")
_LDM_OP = re.compile(r"input_blocks\.(\d+)\.0\.op\.")
_LDM_ATTENTION = re.compile(r"output_blocks\.(\d+)\.1\.transformer_blocks\.")


@dataclass(frozen=True)
class UnetLayout:
    """What the block arithmetic of a UNet needs to know.

    `resnets_per_level` is L of a down level (an up level has L + 1); `levels_with_attention` are
    up levels.
    """

    resnets_per_level: int
    levels_with_attention: frozenset[int]

    @classmethod
    def of(cls, names: Iterable[str]) -> UnetLayout | None:
        """The layout behind the parameter names of a UNet; None for other networks."""
        parts = [name.split(".", 4) for name in names]
        first = {p[3] for p in parts if p[:3] == ["down_blocks", "0", "resnets"]}
        with_attention = {
            int(p[1]) for p in parts if p[0] == "up_blocks" and p[2:3] == ["attentions"]
        }
        return cls(len(first), frozenset(with_attention)) if first else None

    @classmethod
    def of_original(cls, names: Iterable[str]) -> UnetLayout | None:
        """The layout behind LDM names; None for other networks, or a UNet of one level."""
        names = tuple(names)
        downs = [int(match[1]) for name in names if (match := _LDM_OP.match(name))]
        if not downs:
            return None
        row = min(downs)  # the last block of a level: L resnets come before it
        blocks = {int(match[1]) for name in names if (match := _LDM_ATTENTION.match(name))}
        return cls(row - 1, frozenset(block // row for block in blocks))


@dataclass(frozen=True)
class UnetWords:
    """The words of one UNet (see `words.Words`)."""

    layout: UnetLayout

    def original(self, path: str) -> Original | None:
        old = ldm_path(path, self.layout)
        return Original(old) if old else None

    def row(self, original: str) -> Row | None:
        path = diffusers_path(original, self.layout)
        return Row(original, (path,)) if path else None


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


def diffusers_path(path: str, layout: UnetLayout) -> str | None:
    """The module path in diffusers' words, from LDM's; None if it is none of LDM's."""
    if path in _OUTER_MODULES:
        return _OUTER_MODULES[path]
    if match := _LDM_MIDDLE.fullmatch(path):
        at, rest = int(match[1]), match[2]
        if at == 1:
            return f"mid_block.attentions.0.{rest}"
        return f"mid_block.resnets.{at // 2}.{_RESNET_MODULES.get(rest, rest)}"
    if match := _LDM_BLOCK.fullmatch(path):
        side, block, at, rest = match.groups()
        row = int(block) - (side == "input")
        level, index = divmod(row, layout.resnets_per_level + 1)
        return _of_block("down" if side == "input" else "up", level, index, int(at), rest)
    return None


def _of_block(side: str, level: int, index: int, at: int, rest: str) -> str:
    if rest in ("op", "conv"):
        return f"{side}_blocks.{level}.{side}samplers.0.conv"
    if at == 0:
        return f"{side}_blocks.{level}.resnets.{index}.{_RESNET_MODULES.get(rest, rest)}"
    return f"{side}_blocks.{level}.attentions.{index}.{rest}"
