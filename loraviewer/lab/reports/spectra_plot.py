"""Singular values of one weight as curves over their index, as SVG; the values logarithmic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loraviewer.lab.reports.html_text import number, safe, shortened
from loraviewer.lab.reports.line_styles import style

_WIDTH, _HEIGHT = 360, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 14, 34
_DECADES = 3.0
"""Below the largest value what is drawn; σ₁(W₀) may lie higher."""

STACK_LABEL, BASE_LABEL = "the stack", "σ₁ of W₀"


@dataclass(frozen=True)
class Curve:
    """`place` of the adapter in the stack gives its colour and dashes; None: the stack itself."""

    name: str
    values: tuple[float, ...]
    place: int | None


def legend(names: Sequence[str], has_base: bool) -> str:
    """Of the stack, its adapters in their order, and the base where it is known."""
    lines = [(STACK_LABEL, style(None)), *((name, style(i)) for i, name in enumerate(names))]
    lines += [(BASE_LABEL, _BASE_STYLE)] if has_base else []
    return "".join(
        '<span class="key"><svg width="34" height="12" aria-hidden="true">'
        f'<line x1="1" y1="6" x2="33" y2="6" {drawn}/></svg> {safe(shortened(name, 40))}</span> '
        for name, drawn in lines
    )


_BASE_STYLE = 'stroke="var(--quiet)" stroke-width="1.5" stroke-dasharray="3 3"'


def spectra_plot(title: str, curves: Sequence[Curve], base_largest: float | None) -> str:
    """Nothing where all is zero."""
    largest = max((c.values[0] for c in curves if c.values and c.values[0] > 0.0), default=0.0)
    if not largest:
        return ""
    axes = _Axes(largest, base_largest, max(len(c.values) for c in curves))
    parts = [
        f'<figure><svg role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}"><title>{safe(title)}</title>',
        axes.drawn(),
        *(axes.curve(curve) for curve in curves),
        axes.base(),
    ]
    return "".join(parts) + f"</svg><figcaption>{safe(title)}</figcaption></figure>"


class _Axes:
    def __init__(self, largest: float, base_largest: float | None, count: int) -> None:
        self._base = base_largest
        self._top = math.log10(max(largest, base_largest or 0.0)) + 0.1
        self._bottom = math.log10(largest) - _DECADES
        self._count = max(2, count)

    def _x(self, index: int) -> float:
        """Of the index from 1, logarithmic: what is strong lies in the first ones."""
        room = _WIDTH - _LEFT - _RIGHT
        return _LEFT + room * math.log(index) / math.log(self._count)

    def _y(self, value: float) -> float:
        height = (self._top - math.log10(value)) / (self._top - self._bottom)
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * min(1.0, height)

    def drawn(self) -> str:
        """A line for each decade and some indices."""
        parts = [
            self._tick(_LEFT, self._y(10.0**e), number(10.0**e))
            for e in range(math.ceil(self._bottom), math.floor(self._top) + 1)
        ]
        bottom = _HEIGHT - _BOTTOM
        indices = [i for i in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if i <= self._count]
        parts += [
            f'<text class="quiet" x="{self._x(i):.1f}" y="{bottom + 15}" '
            f'text-anchor="middle">{i}</text>'
            for i in indices
        ]
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        parts.append(
            f'<text class="quiet" x="{middle:g}" y="{_HEIGHT - 5}" text-anchor="middle">'
            "index of the singular value</text>"
        )
        return "".join(parts)

    def _tick(self, x: float, y: float, text: str) -> str:
        return (
            f'<line x1="{x}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="var(--line)"/><text class="quiet" x="{x - 5}" y="{y + 4:.1f}" '
            f'text-anchor="end">{text}</text>'
        )

    def curve(self, curve: Curve) -> str:
        lowest = 10.0**self._bottom
        shown = [(i, v) for i, v in enumerate(curve.values, 1) if v >= lowest]
        points = " ".join(f"{self._x(i):.1f},{self._y(v):.1f}" for i, v in shown)
        hint = f"<title>{safe(curve.name)}</title>"
        if len(shown) == 1:  # a line of one point is not seen
            i, v = shown[0]
            points += f" {self._x(i) + 6:.1f},{self._y(v):.1f}"
        return f'<polyline fill="none" {style(curve.place)} points="{points}">{hint}</polyline>'

    def base(self) -> str:
        if not self._base:
            return ""
        y = self._y(self._base)
        ends = f'x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        return (
            f"<line {ends} {_BASE_STYLE}/>"
            f'<text class="quiet" x="{_WIDTH - _RIGHT - 2}" y="{y + 12:.1f}" text-anchor="end">'
            f"{BASE_LABEL}: {number(self._base)}</text>"
        )
