"""Iso-C: the sum, all of whose directions are made equally strong (Marczak et al. 2025,
arXiv:2502.04959).

S = U·Σ·Vᵀ becomes σ̄·U·Vᵀ with σ̄ the mean of the singular values. The paper's task matrices have
full rank; here the mean is over the directions that S has, so that a low-rank stack stays one.
"""

from collections.abc import Sequence

import torch

from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.rules.spectrum import Spectrum
from loraviewer.adapters.merging.terms import Term


class IsoC:
    def combined(self, parts: Parts) -> Sequence[Term]:
        spectrum = Spectrum.of(parts)
        rank = spectrum.rank
        if not rank:
            return ()
        mean = spectrum.sigma[:rank].mean()
        return [spectrum.term(parts, torch.full_like(spectrum.sigma[:rank], mean.item()))]
