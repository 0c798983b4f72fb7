"""The singular values of a weight's summed changes, and what else can be made of their directions.

Where all changes are low-rank, nothing of the weight's size is decomposed: with B = Q_B·R_B and
Aᵀ = Q_A·R_A the singular values of B·A are those of the small R_B·R_Aᵀ (Halko et al.,
arXiv:0909.4061, section 5.1). All in float64.
"""

from dataclasses import dataclass

import torch

from loraviewer.adapters.merging.rules.base import Parts, algebra_device
from loraviewer.adapters.merging.terms import Term

NULL = 1e-6
"""Directions that are weaker than the strongest by this factor are the rounding of float32."""


@dataclass(frozen=True)
class Spectrum:
    """S = left · diag(sigma) · right, its directions from the strongest to the weakest."""

    left: torch.Tensor  # (out, r)
    sigma: torch.Tensor  # (r,)
    right: torch.Tensor  # (r, n)

    @classmethod
    def of(cls, parts: Parts) -> "Spectrum":
        """Of the sum of all changes."""
        factors = parts.factors()
        if factors is None:
            return cls(*torch.linalg.svd(parts.total(), full_matrices=False))
        return cls._of_product(
            torch.cat([part.up for part in factors], 1),
            torch.cat([part.down for part in factors], 0),
        )

    @classmethod
    def _of_product(cls, up: torch.Tensor, down: torch.Tensor) -> "Spectrum":
        """(out, R) @ (R, n)"""
        left, r_left = torch.linalg.qr(up)  # (out, R), (R, R)
        right, r_right = torch.linalg.qr(down.T)  # (n, R), (R, R)
        u, sigma, vh = torch.linalg.svd(r_left @ r_right.T)
        return cls(left @ u, sigma, vh @ right.T)

    @property
    def rank(self) -> int:
        """How many directions are more than rounding."""
        return int((self.sigma > NULL * self.sigma.max()).sum()) if len(self.sigma) else 0

    def term(self, parts: Parts, sigma: torch.Tensor) -> Term:
        """The change with these singular values, (k,), in the k strongest directions."""
        kept = len(sigma)
        return parts.product_term(self.left[:, :kept] * sigma, self.right[:kept])


def largest_singular_value(weight: torch.Tensor) -> float:
    """Of an (out, n) matrix of any dtype, by way of the smaller of its two Gram matrices."""
    wide = weight.to(algebra_device(weight.device)).double()
    gram = wide @ wide.T if wide.shape[0] <= wide.shape[1] else wide.T @ wide
    return torch.linalg.eigvalsh(gram)[-1].clamp(min=0.0).sqrt().item() if len(gram) else 0.0
