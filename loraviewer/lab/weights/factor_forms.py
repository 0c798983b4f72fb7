"""Factors of kinds that are no plain product, from their own small tensors.

Khatri-Rao: (a b) ⊙ (c d) = (a ∗ c)(b ∗ d), ∗ row by row on the left, column by column on the right.
Kronecker:  P ⊗ (c d) = (P ⊗ c)(I ⊗ d).
"""

import torch

from loraviewer.adapters.kinds.base import DenseDelta, LowRankDelta
from loraviewer.adapters.kinds.loha import HadamardDelta
from loraviewer.adapters.kinds.lokr import KroneckerDelta


def factored(delta: DenseDelta) -> LowRankDelta | None:
    """The change as float64 factors; None where its kind has none, or only ones that are larger
    than the matrix."""
    if isinstance(delta, HadamardDelta):
        return _khatri_rao(delta)
    if isinstance(delta, KroneckerDelta):
        return _kronecker(delta)
    return None


def _khatri_rao(delta: HadamardDelta) -> LowRankDelta | None:
    (a, b), (c, d) = delta.halves()  # (out, r) and (r, n), float64
    rank = a.shape[1] * c.shape[1]
    if rank >= min(a.shape[0], b.shape[1]):
        return None
    up = (a[:, :, None] * c[:, None, :]).flatten(1)  # (out, r₁ · r₂)
    down = (b[:, None, :] * d[None, :, :]).flatten(0, 1)  # (r₁ · r₂, n)
    return LowRankDelta(delta.scaling * up, down, 1.0)


def _kronecker(delta: KroneckerDelta) -> LowRankDelta | None:
    first, second = (side.cpu() for side in delta.sides())  # (o1, i1), (o2, i2)
    u, s, vh = torch.linalg.svd(second, full_matrices=False)
    rank = int((s > s[:1] * max(second.shape) * torch.finfo(s.dtype).eps).sum().item())
    c, d = (u[:, :rank] * (delta.scaling * s[:rank])).contiguous(), vh[:rank].contiguous()
    rows, columns = first.shape
    if min(rows, columns) * rank >= min(rows * len(second), columns * second.shape[1]):
        return None
    if columns <= rows:
        identity = torch.eye(columns, dtype=torch.float64)
        return LowRankDelta(torch.kron(first, c), torch.kron(identity, d), 1.0)
    identity = torch.eye(rows, dtype=torch.float64)
    return LowRankDelta(torch.kron(identity, c), torch.kron(first, d), 1.0)
