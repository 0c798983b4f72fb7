"""How much the base's own pictures of one prompt differ from seed to seed: the unit of all numbers.

A stack that moves a number by less than another seed does has done nothing that a person would see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

_MAD_TO_DEVIATION = 1.482602218505602
"""1 / 0.67449: for a normal distribution."""
_FEW = (1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107)
"""Of 2 … 9 numbers: by what their MAD is too small (Croux and Rousseeuw 1992)."""
_NOTHING = 1e-9
"""A spread of less, beside the numbers themselves, is rounding."""


@dataclass(frozen=True)
class SeedBand:
    """Of one measure and one prompt, from `count` numbers of the base.

    `median`, `lower` and `upper` quartile are what to draw. `origin` is where no change lies, and
    `unit` one seed-to-seed spread, or the resolution of the measure where that is more: a judge who
    is sure of every picture of the base would else count millions. 0 where the base does not vary
    and no resolution was given.
    """

    median: float
    lower: float
    upper: float
    count: int
    origin: float
    unit: float

    @classmethod
    def of_pictures(cls, values: Sequence[float], resolution: float = 0.0) -> SeedBand:
        """values: one for each of the base's pictures. The origin is their median; the unit is
        their MAD, as a standard deviation. Raises `ValueError` for none."""
        middle = float(np.median(_finite(values)))
        return cls._of(values, middle, deviation(values), resolution)

    @classmethod
    def of_pairs(cls, values: Sequence[float], same: float, resolution: float = 0.0) -> SeedBand:
        """values: between the base's pictures of different seeds; `same`: what a picture has with
        itself. The unit is the median distance from there: at one of it, a picture is as unlike the
        base's as another seed would be. Raises `ValueError` for none."""
        away = np.abs(_finite(values) - same)
        return cls._of(values, same, float(np.median(away)), resolution)

    @classmethod
    def of_set(
        cls, whole: float, without_each: Sequence[float], resolution: float = 0.0
    ) -> SeedBand:
        """whole: of all base pictures at once; without_each: leaving each out in turn. The unit is
        the jackknife's standard deviation (Tukey 1958): what other seeds would make of it. The
        quartiles are those of a normal distribution. Raises `ValueError` for none."""
        rest = _finite(without_each)
        unit = float(np.sqrt((len(rest) - 1) * rest.var()))
        quarter = unit / _MAD_TO_DEVIATION
        unit = _resolved(unit, rest, resolution)
        return cls(whole, whole - quarter, whole + quarter, len(rest), whole, unit)

    @classmethod
    def _of(
        cls, values: Sequence[float], origin: float, unit: float, resolution: float
    ) -> SeedBand:
        known = _finite(values)
        lower, median, upper = (float(one) for one in np.quantile(known, (0.25, 0.5, 0.75)))
        unit = _resolved(unit, known, resolution)
        return cls(median, lower, upper, len(known), origin, unit)

    def in_spreads(self, value: float, than: float | None = None) -> float | None:
        """How many seed-to-seed spreads `value` lies above the origin, or above `than`, such as the
        base's number for the same seed. None where it moved and the base never does."""
        moved = value - (self.origin if than is None else than)
        if self.unit:
            return moved / self.unit
        return 0.0 if abs(moved) <= _NOTHING * abs(value) else None


def pooled(bands: Sequence[SeedBand]) -> list[SeedBand]:
    """The bands of several prompts, each with the median of their units: one prompt's few seeds
    know their spread badly. Raises `ValueError` for none."""
    unit = float(np.median(_finite([band.unit for band in bands])))
    return [replace(band, unit=unit) for band in bands]


def deviation(values: Sequence[float]) -> float:
    """The standard deviation by the MAD, right in the mean for few normal numbers; 0 for one."""
    known = _finite(values)
    mad = float(np.median(np.abs(known - np.median(known))))
    count = len(known)
    few = _FEW[count - 2] if 2 <= count < 10 else count / (count - 0.8)
    return _MAD_TO_DEVIATION * few * mad


def _resolved(unit: float, values: np.ndarray, resolution: float) -> float:
    is_something = unit > _NOTHING * float(np.abs(values).max())
    return max(unit if is_something else 0.0, resolution)


def _finite(values: Sequence[float]) -> np.ndarray:
    known = np.asarray(values, np.float64)
    if not known.size or not np.isfinite(known).all():
        raise ValueError("a seed band takes finite numbers, at least one")
    return known
