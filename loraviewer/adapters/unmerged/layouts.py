"""Rank layouts: modules whose adapters, ranks and scalings agree share one tensor of scales."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch

from loraviewer.core.stack import AppliedAdapter

Strengths = Mapping[str, Sequence[float]]
"""sha256 → what is not zero of its scales in the stack, ascending."""


@dataclass(frozen=True)
class RankLayout:
    """What the columns of a branch's factors are: (sha256, rank, scaling) of each adapter, in
    canonical order."""

    is_text: bool
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


def strengths_of(stack: Iterable[AppliedAdapter], is_text: bool) -> Strengths:
    """What the denoiser, or what the text encoders see of a canonical stack."""
    found: dict[str, list[float]] = {}
    for entry in stack:
        scale = entry.text_scale if is_text else entry.scale
        if scale != 0.0:
            found.setdefault(entry.sha256, []).append(scale)
    return {sha: sorted(scales) for sha, scales in found.items()}


def stack_form(stack: Iterable[AppliedAdapter]) -> tuple[tuple[str, bool, bool], ...]:
    """What of a canonical stack decides the layouts: which adapters are heard, and where."""
    return tuple((e.sha256, e.scale != 0.0, e.text_scale != 0.0) for e in stack)
