"""Singular spectra of each ΔW and of the stack's S = Σ s·ΔW, weight by weight.

All from float64. Values of sums come from the QR of the joined factors, S = Q_B (R_B R_Aᵀ) Q_Aᵀ, so
that no weight is decomposed; only where the factors are no smaller than the weight, or where a kind
has none, it is, and `Spectrum.is_dense` says so.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import Entries, canonical, entries_by_weight, pick_adapters
from loraviewer.adapters.placement import BaseReader
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.changes import Change, changes_at, joined
from loraviewer.lab.weights.factor_forms import flat_shape
from loraviewer.lab.weights.singular import Operator, largest, numeric_rank, singular_values

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


def spectrum(change: Change) -> Spectrum:
    values = singular_values(change)
    return Spectrum(tuple(values.tolist()), numeric_rank(values, change), change.is_dense)


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
    `singular.TOLERANCE`; None without a base.
    """

    key: WeightKey
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


Progress = Callable[[float], None]


def spectra_of_stack(
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    read_base: BaseReader | None = None,
    known_base: dict[WeightKey, float] | None = None,
    token: CancelToken | None = None,
    on_progress: Progress = lambda fraction: None,
) -> Iterator[WeightSpectra]:
    """Every weight that the stack touches, in the order of the keys, each as soon as it is done.

    read_base: None where only adapters are known; then kinds that depend on W₀ have no spectrum.
    known_base: σ₁(W₀) by key, read and filled, to be kept as long as the base is. on_progress gets
    the share that is done. Raises `MergeError` for an adapter that is not loaded, and `Cancelled`
    within a weight.
    """
    token = token or CancelToken()
    known_base = {} if known_base is None else known_base
    heard = canonical(applied)
    entries = entries_by_weight(heard, pick_adapters(heard, adapters))
    for done, key in enumerate(sorted(entries), 1):
        found = _spectra_at(key, entries[key], adapters, read_base, token)
        base = _base_largest(key, read_base, known_base, token)
        on_progress(done / len(entries))
        yield WeightSpectra(key, *found, base)


@one_thread()
def _spectra_at(
    key: WeightKey,
    entries: Entries,
    adapters: Mapping[str, Adapter],
    read_base: BaseReader | None,
    token: CancelToken,
) -> tuple[tuple[int, int], tuple[AdapterSpectrum, ...], Spectrum | None]:
    changes = changes_at(key, entries, adapters, read_base)
    each: list[AdapterSpectrum] = []
    for (sha256, scale), change in zip(entries, changes, strict=True):
        token.raise_if_cancelled()
        each.append(AdapterSpectrum(sha256, scale, change and spectrum(change)))
    token.raise_if_cancelled()
    known = [change for change in changes if change is not None]
    shape = known[0].shape if known else flat_shape(adapters[entries[0][0]].weights[key])
    if len(known) < len(changes):
        return shape, tuple(each), None
    if len(each) == 1 and each[0].at_one is not None:
        return shape, tuple(each), each[0].at_one.scaled(each[0].scale)
    return shape, tuple(each), spectrum(joined(known, [scale for _, scale in entries]))


def _base_largest(
    key: WeightKey,
    read_base: BaseReader | None,
    known: dict[WeightKey, float],
    token: CancelToken,
) -> float | None:
    if key not in known and read_base is not None:
        found = largest(Operator.of(read_base(key).cpu()), token=token)
        known[key] = found.values.sum().item()
    return known.get(key)
