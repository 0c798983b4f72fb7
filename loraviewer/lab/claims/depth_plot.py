"""One measure over the depth of stacks, up to hundreds, as one picture: depth on a logarithmic
axis, a colour for each policy, broken lines for random twins, whiskers for intervals."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from loraviewer.core.experiments.numbers import Mean
from loraviewer.lab.claims.depth_axes import DepthAxes

WIDTH, HEIGHT = 1000, 560
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 290, 60, 70
_INK, _FAINT, _PAPER = "#222222", "#dddddd", "#ffffff"
_COLOURS = {"one": "#d55e00", "sqrt": "#0072b2", "mean": "#009e73"}
"""Okabe and Ito's, which people with any colour vision tell apart."""
_POLICIES = {"one": "each at 1", "sqrt": "each at 1/sqrt(N)", "mean": "each at 1/N"}
_ARMS = {"real": "trained", "random": "random twins"}
_DASH, _GAP = 9, 7


def depth_plot(title: str, unit: str, means: Sequence[Mean], measure: str) -> Image.Image:
    """means: of a ladder. RGB."""
    own = [mean for mean in means if mean.measure == measure]
    chart = _Chart(title, unit, own)
    chart.draw_axes()
    for number, key in enumerate(chart.curves):
        chart.draw_curve(number, *key)
    return chart.image


class _Chart:
    def __init__(self, title: str, unit: str, means: Sequence[Mean]) -> None:
        self._title, self._unit = title, unit
        self._base = next(mean for mean in means if mean.arm == "base")
        self.curves: dict[tuple[str, str], list[Mean]] = {}
        for mean in means:
            if mean.arm in _ARMS:
                self.curves.setdefault((mean.arm, mean.policy), []).append(mean)
        ends = [
            end for mean in means for end in (mean.mean, mean.low, mean.high) if end is not None
        ]
        self._axes = DepthAxes(
            [mean.depth for mean in means if mean.depth],
            ends,
            (_LEFT, WIDTH - _RIGHT),
            (HEIGHT - _BOTTOM, _TOP),
        )
        self.image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
        self._pen = ImageDraw.Draw(self.image)
        self._font = ImageFont.load_default(size=15)

    def draw_axes(self) -> None:
        axes = self._axes
        self._text(_LEFT, 20, self._title)
        for value in axes.values:
            y = axes.y(value)
            self._pen.line((_LEFT, y, WIDTH - _RIGHT, y), fill=_FAINT)
            self._text(_LEFT - 10, y, f"{value:g}", anchor="rm")
        for depth in axes.depths:
            x = axes.x(depth)
            self._pen.line((x, _TOP, x, HEIGHT - _BOTTOM), fill=_FAINT)
            self._text(x, HEIGHT - _BOTTOM + 8, f"{depth}", anchor="mt")
        y = axes.y(self._base.mean)
        self._pen.line((_LEFT, y, WIDTH - _RIGHT, y), fill=_INK, width=2)
        self._text(WIDTH - _RIGHT + 12, y, "the base alone", anchor="lm")
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        self._text(middle, HEIGHT - 30, f"adapters on at once ({self._unit})", anchor="mt")

    def draw_curve(self, number: int, arm: str, policy: str) -> None:
        colour, is_broken = _COLOURS[policy], arm == "random"
        points = sorted(self.curves[arm, policy], key=lambda mean: mean.depth)
        places = [(self._axes.x(mean.depth), self._axes.y(mean.mean)) for mean in points]
        for start, end in zip(places, places[1:], strict=False):
            self._line(start, end, colour, is_broken)
        for mean, (x, y) in zip(points, places, strict=True):
            self._whisker(mean, x, colour)
            self._pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
        self._legend(number, f"{_ARMS[arm]}, {_POLICIES[policy]}", colour, is_broken)

    def _whisker(self, mean: Mean, x: float, colour: str) -> None:
        if mean.low is not None and mean.high is not None:
            low, high = self._axes.y(mean.low), self._axes.y(mean.high)
            self._pen.line((x, low, x, high), fill=colour, width=2)

    def _legend(self, number: int, name: str, colour: str, is_broken: bool) -> None:
        x, y = WIDTH - _RIGHT + 12, HEIGHT - _BOTTOM - 160 + 24 * number
        self._line((x, y), (x + 34, y), colour, is_broken)
        self._text(x + 42, y, name, anchor="lm")

    def _line(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, is_broken: bool
    ) -> None:
        if not is_broken:
            self._pen.line((*start, *end), fill=colour, width=3)
            return
        (x, y), (to_x, to_y) = start, end
        length = max(1.0, ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5)
        at = 0.0
        while at < length:
            until = min(at + _DASH, length)
            a, b = at / length, until / length
            dash = (x + (to_x - x) * a, y + (to_y - y) * a, x + (to_x - x) * b, y + (to_y - y) * b)
            self._pen.line(dash, fill=colour, width=3)
            at += _DASH + _GAP

    def _text(self, x: float, y: float, text: str, anchor: str = "la") -> None:
        self._pen.text((x, y), text, fill=_INK, font=self._font, anchor=anchor)
