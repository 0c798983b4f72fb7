"""The low-rank terms of one weight as one product: [c₁up₁ | c₂up₂ | …] @ [down₁; down₂; …]."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.terms import Term


@dataclass(frozen=True)
class Stacked:
    """Float32, in scratch memory: valid until the next weight is stacked."""

    up: torch.Tensor  # (out, Σrank), scaled
    down: torch.Tensor  # (Σrank, n)
    plain_up: torch.Tensor  # (out, Σrank), as the files have it
    coefficients: torch.Tensor  # (Σrank,) float64, of the columns of `plain_up`

    @classmethod
    def of(cls, terms: Sequence[Term], scratch: Scratch) -> "Stacked | None":
        """None without low-rank terms. Always copies, so that sums read memory of torch's own
        alignment."""
        low_rank = [(t.delta, t.coefficient) for t in terms if isinstance(t.delta, LowRankDelta)]
        columns = [c for delta, c in low_rank for _ in range(delta.rank)]
        if not columns:
            return None
        first = low_rank[0][0]
        out, n, device = first.up.shape[0], first.down.shape[1], first.up.device
        plain_up = scratch.take("plain up", out, len(columns), device)
        down = scratch.take("down", len(columns), n, device)
        _fill([delta for delta, _ in low_rank], plain_up, down)
        coefficients = torch.tensor(columns, dtype=torch.float64)
        up = scratch.take("up", out, len(columns), device)
        scale = scaled_at_once if device.type == "cpu" else scaled_in_parts
        scale(plain_up, low_rank, up)
        return cls(up, down, plain_up, coefficients)

    def elements(self, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Σ c·ΔW at single places in float64, on the CPU."""
        up = self.plain_up[rows].cpu().double() * self.coefficients
        return (up * self.down[:, columns].cpu().double().T).sum(1)


Parts = Sequence[tuple[LowRankDelta, float]]
"""Each with the coefficient of its columns."""


def scaled_at_once(plain_up: torch.Tensor, parts: Parts, up: torch.Tensor) -> None:
    """Write c·up to `up`, in one pass."""
    columns = [coefficient for delta, coefficient in parts for _ in range(delta.rank)]
    torch.mul(plain_up, torch.tensor(columns, dtype=torch.float64).float(), out=up)


def scaled_in_parts(plain_up: torch.Tensor, parts: Parts, up: torch.Tensor) -> None:
    """The same bytes without a copy of the coefficients to a card, which would wait for it."""
    start = 0
    for delta, coefficient in parts:
        own = slice(start, start + delta.rank)
        torch.mul(plain_up[:, own], coefficient, out=up[:, own])
        start = own.stop


def _fill(deltas: Sequence[LowRankDelta], up: torch.Tensor, down: torch.Tensor) -> None:
    start = 0
    for delta in deltas:
        own = slice(start, start + delta.rank)
        up[:, own].copy_(delta.up)
        down[own].copy_(delta.down)
        start = own.stop
