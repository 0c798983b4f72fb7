"""What every merge rule is given, and what it gives back.

A rule sees one weight at a time: the changes Tᵢ = sᵢ·ΔWᵢ that the adapters of a stack make there,
at their strengths and in canonical order. What it gives is added to W₀ and rounded once. Two rows
of one adapter are two changes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.merging.terms import Term, bound_of


@dataclass(frozen=True)
class Parts:
    """The changes of one weight, at least one, all of them finite.

    `sha256s`: whose each of `terms` is. `shape`: (out, n) of the weight. `name`: as people read it,
    "unet.conv_in.weight". `base_norm`: gives σ₁(W₀).
    """

    terms: Sequence[Term]
    sha256s: Sequence[str]
    shape: tuple[int, int]
    name: str
    device: torch.device
    base_norm: Callable[[], float]

    def wholes(self) -> Iterator[torch.Tensor]:
        """Tᵢ, each (out, n) in float32 on the device of the weight."""
        return map(_whole, self.terms)

    def total(self) -> torch.Tensor:
        """Σ Tᵢ, (out, n) in float64."""
        total = torch.zeros(self.shape, dtype=torch.float64, device=algebra_device(self.device))
        for whole in map(self.wide, self.terms):
            total += whole
        return total

    def wide(self, term: Term) -> torch.Tensor:
        """One Tᵢ, (out, n) in float64."""
        if isinstance(term.delta, torch.Tensor):
            return self._wide(term.delta) * term.coefficient
        factors = self._wide_factors(term.delta, term.coefficient)
        return factors.up @ factors.down

    def factors(self) -> list[LowRank] | None:
        """Each Tᵢ as a product in float64; None unless all have one and, side by side, these are
        smaller than the weight."""
        found = [
            self._wide_factors(term.delta, term.coefficient)
            for term in self.terms
            if isinstance(term.delta, LowRankDelta)
        ]
        is_smaller = sum(part.rank for part in found) < min(self.shape)
        return found if len(found) == len(self.terms) and is_smaller else None

    def product_term(self, up: torch.Tensor, down: torch.Tensor) -> Term:
        """up @ down, (out, r) @ (r, n), as the one change of the weight."""
        up, down = (factor.float().contiguous().to(self.device) for factor in (up, down))
        delta = LowRankDelta(up, down, 1.0)
        return Term(delta, 1.0, bound_of(delta))

    def _wide_factors(self, delta: LowRankDelta, coefficient: float) -> LowRank:
        return LowRank(self._wide(delta.up) * coefficient, self._wide(delta.down))

    def _wide(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(algebra_device(self.device)).double()


class Rule(Protocol):
    """One way to make one change of several. A pure function of the parts, which come in one order
    whatever the rows of a stack look like."""

    def combined(self, parts: Parts) -> Sequence[Term]:
        """What is added to W₀: the terms of `parts` themselves where that is their sum, so that its
        bytes are those of the sum, too; nothing where the base stays."""
        ...


def whole_term(change: torch.Tensor) -> Term:
    """An (out, n) float32 matrix as the one change of a weight."""
    return Term(change, 1.0, bound_of(change))


def algebra_device(device: torch.device) -> torch.device:
    """Where float64 is had: on the CPU for devices that have none of their own."""
    return device if device.type == "cuda" else torch.device("cpu")


def _whole(term: Term) -> torch.Tensor:
    if isinstance(term.delta, torch.Tensor):
        return term.delta * term.coefficient
    return (term.delta.up.float() * term.coefficient) @ term.delta.down.float()
