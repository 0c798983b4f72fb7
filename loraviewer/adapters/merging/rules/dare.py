"""DARE: drop entries at random, make the others stronger to match, then sum (Yu et al. 2023,
arXiv:2311.03099).

T̃ᵢ = mᵢ ∘ Tᵢ / ρ with mᵢ drawn from Bernoulli(ρ), and W = W₀ + Σ T̃ᵢ. What is dropped is decided by
the adapter's content and the weight's name: the same stack gives the same bytes on every device.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import xxhash

from loraviewer.adapters.merging.rules.base import Parts, whole_term
from loraviewer.adapters.merging.terms import Term


@dataclass(frozen=True)
class Dare:
    """`share`: ρ, above 0 up to 1. At 1 it is the sum."""

    share: float

    def combined(self, parts: Parts) -> Sequence[Term]:
        if self.share == 1.0:
            return parts.terms
        masks = (self._mask(sha256, parts) for sha256 in parts.sha256s)
        kept = (whole.mul_(mask) for whole, mask in zip(parts.wholes(), masks, strict=True))
        return [whole_term(functools.reduce(torch.Tensor.add_, kept).div_(self.share))]

    def _mask(self, sha256: str, parts: Parts) -> torch.Tensor:
        """Drawn on the CPU, whose numbers are the same everywhere."""
        seed = xxhash.xxh3_64_intdigest(f"{sha256}|{parts.name}".encode()) >> 1
        drawn = torch.rand(parts.shape, generator=torch.Generator().manual_seed(seed))
        return (drawn < self.share).to(parts.device)
