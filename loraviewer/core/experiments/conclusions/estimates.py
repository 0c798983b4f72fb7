"""Numbers with their intervals: what conclusions are drawn from, and nothing else."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from loraviewer.core.experiments.curves import Curve
from loraviewer.core.experiments.numbers import Mean


@dataclass(frozen=True)
class Estimate:
    """`low` … `high` at `level`; both None where one number alone has no interval. `n`: pictures,
    or pairs of pictures, of so many `prompts`."""

    value: float
    low: float | None
    high: float | None
    level: float
    prompts: int
    n: int

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves no doubt about the sign."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def is_within(self, bound: float) -> bool:
        """Whether all of the interval lies in −bound … bound."""
        return (
            self.low is not None
            and self.high is not None
            and -bound <= self.low
            and self.high <= bound
        )


@dataclass(frozen=True)
class Knee:
    """Where a curve bends: `at.value` on its x axis. `before` and `after`: its slopes there, in
    seed spreads for each unit of x."""

    at: Estimate
    before: float
    after: float


class Evidence(Protocol):
    """What rows tell beyond their means. None of what they cannot tell."""

    def difference(self, mean: Mean, than: Mean) -> Estimate | None:
        """How far one place lies above another, in seed spreads."""
        ...

    def change(self, mean: Mean, than: Mean) -> Estimate | None:
        """The same in the measure's own unit."""
        ...

    def ratio(self, mean: Mean, to: Mean) -> Estimate | None: ...

    def counts(self, mean: Mean) -> tuple[int, int]:
        """Of numbers that are 1 or 0: how many are 1, and how many there are."""
        ...

    def knee(self, curve: Curve) -> Knee | None:
        """Where two straight lines describe a curve better than one line or a steady bend."""
        ...


class FromMeans:
    """Implements `Evidence` with what means alone tell: intervals of differences are as wide as if
    both ends went wrong at once, so that zero is outside only where the two exclude each other."""

    def difference(self, mean: Mean, than: Mean) -> Estimate | None:
        one, other = in_spreads(mean), in_spreads(than)
        return None if one is None or other is None else _minus(one, other)

    def change(self, mean: Mean, than: Mean) -> Estimate | None:
        return _minus(in_units(mean), in_units(than))

    def ratio(self, mean: Mean, to: Mean) -> Estimate | None:
        one, other = in_units(mean), in_units(to)
        if other.value <= 0 or one.value < 0:
            return None
        low = high = None
        if one.low is not None and one.high is not None and other.low and other.high:
            if other.low <= 0:
                return None
            low, high = one.low / other.high, one.high / other.low
        return _of_both(one.value / other.value, low, high, one, other)

    def counts(self, mean: Mean) -> tuple[int, int]:
        return round(mean.mean * mean.n), mean.n

    def knee(self, curve: Curve) -> Knee | None:
        return None


def in_spreads(mean: Mean) -> Estimate | None:
    """How far from the base; None where the base never varies."""
    if mean.in_seed_spreads is None:
        return None
    low, high = mean.spreads_low, mean.spreads_high
    return Estimate(mean.in_seed_spreads, low, high, mean.level, mean.prompts, mean.n)


def in_units(mean: Mean) -> Estimate:
    return Estimate(mean.mean, mean.low, mean.high, mean.level, mean.prompts, mean.n)


def crossing(xs: Sequence[float], ys: Sequence[float | None], bound: float) -> float | None:
    """Where |y| first reaches the bound, between points by straight lines; None where it never
    does. xs: rising."""
    known = [(x, abs(y)) for x, y in zip(xs, ys, strict=True) if y is not None]
    for (x, y), (next_x, next_y) in itertools.pairwise(known):
        if y >= bound:
            return x
        if next_y >= bound:
            return x + (next_x - x) * (bound - y) / (next_y - y)
    return known[-1][0] if known and known[-1][1] >= bound else None


def _minus(one: Estimate, other: Estimate) -> Estimate:
    low = high = None
    if one.low is not None and other.high is not None:
        low = one.low - other.high
    if one.high is not None and other.low is not None:
        high = one.high - other.low
    return _of_both(one.value - other.value, low, high, one, other)


def _of_both(
    value: float, low: float | None, high: float | None, one: Estimate, other: Estimate
) -> Estimate:
    prompts, n = min(one.prompts, other.prompts), min(one.n, other.n)
    return Estimate(value, low, high, one.level, prompts, n)
