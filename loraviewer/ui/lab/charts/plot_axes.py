"""Axes of plots, as the studio writes numbers."""

import math

import pyqtgraph as pg

from loraviewer.ui.lab.charts.number_words import number_text, plain_text, power_text

_MOST_DECADES = 6
_FEW_DECADES = 2
_PARTS = (0.0, math.log10(2.0), math.log10(5.0))


class NumberAxis(pg.AxisItem):
    """Numbers with the studio's signs, and no prefixes of units."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)

    def tickStrings(self, values, scale, spacing) -> list[str]:
        if all(float(value).is_integer() and abs(value) < 1e5 for value in values):
            return [f"{value:.0f}".replace("-", "−") for value in values]
        return [number_text(value, 2) for value in values]


class PowerAxis(pg.AxisItem):
    """Of values that are plotted as their decimal logarithms: whole powers of ten, and 2 and 5
    times these where only few are seen."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)

    def tickValues(self, low, high, size) -> list[tuple[float, list[float]]]:
        first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
        if last - first < _FEW_DECADES:
            every = [e + part for e in range(first - 1, last + 1) for part in _PARTS]
            return [(1.0, [value for value in every if low <= value <= high])]
        step = max(1, math.ceil((last - first + 1) / _MOST_DECADES))
        return [(step, [float(e) for e in range(first, last + 1) if e % step == 0])]

    def tickStrings(self, values, scale, spacing) -> list[str]:
        if all(float(value).is_integer() for value in values):
            return [power_text(round(value)) for value in values]
        return [plain_text(10.0**value) for value in values]
