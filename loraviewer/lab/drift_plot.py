"""The curves of a drift measurement as one picture: both axes logarithmic, one line per arm."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from loraviewer.lab.drift import DriftRow

WIDTH, HEIGHT = 1000, 640
_LEFT, _RIGHT, _TOP, _BOTTOM = 96, 250, 56, 64
_INK, _FAINT, _PAPER = "#222222", "#dddddd", "#ffffff"
_COLOURS = {
    "ours": "#009e73",
    "subtract": "#d55e00",
    "symmetric": "#0072b2",
    "drag": "#cc79a7",
    "fresh": "#e69f00",
}
"""Okabe and Ito's, which people with any colour vision tell apart."""

_WIDTHS = {"float32": 1, "float16": 2, "bfloat16": 4}
_ZERO_LABEL = "0"


def plot_drift(rows: Sequence[DriftRow]) -> Image.Image:
    """RGB. Exact zeros lie on a line of their own at the bottom; dtypes differ by line width."""
    chart = _Chart(rows)
    chart.draw_axes()
    for arm, dtype in dict.fromkeys((row.arm, row.dtype) for row in rows):
        chart.draw_curve(arm, dtype)
    chart.draw_legend()
    return chart.image


class _Chart:
    def __init__(self, rows: Sequence[DriftRow]) -> None:
        self._rows = rows
        self.image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
        self._pen = ImageDraw.Draw(self.image)
        self._font = ImageFont.load_default(size=15)
        drifts = [row.relative for row in rows if row.relative > 0]
        self._lowest = math.floor(math.log10(min(drifts, default=1e-3))) - 1
        self._highest = math.ceil(math.log10(max(drifts, default=1e-1)))
        self._last = max((row.cycles for row in rows), default=1)

    def draw_axes(self) -> None:
        self._text(_LEFT, 18, "What merging and taking out again leaves: |W - W0| / |W0|")
        for power in range(self._lowest, self._highest + 1):
            y = self._y(10.0**power)
            is_zero = power == self._lowest
            self._pen.line((_LEFT, y, WIDTH - _RIGHT, y), fill=_INK if is_zero else _FAINT)
            label = _ZERO_LABEL if is_zero else f"1e{power}"
            self._text(_LEFT - 12, y, label, anchor="rm")
        for power in range(math.floor(math.log10(self._last)) + 1):
            x = self._x(10**power)
            self._pen.line((x, _TOP, x, HEIGHT - _BOTTOM), fill=_FAINT)
            self._text(x, HEIGHT - _BOTTOM + 10, f"{10**power}", anchor="mt")
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        self._text(middle, HEIGHT - 26, "cycles of merging and taking out", anchor="mt")

    def draw_curve(self, arm: str, dtype: str) -> None:
        own = [row for row in self._rows if (row.arm, row.dtype) == (arm, dtype)]
        points = [(self._x(row.cycles), self._y(row.relative)) for row in own]
        colour, width = _COLOURS.get(arm, _INK), _WIDTHS.get(dtype, 2)
        self._pen.line(points, fill=colour, width=width, joint="curve")
        for x, y in points:
            radius = width + 1
            self._pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def draw_legend(self) -> None:
        left, y = WIDTH - _RIGHT + 24, _TOP + 4
        for arm in dict.fromkeys(row.arm for row in self._rows):
            self._pen.line((left, y, left + 30, y), fill=_COLOURS.get(arm, _INK), width=4)
            self._text(left + 40, y, arm, anchor="lm")
            y += 26
        y += 14
        for dtype in dict.fromkeys(row.dtype for row in self._rows):
            self._pen.line((left, y, left + 30, y), fill=_INK, width=_WIDTHS.get(dtype, 2))
            self._text(left + 40, y, dtype, anchor="lm")
            y += 26

    def _x(self, cycles: float) -> float:
        share = math.log10(max(cycles, 1)) / max(math.log10(self._last), 1e-9)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def _y(self, drift: float) -> float:
        """Exact zeros lie a decade below everything else."""
        power = math.log10(drift) if drift > 0 else self._lowest
        share = (power - self._lowest) / (self._highest - self._lowest)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)

    def _text(self, x: float, y: float, text: str, anchor: str = "lt") -> None:
        self._pen.text((x, y), text, fill=_INK, font=self._font, anchor=anchor)
