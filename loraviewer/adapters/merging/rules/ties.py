"""TIES: trim, elect signs, average what agrees (Yadav et al. 2023, arXiv:2306.01708).

For each element of a weight, with the changes taken at their strengths, Tᵢ = sᵢ·ΔWᵢ:

    T̂ᵢ = Tᵢ where it is among the largest of its own, else 0
    γ  = the sign of Σ T̂ᵢ, + where that is 0
    τ  = the mean of those T̂ᵢ ≠ 0 that have the sign γ, 0 where there are none

W = W₀ + λ·τ with the paper's λ = 1. It is a mean: an adapter twice is that adapter, an adapter and
its opposite are |T|, and adapters that nowhere meet lose nothing but what is trimmed. The largest
are found weight by weight, as PEFT and mergekit do; the paper looks at all weights together.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.merging.rules.base import Parts, whole_term
from loraviewer.adapters.merging.terms import Term


@dataclass(frozen=True)
class Ties:
    """`share`: of the elements of each change that are kept, above 0 up to 1."""

    share: float

    def combined(self, parts: Parts) -> Sequence[Term]:
        if self.share == 1.0 and len(parts.terms) == 1:
            return parts.terms
        return [whole_term(elected(parts.wholes(), self.share))]


def elected(changes: Iterable[torch.Tensor], share: float) -> torch.Tensor:
    """τ of at least one change, all of one shape."""
    votes = functools.reduce(torch.Tensor.add_, (_vote(trimmed(c, share)) for c in changes))
    above, below, ayes, noes = votes
    agreed = above / ayes.clamp(min=1.0), below / noes.clamp(min=1.0)
    return torch.where(above + below >= 0.0, *agreed)


def trimmed(change: torch.Tensor, share: float) -> torch.Tensor:
    """The share of largest magnitude, at least one element, and what is as large as the least of
    them."""
    count = change.numel()
    kept = max(1, round(share * count))
    if kept >= count:
        return change
    magnitudes = change.abs()
    least = magnitudes.flatten().kthvalue(count - kept + 1).values
    return change.masked_fill(magnitudes < least, 0.0)


def _vote(kept: torch.Tensor) -> torch.Tensor:
    """What is positive, what is negative, and where: (4, out, n)."""
    is_above, is_below = (kept > 0.0).to(kept), (kept < 0.0).to(kept)
    return torch.stack([kept * is_above, kept * is_below, is_above, is_below])
