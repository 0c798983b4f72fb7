"""How a change spreads over the rows and columns of its weight: “whole rows and columns by a few
deltas”, as numbers."""

from dataclasses import dataclass

import torch

from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.changes import Change, Factors
from loraviewer.lab.weights.overlap import Measured


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


@one_thread()
def leverage(change: Change, values: torch.Tensor) -> Leverage:
    """values: the singular values of the change, for the null. Zero has no participation (0)."""
    rows, columns = _energies(change)
    return Leverage(_side(rows, values), _side(columns, values))


def _energies(change: Change) -> tuple[torch.Tensor, torch.Tensor]:
    """‖row‖² and ‖column‖²; factors need no product, but an orthonormal basis of the other side."""
    if isinstance(change, Factors):
        left = torch.linalg.qr(change.up, mode="r")[1]
        right = torch.linalg.qr(change.down.T, mode="r")[1]
        rows, columns = change.up @ right.T, left @ change.down  # (out, r), (r, n)
        return rows.square().sum(1), columns.square().sum(0)
    squares = change.values.square()
    return squares.sum(1), squares.sum(0)


def _side(energies: torch.Tensor, values: torch.Tensor) -> Side:
    null = participation_null(values, len(energies))
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
    if not len(values) or not values[0]:
        return 0.0
    energies = (values / values[0]).square()
    concentration = (energies.square().sum() / energies.sum().square()).item()
    return (dimension + 2) / dimension / (1 + 2 * concentration)
