"""Rank layouts: modules whose adapters, ranks and scalings agree share one tensor of scales."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.naming.base import TEXT_ENCODERS
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.blocks import block_of, factor_of
from loraviewer.core.stack import AppliedAdapter

Strengths = Mapping[str, Sequence[float]]
"""sha256 → what is not zero of its scales in the stack, ascending."""


@dataclass(frozen=True)
class RankLayout:
    """What the columns of a branch's factors are: (sha256, rank, scaling) of each adapter, in
    canonical order. `block`: the one that its modules lie in, where an adapter of the stack has a
    strength of its own there; "" for all other modules."""

    is_text: bool
    block: str
    parts: tuple[tuple[str, int, float], ...]
    device: torch.device
    dtype: torch.dtype

    def coefficients(self, strengths: Strengths) -> tuple[float, ...]:
        """scale · alpha / rank of every part."""
        scales = {sha: iter(strengths[sha]) for sha, _, _ in self.parts}
        return tuple(next(scales[sha]) * scaling for sha, _, scaling in self.parts)

    def columns(self, strengths: Strengths) -> torch.Tensor:
        """The coefficients, each as often as its rank, on the device; at least float32."""
        pairs = zip(self.coefficients(strengths), self.parts, strict=True)
        columns = [c for c, (_, rank, _) in pairs for _ in range(rank)]
        is_wide = self.dtype == torch.float64
        values = torch.tensor(columns, dtype=torch.float64 if is_wide else torch.float32)
        return values.to(self.device)


def strengths_of(stack: Iterable[AppliedAdapter], layout: RankLayout) -> Strengths:
    """What the modules of a layout see of a canonical stack."""
    found: dict[str, list[float]] = {}
    for entry in stack:
        scale = entry.text_scale if layout.is_text else entry.scale
        if layout.block:
            scale *= factor_of(entry.block_scales, layout.block)
        if scale != 0.0:
            found.setdefault(entry.sha256, []).append(scale)
    return {sha: sorted(scales) for sha, scales in found.items()}


def named_blocks(stack: Iterable[AppliedAdapter]) -> frozenset[str]:
    """The blocks in which an adapter of the stack has a strength of its own."""
    return frozenset(block for entry in stack for block, _ in entry.block_scales)


def place_of(key: WeightKey, blocks: Collection[str]) -> tuple[bool, str]:
    """Whether a weight is a text encoder's, and its block, "" where that is none of `blocks`."""
    block = block_of(*key) if blocks else ""
    return key[0] in TEXT_ENCODERS, block if block in blocks else ""


def stack_form(stack: Iterable[AppliedAdapter]) -> tuple[object, ...]:
    """What of a canonical stack decides the layouts: which adapters are heard, and where. Products
    count, which are 0 where float64 has no number that small."""
    return tuple(
        (e.sha256, _is_heard(e, 1.0), tuple((b, _is_heard(e, f)) for b, f in e.block_scales))
        for e in stack
    )


def _is_heard(entry: AppliedAdapter, factor: float) -> tuple[bool, bool]:
    """In the denoiser, and in text encoders."""
    return entry.scale * factor != 0.0, entry.text_scale * factor != 0.0
