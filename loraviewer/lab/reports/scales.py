"""Numbers onto pixels, with round ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_MARGIN = 0.06


@dataclass(frozen=True)
class Scale:
    """`least` … `most` at `start` … `end` pixels; `end` may be the smaller one."""

    least: float
    most: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> "Scale":
        """All finite values with a margin; they may be one number, or none."""
        known = [value for value in values if math.isfinite(value)] or [0.0]
        least, most = min(known), max(known)
        room = (most - least) * _MARGIN or abs(most) * _MARGIN or 1.0
        return cls(least - room, most + room, start, end)

    def at(self, value: float) -> float:
        share = (value - self.least) / (self.most - self.least)
        return self.start + (self.end - self.start) * share

    def ticks(self, count: int = 5) -> list[float]:
        """About so many, at 1, 2 or 5 times a power of ten."""
        step = _round_step((self.most - self.least) / count)
        first, last = math.ceil(self.least / step), math.floor(self.most / step)
        return [at * step for at in range(first, last + 1)]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
