"""The sum, of which each weight keeps its strongest directions: the best approximation of that rank
(Eckart and Young 1936)."""

from collections.abc import Sequence
from dataclasses import dataclass

from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.rules.spectrum import Spectrum
from loraviewer.adapters.merging.terms import Term


@dataclass(frozen=True)
class RankCap:
    """`rank`: directions kept in each weight. Where the adapters have no more, it is the sum."""

    rank: int

    def combined(self, parts: Parts) -> Sequence[Term]:
        factors = parts.factors()
        most = sum(part.rank for part in factors) if factors else min(parts.shape)
        if self.rank >= most:
            return parts.terms
        spectrum = Spectrum.of(parts)
        return [spectrum.term(parts, spectrum.sigma[: self.rank])]
