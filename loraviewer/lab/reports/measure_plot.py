"""One measure of an experiment as SVG: curves with whiskers over a number, or a row for each place
where places have names; the base's own band behind both."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loraviewer.core.experiments.curves import BASE_ARM, Curve, CurvePoint
from loraviewer.core.experiments.numbers import Mean
from loraviewer.lab.reports.html_text import minus, number, safe, shortened
from loraviewer.lab.reports.line_styles import colour, style
from loraviewer.lab.reports.scales import Scale

_WIDTH, _HEIGHT = 360, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 10, 40
_APART_PX, _CAP_PX, _DOT_PX = 4, 3, 3
_ROW_PX, _NAMES_PX, _LETTERS = 20, 150, 20
_MOST_TICKS = 9

BAND = 'fill="var(--quiet)" fill-opacity="0.16"'
IN_SPREADS = "seed spreads from the base"


@dataclass(frozen=True)
class Shown:
    """A point in the unit that the plot is in. `low`, `high`: where its whisker ends, if it has
    one."""

    point: CurvePoint
    value: float
    low: float | None
    high: float | None

    @property
    def reach(self) -> list[float]:
        return [end for end in (self.value, self.low, self.high) if end is not None]


def is_in_spreads(curves: Sequence[Curve]) -> bool:
    """Else they are drawn in the measure's own unit: one place has no spreads to tell it in."""
    return all(p.mean.in_seed_spreads is not None for curve in curves for p in curve.points)


def value_title(curves: Sequence[Curve]) -> str:
    return IN_SPREADS if is_in_spreads(curves) else (curves[0].points[0].mean.unit or "value")


def measure_plot(title: str, curves: Sequence[Curve], x_title: str) -> str:
    """curves: at least one, of one measure, with points. x_title: "" where places have names."""
    lines = [(curve, _shown(curve, is_in_spreads(curves))) for curve in curves]
    if x_title:
        return _LinePlot(title, lines, x_title, value_title(curves)).drawn()
    return _RowPlot(title, lines, value_title(curves)).drawn()


def hint(mean: Mean, place: str) -> str:
    """In seed spreads, in its unit, and of how many."""
    parts = [f"{place}: {number(mean.mean)} {mean.unit}".rstrip() + _range(mean.low, mean.high)]
    if mean.in_seed_spreads is not None:
        spreads = minus(f"{mean.in_seed_spreads:+.2f} seed spreads")
        parts.append(spreads + _range(mean.spreads_low, mean.spreads_high))
    return "; ".join((*parts, f"{mean.prompts} prompts, {mean.n} numbers"))


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({number(low)} to {number(high)})"


def _shown(curve: Curve, in_spreads: bool) -> list[Shown]:
    return [_in_unit(point, in_spreads) for point in curve.points]


def _in_unit(point: CurvePoint, in_spreads: bool) -> Shown:
    mean = point.mean
    if in_spreads:
        return Shown(point, mean.in_seed_spreads or 0.0, mean.spreads_low, mean.spreads_high)
    return Shown(point, mean.mean, mean.low, mean.high)


class _Plot:
    def __init__(
        self, title: str, lines: Sequence[tuple[Curve, list[Shown]]], value_title: str
    ) -> None:
        self._title, self._lines, self._value_title = title, lines, value_title
        ends = [end for _, line in lines for shown in line for end in shown.reach]
        self._has_band = value_title == IN_SPREADS
        self._ends = [*ends, -1.0, 1.0] if self._has_band else ends

    def _framed(self, parts: Iterator[str], width: float, height: float) -> str:
        return (
            f'<svg role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}"><title>{safe(self._title)}</title>{"".join(parts)}</svg>'
        )


class _LinePlot(_Plot):
    def __init__(
        self,
        title: str,
        lines: Sequence[tuple[Curve, list[Shown]]],
        x_title: str,
        value_title: str,
    ) -> None:
        super().__init__(title, lines, value_title)
        self._x_title = x_title
        self._xs = sorted({shown.point.x for _, line in lines for shown in line})
        self._x = Scale.over(self._xs, _LEFT, _WIDTH - _RIGHT)
        self._y = Scale.over(self._ends, _HEIGHT - _BOTTOM, _TOP)

    def drawn(self) -> str:
        return self._framed(self._parts(), _WIDTH, _HEIGHT)

    def _parts(self) -> Iterator[str]:
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        if self._has_band:
            top, low = self._y.at(1.0), self._y.at(-1.0)
            yield (
                f'<rect x="{_LEFT}" y="{top:.1f}" width="{right - _LEFT}" '
                f'height="{low - top:.1f}" {BAND}/>'
            )
        for at in self._y.ticks():
            yield _across(_LEFT, right, self._y.at(at), at == 0)
            yield _small(_LEFT - 5, self._y.at(at) + 4, tick(at), "end")
        for at in self._x_ticks():
            yield _small(self._x.at(at), bottom + 14, tick(at), "middle")
        middle = (_TOP + bottom) / 2
        yield _small((_LEFT + right) / 2, _HEIGHT - 6, shortened(self._x_title, 56), "middle")
        yield (
            f'<text class="quiet" transform="translate(12 {middle:g}) rotate(-90)" '
            f'text-anchor="middle">{safe(self._value_title)}</text>'
        )
        for place, (curve, line) in enumerate(self._lines):
            yield self._curve(curve, line, place)

    def _x_ticks(self) -> list[float]:
        return (
            self._xs if len(self._xs) <= _MOST_TICKS and _are_apart(self._xs) else self._x.ticks()
        )

    def _curve(self, curve: Curve, line: Sequence[Shown], place: int) -> str:
        """Beside the others, so that whiskers do not hide each other; the base's is not moved."""
        middle = (len(self._lines) - 1) / 2
        shift = (place - middle) * _APART_PX

        def x(shown: Shown) -> float:
            return self._x.at(shown.point.x) + (0 if shown.point.mean.arm == BASE_ARM else shift)

        points = " ".join(f"{x(one):.1f},{self._y.at(one.value):.1f}" for one in line)
        drawn = f'<polyline fill="none" {style(place)} points="{points}"/>'
        marks = "".join(self._mark(one, x(one), curve.name, place) for one in line)
        return f"<g>{drawn}{marks}</g>"

    def _mark(self, shown: Shown, x: float, name: str, place: int) -> str:
        told = safe(hint(shown.point.mean, f"{name}, {shown.point.place}"))
        parts = [f"<g><title>{told}</title>"]
        if shown.low is not None and shown.high is not None:
            low, high = self._y.at(shown.low), self._y.at(shown.high)
            parts.append(
                f'<path d="M{x:.1f} {low:.1f}V{high:.1f}M{x - _CAP_PX:.1f} {low:.1f}h{2 * _CAP_PX}'
                f'M{x - _CAP_PX:.1f} {high:.1f}h{2 * _CAP_PX}" stroke="{colour(place)}" '
                'fill="none"/>'
            )
        ink = "var(--ink)" if shown.point.mean.arm == BASE_ARM else colour(place)
        parts.append(_dot(x, self._y.at(shown.value), ink))
        return "".join(parts) + "</g>"


class _RowPlot(_Plot):
    """Names are read from left to right, as many as there are."""

    def __init__(
        self, title: str, lines: Sequence[tuple[Curve, list[Shown]]], value_title: str
    ) -> None:
        super().__init__(title, lines, value_title)
        self._x = Scale.over(self._ends, _NAMES_PX, _WIDTH - _RIGHT)
        self._count = sum(len(line) for _, line in lines)

    def drawn(self) -> str:
        return self._framed(self._parts(), _WIDTH, self._bottom + _BOTTOM)

    @property
    def _bottom(self) -> float:
        return _TOP + _ROW_PX * self._count

    def _parts(self) -> Iterator[str]:
        if self._has_band:
            left, right = self._x.at(-1.0), self._x.at(1.0)
            yield (
                f'<rect x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" '
                f'height="{_ROW_PX * self._count}" {BAND}/>'
            )
        for at in self._x.ticks(4):
            yield _down(self._x.at(at), _TOP, self._bottom, at == 0)
            yield _small(self._x.at(at), self._bottom + 14, tick(at), "middle")
        middle = (_NAMES_PX + _WIDTH - _RIGHT) / 2
        yield _small(middle, self._bottom + _BOTTOM - 6, self._value_title, "middle")
        row = 0
        for place, (curve, line) in enumerate(self._lines):
            ink = "var(--ink)" if curve.arm == BASE_ARM else colour(place)
            for shown in line:
                yield self._row(shown, _TOP + _ROW_PX * (row + 0.5), ink)
                row += 1

    def _row(self, shown: Shown, y: float, ink: str) -> str:
        mean, place = shown.point.mean, shown.point.place
        parts = [
            f"<g><title>{safe(hint(mean, place))}</title>"
            f'<text x="{_NAMES_PX - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{safe(shortened(place, _LETTERS))}</text>"
        ]
        if shown.low is not None and shown.high is not None:
            low, high = self._x.at(shown.low), self._x.at(shown.high)
            parts.append(
                f'<path d="M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - _CAP_PX:.1f}v{2 * _CAP_PX}'
                f'M{high:.1f} {y - _CAP_PX:.1f}v{2 * _CAP_PX}" stroke="{ink}" fill="none"/>'
            )
        parts.append(_dot(self._x.at(shown.value), y, ink))
        return "".join(parts) + "</g>"


def tick(value: float) -> str:
    return minus(f"{value + 0.0:.6g}")


def _are_apart(xs: Sequence[float]) -> bool:
    """Whether their numbers do not run into each other below an axis."""
    room = (xs[-1] - xs[0]) / 9
    return all(right - left >= room for left, right in itertools.pairwise(xs))


def _across(left: float, right: float, y: float, is_zero: bool) -> str:
    return f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" {_ink(is_zero)}/>'


def _down(x: float, top: float, bottom: float, is_zero: bool) -> str:
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom:.1f}" {_ink(is_zero)}/>'


def _ink(is_zero: bool) -> str:
    return 'stroke="var(--quiet)"' if is_zero else 'stroke="var(--line)"'


def _small(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="quiet" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(text)}</text>'


def _dot(x: float, y: float, ink: str) -> str:
    if not (math.isfinite(x) and math.isfinite(y)):
        return ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT_PX}" fill="{ink}"/>'
