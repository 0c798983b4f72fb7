"""Where changes point: whether two share their directions, and how they lie to those of W₀.

Every number comes with its null, what random directions of the same size give; without it none
means anything. φ, amplification: Hu et al., arXiv:2106.09685, sections 7.2 and 7.3, appendix G
(which prints φ = (1 − d²) / p; it is 1 − d² / p).
"""

import math
from dataclasses import dataclass

import torch

from loraviewer.lab.weights.singular import Directions


@dataclass(frozen=True)
class Measured:
    """A number, and what it is for random directions."""

    value: float
    null: float

    @property
    def above_null(self) -> float:
        return self.value - self.null


@dataclass(frozen=True)
class Overlap:
    """φ = ‖UᵀV‖²_F / min(i, j) of the spaces of two changes, in 0 … 1.

    `output`: of their left singular vectors, what they write. `input`: of their right ones, what
    they listen to. Adapters that start from one random seed share much of that from the start.
    """

    output: Measured
    input: Measured


def overlap(first: Directions, second: Directions) -> Overlap | None:
    """None where one of them is zero. `first.top(i)` for its i strongest directions."""
    if not first.rank or not second.rank:
        return None
    return Overlap(
        _phi(first.left, second.left),
        _phi(first.right, second.right),
    )


def overlap_maps(first: Directions, second: Directions) -> tuple[torch.Tensor, torch.Tensor]:
    """φ(i, j) of the i strongest directions of one and the j strongest of the other, output and
    input side, each (r₁, r₂) at [i − 1, j − 1]; `overlap_null` is what to draw them against."""
    return _phi_map(first.left, second.left), _phi_map(first.right, second.right)


def overlap_null(i: int, j: int, dimension: int) -> float:
    """The mean of φ for random spaces of dimensions i and j."""
    return max(i, j) / dimension


def principal_cosines(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Cosines of the principal angles between the columns of two orthonormal bases, descending."""
    return torch.linalg.svdvals(first.T @ second).clamp(max=1.0)


def _phi(first: torch.Tensor, second: torch.Tensor) -> Measured:
    i, j = first.shape[1], second.shape[1]
    value = (first.T @ second).square().sum().item() / min(i, j)
    return Measured(value, overlap_null(i, j, len(first)))


def _phi_map(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    shared = (first.T @ second).square().cumsum(0).cumsum(1)  # (r₁, r₂)
    i = torch.arange(1, shared.shape[0] + 1)[:, None]
    j = torch.arange(1, shared.shape[1] + 1)[None]
    return shared / torch.minimum(i, j)


def amplification(change: Directions, base: torch.Tensor) -> Measured | None:
    """‖ΔW‖ / ‖UᵀW₀V‖: how much stronger ΔW is in its own directions than W₀ is there.

    base: (out, n). The null is exact for directions that know nothing of W₀, and falls with the
    rank: compare adapters of one rank. None where ΔW is zero, or W₀ in its directions.
    """
    wide = base.cpu().double()
    inside = (change.left.T @ wide @ change.right).norm().item()
    if not change.rank or not inside:
        return None
    null = change.norm * math.sqrt(wide.numel()) / (change.rank * wide.norm().item())
    return Measured(change.norm / inside, null)


@dataclass(frozen=True)
class Alignment:
    """What share of ‖ΔW‖² lies in the `count` strongest directions of W₀, in 0 … 1, on each side;
    `energy_held`: what share of ‖W₀‖² they hold themselves."""

    count: int
    output: Measured
    input: Measured
    energy_held: float


def alignment(change: Directions, base_top: Directions, base_norm: float) -> Alignment | None:
    """base_top: the strongest directions of W₀. None where ΔW or W₀ is zero."""
    if not change.rank or not base_norm:
        return None
    count = base_top.rank
    held = (base_top.norm / base_norm) ** 2
    sides = ((change.left, base_top.left), (change.right, base_top.right))
    output, inside = (_share(own, change.values, top) for own, top in sides)
    return Alignment(count, output, inside, held)


def _share(own: torch.Tensor, values: torch.Tensor, top: torch.Tensor) -> Measured:
    projected = (top.T @ own) * values  # (count, r)
    share = projected.square().sum().item() / values.square().sum().item()
    return Measured(share, top.shape[1] / len(top))
