"""How a cell of the grid looks: its picture as large as there is room, or a place that waits."""

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem

from loraviewer.core.experiments.cells import Cell
from loraviewer.ui.lab.experiments.cell_table import CELL_ROLE, PICTURE_ROLE
from loraviewer.ui.widgets.fitted_picture import fitted_image, paint_centred
from loraviewer.ui.widgets.painting import draw_ring_on_picture, fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import GAP, backdrop, mix

_BETWEEN_PX = 3
_ROUNDING_PX = 3
_MOST_DRAWN = 600
"""Scaled pictures that are kept: more than any screen shows at once."""

Index = QModelIndex | QPersistentModelIndex


class CellPainter(QStyledItemDelegate):
    """Scales a picture once for each size, when it is first seen."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._drawn: OrderedDict[tuple[str, QSize, float], tuple[int, QPixmap]] = OrderedDict()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = index.data(CELL_ROLE)
        if not isinstance(cell, Cell):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(option.rect).adjusted(*_INSIDE)
        picture = index.data(PICTURE_ROLE)
        if isinstance(picture, QImage):
            paint_centred(painter, self._drawing(cell.id, picture, place), place)
        else:
            self._paint_waiting(painter, place)
        self._paint_ring(painter, place, index)
        painter.restore()

    def _drawing(self, cell_id: str, picture: QImage, place: QRectF) -> QPixmap:
        ratio = self._view.devicePixelRatioF()
        key = (cell_id, place.size().toSize(), ratio)
        known = self._drawn.get(key)
        if known is None or known[0] != picture.cacheKey():
            known = self._drawn[key] = (
                picture.cacheKey(),
                fitted_image(picture, key[1], ratio),
            )
        self._drawn.move_to_end(key)
        while len(self._drawn) > _MOST_DRAWN:
            self._drawn.popitem(last=False)
        return known[1]

    def _paint_waiting(self, painter: QPainter, place: QRectF) -> None:
        palette = self._view.palette()
        ground = backdrop(palette)
        fill_rounded(painter, place, ground, _ROUNDING_PX)
        dot = QRectF(0, 0, GAP / 2, GAP / 2)
        dot.moveCenter(place.center())
        colour = mix(ground, palette.color(QPalette.ColorRole.WindowText), 0.25)
        fill_rounded(painter, dot, colour, GAP / 4)

    def _paint_ring(self, painter: QPainter, place: QRectF, index: Index) -> None:
        if self._view.currentIndex() != index:
            return
        palette = self._view.palette()
        if self._view.hasFocus():
            draw_ring_on_picture(painter, place, palette, _ROUNDING_PX)
        else:
            quiet = mix(
                palette.color(QPalette.ColorRole.Window),
                palette.color(QPalette.ColorRole.Accent),
                0.55,
            )
            outline_rounded(painter, place, quiet, _ROUNDING_PX, 1.5)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_BETWEEN_PX, _BETWEEN_PX)

    def helpEvent(self, event, view, option, index) -> bool:
        """The picture that pops up says it instead."""
        return False


_INSIDE = (_BETWEEN_PX / 2, _BETWEEN_PX / 2, -_BETWEEN_PX / 2, -_BETWEEN_PX / 2)
