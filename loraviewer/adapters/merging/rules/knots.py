"""KnOTS-TIES: TIES in the directions that adapters share (Stoica et al. 2024, arXiv:2410.19735).

[T₁ … T_N] = U·Σ·[V₁ᵀ … V_Nᵀ], side by side; TIES makes one matrix M of the Σ·Vᵢᵀ = Uᵀ·Tᵢ, and
W = W₀ + U·M. With a plain sum in the place of TIES it would be the sum of the changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.rules.spectrum import NULL
from loraviewer.adapters.merging.rules.ties import elected
from loraviewer.adapters.merging.terms import Term


@dataclass(frozen=True)
class KnotsTies:
    """`share`: of the coefficients of each adapter that are kept, above 0 up to 1."""

    share: float

    def combined(self, parts: Parts) -> Sequence[Term]:
        if self.share == 1.0 and len(parts.terms) == 1:
            return parts.terms
        shared = SharedBasis.of(parts)
        if not shared.basis.shape[1]:
            return ()
        return [parts.product_term(shared.basis, elected(shared.coefficients, self.share))]


@dataclass(frozen=True)
class SharedBasis:
    """The changes in one basis: Tᵢ = basis @ coefficients[i]. Float64; without directions that are
    rounding, which would have a vote."""

    basis: torch.Tensor  # (out, r), orthonormal
    coefficients: Sequence[torch.Tensor]  # each (r, n)

    @classmethod
    def of(cls, parts: Parts) -> "SharedBasis":
        factors = parts.factors()
        if factors is None:
            wholes = [parts.wide(term) for term in parts.terms]
            basis = _directions(torch.cat(wholes, 1))
            return cls(basis, [basis.T @ whole for whole in wholes])
        left, small = torch.linalg.qr(torch.cat([part.up for part in factors], 1))
        ranks = [part.rank for part in factors]
        cores = [
            core @ torch.linalg.qr(part.down.T)[1].T  # (R, rank) @ (rank, rank)
            for core, part in zip(small.split(ranks, 1), factors, strict=True)
        ]
        basis = _with_signs(left @ _directions(torch.cat(cores, 1)))
        return cls(basis, [(basis.T @ part.up) @ part.down for part in factors])


def _directions(side_by_side: torch.Tensor) -> torch.Tensor:
    """The left singular vectors, (out, r), by way of a square that is no wider than high."""
    is_wide = side_by_side.shape[1] > side_by_side.shape[0]
    square = torch.linalg.qr(side_by_side.T)[1].T if is_wide else side_by_side
    left, sigma, _ = torch.linalg.svd(square, full_matrices=False)
    found = left[:, sigma > NULL * sigma.max()] if len(sigma) else left
    return _with_signs(found)


def _with_signs(basis: torch.Tensor) -> torch.Tensor:
    """The largest element of each direction is positive: a direction has no sign of its own, and a
    vote on nothing goes to +."""
    if not basis.numel():
        return basis
    largest = basis.gather(0, basis.abs().argmax(0, keepdim=True))
    return basis * torch.where(largest < 0.0, -1.0, 1.0)
