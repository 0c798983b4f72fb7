"""Colours of charts, for light and dark, made of lightness first.

A sequential map runs from the ground to its opposite and from yellow to blue or back: lightness
alone orders it, and blue against yellow is what red-green blindness leaves (Viénot and others
1999). A diverging map has blue above zero, orange below, the ground between. Rows get hues whose
lightness differs too.
"""

import functools
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

from loraviewer.ui.lab.charts.oklch import oklch
from loraviewer.ui.widgets.theme import is_dark

_STEPS = 256
_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
_ROWS_LIGHT = ((0.70, 240), (0.62, 75), (0.36, 60), (0.70, 165), (0.44, 210), (0.36, 270))
_ROWS_DARK = ((0.70, 270), (0.85, 45), (0.85, 90), (0.92, 315), (0.55, 90), (0.55, 345))
"""Lightness and hue, one after the other: searched for so that the two nearest are as far from each
other as they can be, for eyes without red or without green too."""
_ROW_CHROMA = 0.15


class ColourMap:
    """Colours for 0 … 1."""

    def __init__(self, colours: Sequence[QColor]) -> None:
        self._colours = tuple(colours)

    def at(self, share: float) -> QColor:
        """Of what lies beyond 0 … 1, the colour of that end."""
        last = len(self._colours) - 1
        if 0.0 <= share <= 1.0:
            return self._colours[int(share * last + 0.5)]
        return self._colours[last if share > 1.0 else 0]


def sequential(palette: QPalette) -> ColourMap:
    """0 is near the ground, 1 stands out most."""
    return _sequential(is_dark(palette))


def diverging(palette: QPalette) -> ColourMap:
    """0 is orange, ½ the ground, 1 blue, as arrows and reports have what pulls the same way."""
    return _diverging(is_dark(palette))


def row_colour(palette: QPalette, place: int) -> QColor:
    """Of a row of the stack, by its place among those that are shown."""
    rows = _ROWS_DARK if is_dark(palette) else _ROWS_LIGHT
    lightness, hue = rows[place % len(rows)]
    return oklch(lightness, _ROW_CHROMA, hue)


def row_dash(place: int) -> Qt.PenStyle:
    """Another one once colours repeat, so that any two of the first 24 rows differ."""
    return _DASHES[place // len(_ROWS_LIGHT) % len(_DASHES)]


def ink_on(ground: QColor) -> QColor:
    """For words on a cell of that colour: the one of black and white with more contrast (WCAG)."""
    return QColor("black") if luminance(ground) > 0.179 else QColor("white")


def luminance(colour: QColor) -> float:
    """Relative, 0 … 1, by WCAG 2."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    parts = (colour.redF(), colour.greenF(), colour.blueF())
    return sum(w * linear(p) for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def _ramp(colour: Callable[[float], QColor]) -> ColourMap:
    return ColourMap([colour(step / (_STEPS - 1)) for step in range(_STEPS)])


@functools.cache
def _sequential(dark: bool) -> ColourMap:
    def colour(share: float) -> QColor:
        lightness = 0.26 + 0.68 * share if dark else 0.965 - 0.665 * share
        hue = 285 - 185 * share if dark else 100 + 180 * share
        chroma = 0.05 + 0.055 * (1 - (2 * share - 1) ** 2) + 0.06 * share
        return oklch(lightness, chroma, hue)

    return _ramp(colour)


@functools.cache
def _diverging(dark: bool) -> ColourMap:
    def colour(share: float) -> QColor:
        way = 2 * share - 1
        amount = abs(way)
        lightness = 0.27 + 0.50 * amount if dark else 0.97 - 0.45 * amount
        return oklch(lightness, 0.19 * amount, 50 if way < 0 else 255)

    return _ramp(colour)
