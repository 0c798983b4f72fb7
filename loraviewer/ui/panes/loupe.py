"""The loupe: one spot of all pictures, enlarged in each of them, with the levels of its pixel."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QWidget

from loraviewer.ui.panes.picture_marks import PILL_HEIGHT, draw_pill, pill_size
from loraviewer.ui.widgets.theme import GAP

FACTORS = (2, 3, 4, 6, 8, 12, 16)
_USUAL = 4
_BETWEEN = " · "
_RADIUS = 84.0
_SMALLEST_RADIUS = 30.0


class Loupe(QObject):
    """Where it is, shared by all that show pictures: `point` in picture widths and heights, 0 … 1.
    `factor`: how much larger than the pictures beside it."""

    changed = Signal()
    switched = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_on = False
        self._point = QPointF(0.5, 0.5)
        self._factor = _USUAL

    @property
    def is_on(self) -> bool:
        return self._is_on

    @property
    def point(self) -> QPointF:
        return QPointF(self._point)

    @property
    def factor(self) -> int:
        return self._factor

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        if on != self._is_on:
            self._is_on = on
            self.switched.emit(on)
            self.changed.emit()

    def look_at(self, point: QPointF) -> None:
        """Never beside the picture."""
        inside = QPointF(min(1.0, max(0.0, point.x())), min(1.0, max(0.0, point.y())))
        if inside != self._point:
            self._point = inside
            self.changed.emit()

    def step(self, way: QPointF, size: QSize) -> None:
        """By pixels of a picture of this size, from the middle of one to the middle of another."""
        at = QPointF(pixel_at(self._point, size)) + QPointF(0.5, 0.5) + way
        x = min(size.width() - 0.5, max(0.5, at.x()))
        y = min(size.height() - 0.5, max(0.5, at.y()))
        self.look_at(QPointF(x / size.width(), y / size.height()))

    def magnify(self, steps: int) -> None:
        """To the next larger or smaller factor."""
        at = FACTORS.index(self._factor) + steps
        factor = FACTORS[max(0, min(len(FACTORS) - 1, at))]
        if factor != self._factor:
            self._factor = factor
            self.changed.emit()


@dataclass(frozen=True)
class Spot:
    """A picture that the loupe enlarges. `rect`: where it lies in the widget, `part`: within which
    part of the widget it is seen."""

    image: QImage
    rect: QRectF
    part: QRectF


@dataclass(frozen=True)
class Reading:
    """A picture whose levels are told; `name` where there are several."""

    image: QImage
    name: str = ""


def pixel_at(point: QPointF, size: QSize) -> QPoint:
    """The pixel that a point (0 … 1) lies in."""
    x = min(size.width() - 1, int(point.x() * size.width()))
    y = min(size.height() - 1, int(point.y() * size.height()))
    return QPoint(x, y)


def words_of(readings: Sequence[Reading], point: QPointF) -> str:
    """“x 12, y 40 · RGB 220 20 20”: the pixel of each, and its levels of red, green and blue."""
    words, last = [], None
    for reading in readings:
        pixel = pixel_at(point, reading.image.size())
        where = "" if pixel == last else f"x {pixel.x()}, y {pixel.y()}"
        colour, last = reading.image.pixelColor(pixel), pixel
        levels = f"{colour.red()} {colour.green()} {colour.blue()}"
        words += [part for part in (where, f"{reading.name or 'RGB'} {levels}") if part]
    return _BETWEEN.join(words)


def draw_loupe(
    painter: QPainter, area: QWidget, spots: Sequence[Spot], loupe: Loupe, words: str
) -> None:
    """A round glass over the spot, and words below it, or above where there is no room."""
    middle = _in_widget(loupe.point, spots[0].rect)
    radius = min(_RADIUS, max(_SMALLEST_RADIUS, min(area.width(), area.height()) / 4))
    if not QRectF(area.rect()).contains(middle):
        return
    glass = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
    round_glass = QPainterPath()
    round_glass.addEllipse(glass)
    painter.save()
    painter.setClipPath(round_glass)
    painter.fillPath(round_glass, area.palette().color(QPalette.ColorRole.Window))
    for spot in spots:
        _draw_spot(painter, spot, middle, glass, loupe, area.devicePixelRatioF())
    painter.restore()
    _draw_rim(painter, glass, area.palette())
    _draw_words(painter, area, glass, _lines(painter, words, area.width()))


def _draw_words(
    painter: QPainter, area: QWidget, glass: QRectF, lines: Sequence[tuple[str, float]]
) -> None:
    height = len(lines) * (PILL_HEIGHT + 1)
    below = glass.bottom() + GAP / 2
    top = below if below + height < area.height() else glass.top() - GAP / 2 - height
    top = max(0.0, min(area.height() - height, top))
    for line, width in lines:
        left = max(0.0, min(area.width() - width, glass.center().x() - width / 2))
        draw_pill(painter, QPointF(left, top), line, area.palette(), is_solid=True)
        top += PILL_HEIGHT + 1


def _lines(painter: QPainter, words: str, room: int) -> list[tuple[str, float]]:
    """Lines and their widths; as few as there is room for."""
    lines: list[str] = []
    for part in words.split(_BETWEEN):
        longer = _BETWEEN.join([*lines[-1:], part])
        if lines and pill_size(painter, longer).width() <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return [(line, pill_size(painter, line).width()) for line in lines]


def _draw_spot(
    painter: QPainter, spot: Spot, middle: QPointF, glass: QRectF, loupe: Loupe, ratio: float
) -> None:
    """Pixels as whole squares of the screen, the one that is meant in the middle."""
    shown = spot.rect.width() / spot.image.width()
    side = max(1, round(shown * loupe.factor * ratio)) / ratio
    pixel = pixel_at(loupe.point, spot.image.size())
    reach = int(glass.width() / 2 / side) + 1
    source = QRect(pixel.x() - reach, pixel.y() - reach, 2 * reach + 1, 2 * reach + 1)
    source = source.intersected(spot.image.rect())
    corner = middle - QPointF(side / 2, side / 2)
    start = corner + QPointF(source.topLeft() - pixel) * side
    painter.save()
    painter.setClipRect(_enlarged(spot.part, middle, side / shown), Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(QRectF(start, QSizeF(source.size()) * side), spot.image, QRectF(source))
    if side >= 4:
        _draw_box(painter, QRectF(corner, QSizeF(side, side)))
    painter.restore()


def _draw_box(painter: QPainter, box: QRectF) -> None:
    """Dark and light, so that it is seen on any colour."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for grown, colour in ((0.5, "white"), (1.5, "black")):
        painter.setPen(QPen(QColor(colour), 1.0))
        painter.drawRect(box.adjusted(-grown, -grown, grown, grown))


def _draw_rim(painter: QPainter, glass: QRectF, palette: QPalette) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, role in ((4.0, QPalette.ColorRole.Window), (2.0, QPalette.ColorRole.WindowText)):
        painter.setPen(QPen(palette.color(role), width))
        painter.drawEllipse(glass)


def _enlarged(part: QRectF, middle: QPointF, factor: float) -> QRectF:
    """A part of the widget as it is seen through the glass."""
    start = middle + (part.topLeft() - middle) * factor
    return QRectF(start, part.size() * factor)


def _in_widget(point: QPointF, rect: QRectF) -> QPointF:
    return rect.topLeft() + QPointF(point.x() * rect.width(), point.y() * rect.height())
