"""ΔW of the adapters of a weight, and their sum, in float64: as factors wherever a kind has some.

A low-rank kind is its own factors; LoHa is the product of Khatri-Rao products, LoKr that of
Kronecker products. Others, and sums whose factors are no smaller than the weight, are whole
matrices. Convolutions are flattened to (out, in · kh · kw), as the merge does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import Entries
from loraviewer.adapters.placement import BaseReader, WeightDelta
from loraviewer.adapters.targets import WeightKey
from loraviewer.lab.weights.factor_forms import factored
from loraviewer.lab.weights.forms import matrix_of
from loraviewer.lab.weights.unread_base import reading_base_for


@dataclass(frozen=True)
class Factors:
    """ΔW = up @ down, float64 on the CPU, with fewer columns than the weight has either way."""

    up: torch.Tensor  # (out, r)
    down: torch.Tensor  # (r, n)

    is_dense = False
    epsilon = torch.finfo(torch.float64).eps

    @property
    def shape(self) -> tuple[int, int]:
        return self.up.shape[0], self.down.shape[1]

    def matrix(self) -> torch.Tensor:
        return self.up @ self.down


@dataclass(frozen=True)
class Whole:
    """ΔW as a matrix, float64 on the CPU. `epsilon`: of the precision its numbers come in."""

    values: torch.Tensor  # (out, n)
    epsilon: float = torch.finfo(torch.float64).eps

    is_dense = True

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape[0], self.values.shape[1]

    def matrix(self) -> torch.Tensor:
        return self.values


Change = Factors | Whole


def product(up: torch.Tensor, down: torch.Tensor) -> Change:
    """up @ down as factors, or multiplied where those are no smaller than the weight."""
    up, down = up.cpu().double(), down.cpu().double()
    if up.shape[1] < min(up.shape[0], down.shape[1]):
        return Factors(up, down)
    return Whole(up @ down)


def change_of(delta: WeightDelta, read_base: BaseReader | None = None) -> Change | None:
    """ΔW at strength 1. None where it depends on W₀ and nobody can read that."""
    factors = delta if isinstance(delta, LowRankDelta) else factored(delta)
    if factors is not None:
        return product(factors.up.cpu().double() * factors.scaling, factors.down)
    assert not isinstance(delta, LowRankDelta)
    matrix = matrix_of(delta, read_base)
    if matrix is None:
        return None
    return Whole(matrix.double(), torch.finfo(torch.float32).eps)


def changes_at(
    key: WeightKey,
    entries: Entries,
    adapters: Mapping[str, Adapter],
    read_base: BaseReader | None = None,
) -> list[Change | None]:
    """ΔW at strength 1 of each entry of one weight; see `change_of`. Raises `MergeError` with the
    adapter's name where one takes a W₀ that is quantised."""
    found: list[Change | None] = []
    for sha256, _ in entries:
        with reading_base_for(adapters[sha256], key):
            found.append(change_of(adapters[sha256].weights[key], read_base))
    return found


def joined(changes: Sequence[Change], scales: Sequence[float]) -> Change:
    """S = Σ scale · ΔW of one weight; at least one term."""
    if not any(isinstance(change, Whole) for change in changes):
        factors = [change for change in changes if isinstance(change, Factors)]
        up = [scale * one.up for one, scale in zip(factors, scales, strict=True)]
        return product(torch.cat(up, 1), torch.cat([one.down for one in factors]))
    total = torch.zeros(changes[0].shape, dtype=torch.float64)
    for change, scale in zip(changes, scales, strict=True):
        total.add_(change.matrix(), alpha=scale)
    return Whole(total, max(change.epsilon for change in changes))


def scaled(change: Change, scale: float) -> Change:
    if isinstance(change, Factors):
        return Factors(scale * change.up, change.down)
    return Whole(scale * change.values, change.epsilon)
