"""LoRA that starts from a part of the base: PiSSA (arXiv:2404.02948), OLoRA (arXiv:2406.01775).

ΔW = scaling · up @ down − P(W₀), with the r principal singular triplets of W₀ for PiSSA,
P = U_r U_rᵀ W₀, and scaling · Q_r R_r of W₀ = QR for OLoRA, as PEFT takes them out of the base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.linear_algebra import eigenvectors, qr
from loraviewer.adapters.kinds.precision import narrow, wide

if TYPE_CHECKING:
    import torch

    from loraviewer.adapters.configuration.start import Start


@dataclass(frozen=True)
class PrincipalDelta:
    """The factors' change without the part that they started from."""

    inner: LowRankDelta
    start: Start
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        weight = wide(base, base)
        change = self.inner.scaling * (wide(self.inner.up, base) @ wide(self.inner.down, base))
        taken = _pissa if self.start == "pissa" else _olora
        return narrow(change - taken(weight, self.inner), base)


def _pissa(weight: torch.Tensor, inner: LowRankDelta) -> torch.Tensor:
    """The best approximation of W₀ of this rank, (out, n): a projection on the space of the largest
    singular vectors of its shorter side."""
    if weight.shape[0] > weight.shape[1]:
        return _largest(weight.T, inner.rank).T
    return _largest(weight, inner.rank)


def _largest(weight: torch.Tensor, rank: int) -> torch.Tensor:
    vectors = eigenvectors(weight @ weight.T)  # in rising order
    space = vectors[:, max(0, vectors.shape[1] - rank) :]
    return space @ (space.T @ weight)


def _olora(weight: torch.Tensor, inner: LowRankDelta) -> torch.Tensor:
    q, r = qr(weight)
    return inner.scaling * (q[:, : inner.rank] @ r[: inner.rank])
