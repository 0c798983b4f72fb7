"""The sum, in which no direction is stronger than a share of the base weight's strongest one."""

from collections.abc import Sequence
from dataclasses import dataclass

from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.rules.spectrum import Spectrum
from loraviewer.adapters.merging.terms import Term


@dataclass(frozen=True)
class SpectralClip:
    """Singular values of S = Σ Tᵢ above `share` · σ₁(W₀) become that. Of a bias or a norm this is
    its length; where the base has zeros only, nothing is left of S."""

    share: float

    def combined(self, parts: Parts) -> Sequence[Term]:
        cap = self.share * parts.base_norm()
        spectrum = Spectrum.of(parts)
        if not len(spectrum.sigma) or spectrum.sigma[0] <= cap:
            return parts.terms
        return [spectrum.term(parts, spectrum.sigma.clamp(max=cap))] if cap > 0.0 else ()
