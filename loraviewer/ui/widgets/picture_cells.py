"""What cells with a picture share, in the library as in the filmstrip: the picture on its ground,
and the marks that lie over it."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPalette
from PySide6.QtWidgets import QAbstractItemView

from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.painting import fill_rounded
from loraviewer.ui.widgets.theme import backdrop

Index = QModelIndex | QPersistentModelIndex
MARK_PX = 14
STARRED = QColor("#f0b252")
ON_PICTURE, BEHIND = QColor("white"), QColor(0, 0, 0, 150)
"""Over a picture, whatever the scheme is."""


@contextmanager
def smooth(painter: QPainter) -> Iterator[None]:
    """Afterwards it paints as before."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    yield
    painter.restore()


def shown_image(data: object) -> QImage | None:
    """Of the decoration role; None where there is nothing to be seen yet."""
    return data if isinstance(data, QImage) and not data.isNull() else None


def draw_ground(painter: QPainter, place: QRectF, palette: QPalette, radius: float) -> None:
    fill_rounded(painter, place, backdrop(palette), radius)


def draw_cut(
    painter: QPainter, image: QImage, target: QRectF, source: QRectF, place: QRectF, radius: float
) -> None:
    """Part of a picture, cut to the rounded place."""
    path = QPainterPath()
    path.addRoundedRect(place, radius, radius)
    painter.save()
    painter.setClipPath(path)
    painter.drawImage(target, image, source)
    painter.restore()


def is_pointed_at(view: QAbstractItemView, index: Index) -> bool:
    """Whether the pointer is over its cell."""
    port = view.viewport()
    return port.underMouse() and view.indexAt(port.mapFromGlobal(view.cursor().pos())) == index


def draw_behind(painter: QPainter, mark: QRect) -> None:
    """Whatever is in the picture, the mark on it is seen."""
    fill_rounded(painter, QRectF(mark.adjusted(-3, -3, 3, 3)), BEHIND, 10)


def draw_star(
    painter: QPainter, place: QRect, colour: QColor, ratio: float, *, is_starred: bool
) -> None:
    """colour: of one that is not set yet."""
    name, drawn = ("starred", STARRED) if is_starred else ("star", colour)
    painter.drawPixmap(place.topLeft(), pixmap(name, drawn, MARK_PX, ratio))


def star_in(picture: QRect) -> QRect:
    """In the upper right corner of a picture."""
    corner = picture.topRight()
    return QRect(corner.x() - MARK_PX - 4, corner.y() + 5, MARK_PX, MARK_PX)
