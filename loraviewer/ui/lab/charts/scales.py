"""From a number to its place on a scale of colours, and the ticks of its legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from PySide6.QtGui import QPalette

from loraviewer.ui.lab.charts.chart_colours import ColourMap, diverging, sequential
from loraviewer.ui.lab.charts.number_words import (
    number_text,
    plain_text,
    power_text,
    signed_text,
)

_DECADES = 4
"""So many powers of ten a logarithmic scale shows at most: what is smaller is drawn as its end."""


class Scale(Protocol):
    def share(self, value: float) -> float:
        """Where a value lies, 0 … 1; beyond the ends, those."""
        ...

    def colours(self, palette: QPalette) -> ColourMap: ...

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Shares, and what stands there."""
        ...

    def text(self, value: float | None) -> str: ...


@dataclass(frozen=True)
class LinearScale:
    """From 0, or `low`."""

    high: float
    low: float = 0.0

    def share(self, value: float) -> float:
        span = self.high - self.low
        return _within((value - self.low) / span) if span > 0.0 else 0.0

    def colours(self, palette: QPalette) -> ColourMap:
        return sequential(palette)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        middle = (self.low + self.high) / 2
        at = ((0.0, self.low), (0.5, middle), (1.0, self.high))
        return tuple((share, plain_text(value)) for share, value in at)

    def text(self, value: float | None) -> str:
        return number_text(value)


@dataclass(frozen=True)
class LogScale:
    """Powers of ten, low > 0; zero and less are drawn as the low end."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "LogScale":
        """Whole powers of ten around what is there, the largest ones where it is too much."""
        found = [value for value in values if value > 0.0 and math.isfinite(value)]
        top = math.ceil(math.log10(max(found)) - 1e-9) if found else 0
        bottom = math.floor(math.log10(min(found)) + 1e-9) if found else -1
        return cls(10.0 ** max(min(bottom, top - 1), top - _DECADES), 10.0**top)

    def share(self, value: float) -> float:
        if value <= self.low:
            return 0.0
        return math.log(value / self.low) / self._span if value < self.high else 1.0

    @cached_property
    def _span(self) -> float:
        return math.log(self.high / self.low)

    def colours(self, palette: QPalette) -> ColourMap:
        return sequential(palette)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        ends = round(math.log10(self.low)), round(math.log10(self.high))
        return tuple((self.share(10.0**e), power_text(e)) for e in range(ends[0], ends[1] + 1))

    def text(self, value: float | None) -> str:
        return number_text(value)


@dataclass(frozen=True)
class DivergingScale:
    """−limit … limit, with zero in the middle."""

    limit: float = 1.0

    def share(self, value: float) -> float:
        return _within(0.5 + value / (2 * self.limit))

    def colours(self, palette: QPalette) -> ColourMap:
        return diverging(palette)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        at = (-self.limit, 0.0, self.limit)
        return tuple((self.share(value), plain_text(value)) for value in at)

    def text(self, value: float | None) -> str:
        return signed_text(value)


@dataclass(frozen=True)
class RootScale:
    """−limit … limit, drawn by the root of the value, so that small ones are seen too: a quarter
    of the limit has half of the colour."""

    limit: float = 1.0

    def share(self, value: float) -> float:
        root = math.sqrt(min(1.0, abs(value) / self.limit))
        return 0.5 + 0.5 * math.copysign(root, value)

    def colours(self, palette: QPalette) -> ColourMap:
        return diverging(palette)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        at = (-self.limit, -0.25 * self.limit, 0.0, 0.25 * self.limit, self.limit)
        return tuple((self.share(value), plain_text(value)) for value in at)

    def text(self, value: float | None) -> str:
        return signed_text(value)


def _within(share: float) -> float:
    return max(0.0, min(1.0, share))
