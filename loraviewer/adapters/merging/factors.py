"""The concatenated factors of all adapters of one weight, and the one sum that uses them.

W = round_once(W₀ + [c₁up₁ | c₂up₂ | …] @ [down₁; down₂; …] + Σ c·dense), in float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.placement import BaseReader, WeightDelta


@dataclass(frozen=True)
class Factors:
    """`up` and `down` are unscaled, float32, on the device of the weight.

    Per delta, in canonical order: its rank (0 if it has none), its scaling, and a bound of max |ΔW|
    at scale 1 (also of every partial sum on the way). A delta without low-rank form is computed
    here once: against W₀ it never changes.
    """

    up: torch.Tensor  # (out, Σrank)
    down: torch.Tensor  # (Σrank, n)
    ranks: tuple[int, ...]
    scalings: tuple[float, ...]
    bounds: tuple[float, ...]
    dense: tuple[torch.Tensor | None, ...]  # (out, n)

    @classmethod
    def of(
        cls,
        deltas: Sequence[WeightDelta],
        shape: tuple[int, int],
        device: torch.device,
        read_base: BaseReader,
    ) -> "Factors":
        """Concatenate; `ValueError` where a delta does not fit a weight of `shape`, (out, n)."""
        out, n = shape
        for delta in deltas:
            check_fit(delta, shape)
        low_rank = [d for d in deltas if isinstance(d, LowRankDelta)]
        # cat always copies, so the sum reads memory of torch's own alignment.
        ups = [d.up.to(device, torch.float32) for d in low_rank]
        downs = [d.down.to(device, torch.float32) for d in low_rank]
        up = torch.cat(ups, 1) if ups else torch.empty(out, 0, device=device)
        down = torch.cat(downs, 0) if downs else torch.empty(0, n, device=device)
        dense = tuple(None if isinstance(d, LowRankDelta) else d.dense(read_base) for d in deltas)
        return cls(
            up,
            down,
            tuple(d.rank if isinstance(d, LowRankDelta) else 0 for d in deltas),
            tuple(d.scaling if isinstance(d, LowRankDelta) else 1.0 for d in deltas),
            tuple(map(_bound, deltas, dense)),
            dense,
        )

    @property
    def size_bytes(self) -> int:
        whole = sum(matrix.numel() for matrix in self.dense if matrix is not None)
        return 4 * (self.up.numel() + self.down.numel() + whole)

    def coefficients(self, scales: Sequence[float]) -> tuple[float, ...]:
        """scale · alpha / rank of every delta."""
        return tuple(s * c for s, c in zip(scales, self.scalings, strict=True))

    def reach(self, scales: Sequence[float]) -> tuple[float, ...]:
        """A bound of max |c · ΔW| per delta."""
        coefficients = self.coefficients(scales)
        return tuple(abs(c) * b for c, b in zip(coefficients, self.bounds, strict=True))


def check_fit(delta: WeightDelta, shape: tuple[int, int]) -> None:
    """Raise `ValueError` where a delta does not fit a weight of `shape`, (out, n)."""
    if isinstance(delta, LowRankDelta):
        up, down = tuple(delta.up.shape), tuple(delta.down.shape)
        if up != (shape[0], delta.rank) or down != (delta.rank, shape[1]):
            raise ValueError(f"its factors {up} and {down} do not fit a weight of {shape}")


def _bound(delta: WeightDelta, dense: torch.Tensor | None) -> float:
    """A bound of max |up @ down| from the largest elements, or max |ΔW|."""
    if dense is not None:
        return dense.abs().max().item() if dense.numel() else 0.0
    assert isinstance(delta, LowRankDelta)
    if delta.up.numel() == 0 or delta.down.numel() == 0:
        return 0.0
    up = delta.up.float().abs().max().item()
    down = delta.down.float().abs().max().item()
    return delta.rank * up * down


class ColumnScales:
    """Coefficients spread over the columns of `up`; modules of one tick mostly share them."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[float, ...], tuple[int, ...], torch.device], torch.Tensor]
        self._known = {}

    def of(self, factors: Factors, coefficients: tuple[float, ...]) -> torch.Tensor:
        """(Σrank,) float32."""
        key = (coefficients, factors.ranks, factors.up.device)
        if key not in self._known:
            pairs = zip(coefficients, factors.ranks, strict=True)
            columns = [c for c, rank in pairs for _ in range(rank)]
            self._known[key] = torch.tensor(columns, dtype=torch.float32).to(factors.up.device)
        return self._known[key]


def sum_into(
    out: torch.Tensor,
    base: torch.Tensor,
    factors: Factors,
    scales: Sequence[float],
    columns: ColumnScales,
) -> None:
    """Write W₀ + Σ c·ΔW to `out`. `out` and `base` are (out, n) float32; `out` is not `base`."""
    coefficients = factors.coefficients(scales)
    if factors.up.shape[1]:
        scaled = factors.up * columns.of(factors, coefficients)  # (out, Σrank)
        torch.addmm(base, scaled, factors.down, out=out)
    else:
        out.copy_(base)
    for matrix, coefficient in zip(factors.dense, coefficients, strict=True):
        if matrix is not None:
            out.add_(matrix, alpha=coefficient)
