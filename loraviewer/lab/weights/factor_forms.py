"""Changes of kinds that are no plain product as small tensors, from their own.

Khatri-Rao: (a b) ⊙ (c d) = (a ∗ c)(b ∗ d), ∗ row by row on the left, column by column on the right.
Kronecker:  P ⊗ (c d) = (P ⊗ c)(I ⊗ d).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.loha import HadamardDelta, Product
from loraviewer.adapters.kinds.lokr import KroneckerDelta
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.placement import PlacedDelta, WeightDelta, own_rows


@dataclass(frozen=True)
class Kronecker:
    """first ⊗ second, float64."""

    first: Tensor  # (o1, i1), scaled
    second: Tensor  # (o2, i2)


def flat_shape(delta: WeightDelta) -> tuple[int, int]:
    """(out, n) of the weight of the base that is changed."""
    if isinstance(delta, LowRankDelta):
        return delta.up.shape[0], delta.down.shape[1]
    return flat(delta.landing.target.shapes[delta.role])


def factored(placed: PlacedDelta) -> LowRankDelta | None:
    """The change of its own weight as float64 factors; None where its kind has none, or only ones
    that are no smaller than the matrix."""
    delta = placed.delta
    if isinstance(delta, HadamardDelta):
        (_, right), (_, other) = halves = delta.halves()
        is_small = len(right) * len(other) < min(placed.shape)
        return khatri_rao(placed, halves, delta.scaling) if is_small else None
    return _kronecker_factors(placed, delta) if isinstance(delta, KroneckerDelta) else None


def khatri_rao(
    placed: PlacedDelta, halves: tuple[Product, Product], scaling: float
) -> LowRankDelta:
    """A LoHa of rank r₁ · r₂, however large that is."""
    (a, b), (c, d) = halves
    own_a, own_c = own_rows(a, placed.landing), own_rows(c, placed.landing)
    up = torch.einsum("pa,pb->pab", own_a, own_c).flatten(1)  # (out, r₁ · r₂)
    down = torch.einsum("aq,bq->abq", b, d).flatten(0, 1)  # (r₁ · r₂, n)
    return LowRankDelta(up, _padded(down, placed), scaling)


def kronecker(placed: PlacedDelta, delta: KroneckerDelta) -> Kronecker | None:
    """None where the weight takes part of a block of rows, or more columns than the file has."""
    first, second = delta.sides()
    size = len(second)
    rows = own_rows(torch.arange(len(first) * size), placed.landing)
    if len(rows) % size or first.shape[1] * second.shape[1] != flat_shape(placed)[1]:
        return None
    blocks = rows.reshape(-1, size)
    starts = blocks[:, 0]
    is_whole = torch.equal(blocks, starts[:, None] + torch.arange(size))
    if not is_whole or bool((starts % size).any()):
        return None
    return Kronecker(delta.scaling * first[starts // size], second)


def _kronecker_factors(placed: PlacedDelta, delta: KroneckerDelta) -> LowRankDelta | None:
    first, second = delta.sides()  # (o1, i1), (o2, i2)
    u, s, vh = torch.linalg.svd(second, full_matrices=False)
    rank = int((s > s[:1] * max(second.shape) * torch.finfo(s.dtype).eps).sum().item())
    c, d = (u[:, :rank] * s[:rank]).contiguous(), vh[:rank].contiguous()
    rows, columns = first.shape
    if min(rows, columns) * rank >= min(placed.shape):
        return None
    identity = torch.eye(min(rows, columns), dtype=torch.float64)
    left, right = (first, identity) if columns <= rows else (identity, first)
    up = own_rows(torch.kron(left, c), placed.landing)
    return LowRankDelta(up, _padded(torch.kron(right, d), placed), delta.scaling)


def _padded(down: Tensor, placed: PlacedDelta) -> Tensor:
    """With zeros for input channels that the base has more of."""
    missing = flat_shape(placed)[1] - down.shape[1]
    return torch.nn.functional.pad(down, (0, missing)) if missing else down
