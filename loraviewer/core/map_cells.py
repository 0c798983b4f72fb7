"""A plane over two faders: which points it has, and in which order their pictures are made."""

import math
from collections.abc import Sequence

import msgspec

from loraviewer.core.sentences import say
from loraviewer.core.stack import AdapterStack

RESOLUTIONS = (3, 5, 9)
"""Points along each side. Each one holds all points of those before it."""

MASTER = "master"
"""The fader that multiplies all others, in place of the id of a row."""

_USUAL_REACH = 0.8
_LARGE, _LARGEST = 50.0, 1e6
_NICE = 0.05
_DIGITS = 3
_LEAST_SPAN = 0.01

Index = tuple[int, int]
"""Column and row of the finest plane, counted from the lowest values."""


class Span(msgspec.Struct, frozen=True):
    """The strengths that one side of the plane goes through, `low` < `high`."""

    low: float
    high: float

    @property
    def length(self) -> float:
        return self.high - self.low

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high one, beyond them outside."""
        return (value - self.low) / self.length

    def at(self, share: float) -> float:
        return self.low + share * self.length

    def problem(self) -> str:
        """One sentence about ends that make no side; "" where they do."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return say("A range needs two numbers.")
        if self.length < _LEAST_SPAN:
            return say("A range must go up by at least {least}.", least=_LEAST_SPAN)
        return ""


def usual_span(value: float) -> Span:
    """Around a fader's present strength, so that the steps of every plane are even numbers: 0.8
    gives 0 … 1.6. Of strengths that mean nothing, a part that numbers can tell apart."""
    within = max(-_LARGEST, min(_LARGEST, value))
    middle = round(within / _NICE) * _NICE
    reach = _USUAL_REACH if abs(middle) <= _LARGE else round(abs(middle) / 2)
    return Span(round(middle - reach, _DIGITS), round(middle + reach, _DIGITS))


def values(span: Span, count: int) -> tuple[float, ...]:
    """The strengths along a side, both ends among them, rounded to thousandths."""
    return tuple(round(span.at(i / (count - 1)), _DIGITS) + 0.0 for i in range(count))


def level_of(index: Index, resolution: int) -> int:
    """The coarsest plane that has the point."""
    return next(n for n in RESOLUTIONS if all(i % _stride(n, resolution) == 0 for i in index))


def level_points(level: int, resolution: int) -> tuple[Index, ...]:
    """All points that the plane of a level has, as places of the finest one, row by row."""
    places = range(0, resolution, _stride(level, resolution))
    return tuple((x, y) for y in places for x in places)


def coarse_to_fine(resolution: int, present: tuple[float, float]) -> tuple[Index, ...]:
    """Every point of the finest plane once: those of coarser planes first, of each the nearest to
    the present point. present: its shares of both sides, which may lie outside."""
    last = resolution - 1

    def urgency(index: Index) -> tuple[int, float, Index]:
        x, y = (place / last - share for place, share in zip(index, present, strict=True))
        return level_of(index, resolution), round(math.hypot(x, y), 9), index

    return tuple(sorted(level_points(resolution, resolution), key=urgency))


def nearest(index: Index, known: Sequence[Index]) -> Index | None:
    """Of the points that are known, the one that stands in for another; None where none is."""
    return min(known, key=lambda k: (math.dist(k, index), k), default=None)


def affordable(seconds_each: float | None, most_s: float) -> int:
    """The finest plane that takes no longer than that; the coarsest whatever it takes, and where
    that is not known yet."""
    fitting = [
        n for n in RESOLUTIONS if seconds_each is not None and n * n * seconds_each <= most_s
    ]
    return max(fitting, default=RESOLUTIONS[0])


def fader_value(stack: AdapterStack, fader: str) -> float:
    """KeyError for a row that is not there."""
    return stack.master if fader == MASTER else stack.entry(fader).scale


def with_fader(stack: AdapterStack, fader: str, value: float) -> AdapterStack:
    if fader == MASTER:
        return stack.with_master(value)
    return stack.with_entry(fader, scale=value)


def usual_faders(stack: AdapterStack) -> tuple[str, str] | None:
    """The first two rows that are applied, or that are there where none is; the master where there
    is only one. None without rows, but for those for drafts only."""
    usual = stack.applied_entries() or stack.without_draft_rows().entries
    rows = [entry.entry_id for entry in usual]
    if not rows:
        return None
    first, second, *_ = (*rows, MASTER)
    return first, second


def _stride(level: int, resolution: int) -> int:
    return (resolution - 1) // (level - 1)
