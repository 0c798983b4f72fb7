"""How a change spreads over the rows and columns of its weight: “whole rows and columns by a few
deltas”, as numbers."""

from dataclasses import dataclass

import torch

from loraviewer.lab.weights.overlap import Measured
from loraviewer.lab.weights.singular import Directions


@dataclass(frozen=True)
class Side:
    """Rows or columns. `energies`: ‖S‖² of each. `participation`: (Σe)² / (d · Σe²), the share of
    them that takes part: 1 where all take the same, 1/d where one takes all; its null is for random
    directions with the same singular values, and below 1."""

    energies: torch.Tensor  # (d,)
    participation: Measured

    def strongest_share(self, count: int) -> float:
        """Of all energy, what the `count` strongest of them hold."""
        total = self.energies.sum().item()
        strongest = self.energies.sort(descending=True).values[:count].sum().item()
        return strongest / total if total else 0.0


@dataclass(frozen=True)
class Leverage:
    rows: Side
    columns: Side


def leverage(change: Directions) -> Leverage:
    """Row p holds Σ σ² u_p², column q Σ σ² v_q²; participation is 0 where ΔW is zero."""
    return Leverage(_side(change.left, change.values), _side(change.right, change.values))


def _side(vectors: torch.Tensor, values: torch.Tensor) -> Side:
    energies = (vectors * values).square().sum(1)  # (d,)
    null = participation_null(values, len(vectors))
    return Side(energies, Measured(participation(energies), null))


def participation(energies: torch.Tensor) -> float:
    """(Σe)² / (d · Σe²); 0 where all are zero."""
    largest = energies.max().item() if len(energies) else 0.0
    if not largest:
        return 0.0
    relative = energies / largest
    return (relative.sum().square() / (len(relative) * relative.square().sum())).item()


def participation_null(values: torch.Tensor, dimension: int) -> float:
    """Its harmonic mean over random orthonormal vectors with these singular values: entries of a
    random unit vector have E u⁴ = 3 / d(d + 2) and E u²v² = 1 / d(d + 2), which gives
    (d + 2) / d over 1 + 2 Σσ⁴ / (Σσ²)²."""
    if not len(values):
        return 0.0
    energies = (values / values[0]).square()
    concentration = (energies.square().sum() / energies.sum().square()).item()
    return (dimension + 2) / dimension / (1 + 2 * concentration)
