"""ΔW of the adapters of a weight, and their sum, in float64: as factors wherever a kind has some.

A low-rank kind is its own factors; LoHa is the product of Khatri-Rao products, LoKr that of
Kronecker products. Others, and sums whose factors are no smaller than the weight, are whole
matrices. Convolutions are flattened to (out, in · kh · kw), as the merge does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import Entries
from loraviewer.adapters.placement import BaseReader, WeightDelta, place
from loraviewer.adapters.targets import WEIGHT, WeightKey
from loraviewer.lab.weights.factor_forms import factored


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
    if isinstance(delta, LowRankDelta):
        return product(delta.up.cpu().double() * delta.scaling, delta.down)
    low_rank = factored(delta.delta) if delta.role == WEIGHT else None
    if low_rank is not None:
        key = delta.landing.target.weight_key()
        landed = place(low_rank, (delta.landing,), delta.shape)[key]
        assert isinstance(landed, LowRankDelta)
        return product(landed.up, landed.down)
    if read_base is None and delta.delta.needs_base:
        return None
    own = torch.empty(flat_shape(delta))
    matrix = delta.dense(read_base if delta.delta.needs_base and read_base else lambda _: own)
    return Whole(matrix.cpu().double(), torch.finfo(torch.float32).eps)


def changes_at(
    key: WeightKey,
    entries: Entries,
    adapters: Mapping[str, Adapter],
    read_base: BaseReader | None = None,
) -> list[Change | None]:
    """ΔW at strength 1 of each entry of one weight; see `change_of`."""
    return [change_of(adapters[sha256].weights[key], read_base) for sha256, _ in entries]


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


def flat_shape(delta: WeightDelta) -> tuple[int, int]:
    """(out, n) of the weight of the base that is changed."""
    if isinstance(delta, LowRankDelta):
        return delta.up.shape[0], delta.down.shape[1]
    return flat(delta.landing.target.shapes[delta.role])
