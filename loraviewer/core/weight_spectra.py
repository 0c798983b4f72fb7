"""Singular spectra of one weight as plain values: of each ΔW, of the stack, and W₀'s largest.

What is measured is in `lab.weights.spectra`; here is what follows from the numbers.
"""

import math
from dataclasses import dataclass

from loraviewer.core.weight_numbers import WeightName

SPIKE_STABLE_RANK = 1.5
SPIKE_RELATIVE = 0.3
"""Provisional limits, from a toy with a power-law W₀: no published ones are known."""


@dataclass(frozen=True)
class Spectrum:
    """Of one change. `values`: all singular values, descending; those beyond `numeric_rank` are
    rounding. `is_dense`: the whole matrix was decomposed, for want of small factors."""

    values: tuple[float, ...]
    numeric_rank: int
    is_dense: bool = False

    @property
    def largest(self) -> float:
        """σ₁, the spectral norm."""
        return self.values[0] if self.values else 0.0

    @property
    def norm(self) -> float:
        """Frobenius."""
        return self.largest * math.sqrt(sum(v * v for v in self._over_largest()))

    @property
    def stable_rank(self) -> float:
        """‖S‖²_F / σ₁² (Rudelson and Vershynin 2007): 1 for a single direction; 0 for zero."""
        return sum(v * v for v in self._over_largest())

    @property
    def effective_rank(self) -> float:
        """exp of the entropy of σ / Σσ (Roy and Vetterli 2007); 0 for zero."""
        parts = self._over_largest()
        total = sum(parts)
        shares = [v / total for v in parts if v > 0.0]
        return math.exp(-sum(p * math.log(p) for p in shares)) if shares else 0.0

    @property
    def energy_rank(self) -> int:
        """How many directions hold 95 % of the energy."""
        energies = [v * v for v in self._over_largest()]
        held, limit = 0.0, 0.95 * sum(energies)
        for count, one in enumerate(energies, 1):
            held += one
            if held >= limit:
                return count if limit else 0
        return len(energies) if limit else 0

    def scaled(self, scale: float) -> "Spectrum":
        """Of scale · ΔW."""
        values = tuple(abs(scale) * v for v in self.values)
        return Spectrum(values, self.numeric_rank if scale else 0, self.is_dense)

    def _over_largest(self) -> list[float]:
        """σ / σ₁ of those that are more than rounding: squares of these neither overflow nor
        vanish."""
        if self.largest == 0.0:
            return []
        return [v / self.largest for v in self.values[: self.numeric_rank]]


@dataclass(frozen=True)
class AdapterSpectrum:
    """One entry of a stack at one weight. `at_one`: of ΔW at strength 1; None where ΔW depends on
    a W₀ that could not be read."""

    sha256: str
    scale: float
    at_one: Spectrum | None


@dataclass(frozen=True)
class WeightSpectra:
    """Of one weight that the stack touches, flattened to `shape` (out, n).

    `stack`: of S; None where one of its ΔW is not known. `base_largest`: σ₁(W₀), relative
    1e-4; None without a base.
    """

    key: WeightName
    shape: tuple[int, int]
    adapters: tuple[AdapterSpectrum, ...]
    stack: Spectrum | None
    base_largest: float | None

    @property
    def relative(self) -> float | None:
        """σ₁(S) / σ₁(W₀)."""
        return self._over_base(self.stack)

    @property
    def is_spike(self) -> bool | None:
        """Whether S is nearly one direction, and strong beside W₀: two such seldom get along. A
        hint, to be seen beside the same for each adapter alone. None where it cannot be said."""
        return self._is_spike(self.stack)

    def is_spike_alone(self, entry: AdapterSpectrum) -> bool | None:
        """The same of one entry at its strength."""
        return self._is_spike(entry.at_one and entry.at_one.scaled(entry.scale))

    @property
    def additivity(self) -> float | None:
        """σ₁(S) / Σ|s|σ₁(ΔW), in 0 … 1: 1 where all pull at the same direction, one way."""
        alone = [abs(a.scale) * a.at_one.largest for a in self.adapters if a.at_one]
        if self.stack is None or not sum(alone):
            return None
        return self.stack.largest / sum(alone)

    def _is_spike(self, of: Spectrum | None) -> bool | None:
        relative = self._over_base(of)
        if of is None or relative is None:
            return None
        return 0.0 < of.stable_rank < SPIKE_STABLE_RANK and relative > SPIKE_RELATIVE

    def _over_base(self, of: Spectrum | None) -> float | None:
        return of.largest / self.base_largest if of is not None and self.base_largest else None
