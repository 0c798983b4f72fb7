"""How bars of blocks look: the denoiser's in the accent, the text encoders' apart and paler."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPalette

from loraviewer.ui.widgets.theme import mix

_APART_PX = 4.0
_SPACED_FROM_PX = 3.0
"""Narrower bars touch each other."""
_WIDEST_PX = 20.0
_BEYOND_PX = 2.0


@dataclass(frozen=True)
class BarPlaces:
    """Bars side by side in `place`, from its left; `picture_bars` of `count` come before a gap."""

    place: QRectF
    count: int
    picture_bars: int

    @property
    def pitch(self) -> float:
        """From one bar to the next, in px."""
        return min(_WIDEST_PX, (self.place.width() - self._apart) / self.count)

    def left(self, bar: int) -> float:
        """x where a bar begins; of one beyond the last, where that ends."""
        apart = self._apart if bar >= self.picture_bars else 0.0
        return self.place.left() + bar * self.pitch + apart

    def bar_at(self, x: float) -> int | None:
        """Which is there, however low it is."""
        if not self.count or not self.place.left() <= x:
            return None
        inside = x - self.place.left()
        first = int(inside / self.pitch)
        if first < self.picture_bars:
            return first
        bar = max(self.picture_bars, int((inside - self._apart) / self.pitch))
        return bar if bar < self.count else None

    @property
    def _apart(self) -> float:
        return _APART_PX if 0 < self.picture_bars < self.count else 0.0


def paint_bars(
    painter: QPainter, places: BarPlaces, heights: Sequence[float], palette: QPalette
) -> None:
    """heights: 1 fills its bar; one that is beyond ends in a mark."""
    accent = palette.color(QPalette.ColorRole.Accent)
    ground = palette.color(QPalette.ColorRole.AlternateBase)
    ratio = painter.device().devicePixelRatioF()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.Mid))
    painter.drawRects(_baselines(places))
    groups = (
        (0, places.picture_bars, accent),
        (
            *(places.picture_bars, places.count),
            mix(accent, ground, 0.45),
        ),
    )
    for begin, end, colour in groups:
        painter.setBrush(colour)
        rects = [_bar(places, i, heights[i], ratio) for i in range(begin, end) if heights[i] > 0.0]
        painter.drawRects(rects)
    painter.setBrush(palette.color(QPalette.ColorRole.WindowText))
    full = [_bar(places, i, 1.0, ratio) for i, height in enumerate(heights) if height > 1.0]
    painter.drawRects([QRectF(r.left(), r.top(), r.width(), _BEYOND_PX) for r in full])


def _baselines(places: BarPlaces) -> list[QRectF]:
    """Below all bars, also those that are 0."""
    y = places.place.bottom() - 1.0
    ends = [(0, places.picture_bars), (places.picture_bars, places.count)]
    found: list[QRectF] = []
    for begin, end in ends:
        if begin < end:
            left = places.left(begin)
            found.append(QRectF(left, y, (end - begin) * places.pitch, 1.0))
    return found


def _bar(places: BarPlaces, bar: int, height: float, ratio: float) -> QRectF:
    """On whole pixels of the screen, so that equal bars look equal."""
    place, pitch, x = places.place, places.pitch, places.left(bar)
    left, right = round(x * ratio) / ratio, round((x + pitch) * ratio) / ratio
    spaced = 1.0 if pitch >= _SPACED_FROM_PX else 0.0
    tall = max(1.0, round(min(1.0, height) * place.height() * ratio) / ratio)
    width = max(1.0 / ratio, right - left - spaced)
    return QRectF(left, place.bottom() - tall, width, tall)
