"""Paints the cells and names of a heat map: only those that are seen."""

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPalette, QPen

from loraviewer.ui.lab.charts.chart_colours import ColourMap, ink_on
from loraviewer.ui.lab.charts.heat_cells import CellPlace, HeatCells
from loraviewer.ui.lab.charts.heat_geometry import HeatGeometry
from loraviewer.ui.lab.charts.scales import Scale
from loraviewer.ui.widgets.theme import GAP, mix, quiet_text

_LEAST_GAP_PX = 8.0
"""Cells that are higher keep a pixel between them."""
_FAINT = 0.55
HATCH = Qt.BrushStyle.BDiagPattern


class HeatPainter:
    """For one paint event."""

    def __init__(
        self,
        painter: QPainter,
        palette: QPalette,
        cells: HeatCells,
        scale: Scale,
        geometry: HeatGeometry,
    ) -> None:
        self._painter = painter
        self._palette = palette
        self._cells = cells
        self._scale = scale
        self._geometry = geometry
        self._colours: ColourMap = scale.colours(palette)
        self._ground = palette.color(QPalette.ColorRole.Window)
        self._faint = cells.faint
        metrics = painter.fontMetrics()
        room = metrics.horizontalAdvance("−0.000") + 2
        self._has_words = geometry.column_px >= room and geometry.row_px >= metrics.height()

    def paint_cells(self) -> None:
        """Also their numbers, where there is room for them."""
        geometry, painter = self._geometry, self._painter
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setClipRect(QRectF(0, geometry.top, 1e6, 1e6))
        for column in range(geometry.columns):
            self._paint_column(column)
        painter.restore()

    def _paint_column(self, column: int) -> None:
        """A tick of a fader paints thousands of cells: nothing is asked twice."""
        geometry, values = self._geometry, self._cells.by_column[column]
        inset = 0.5 if geometry.row_px >= _LEAST_GAP_PX else 0.0
        x, first = geometry.left + column * geometry.column_px, geometry.top - geometry.scrolled
        width, height = geometry.column_px - 2 * inset, geometry.row_px - 2 * inset
        share, colour_at = self._scale.share, self._colours.at
        fill, has_words = self._painter.fillRect, self._has_words
        for row in geometry.shown_rows:
            place = QRectF(x + inset, first + row * geometry.row_px + inset, width, height)
            value = values[row]
            if value is None:
                self._paint_none(place)
            elif self._faint and (row, column) in self._faint:
                self._paint_faint(place, value)
            else:
                colour = colour_at(share(value))
                fill(place, colour)
                if has_words:
                    self._paint_words(place, value, ink_on(colour))

    def _paint_none(self, place: QRectF) -> None:
        self._painter.setPen(QPen(quiet_text(self._palette)))
        self._painter.drawPoint(place.center())

    def _paint_faint(self, place: QRectF, value: float) -> None:
        colour = self._colours.at(self._scale.share(value))
        self._painter.fillRect(place, mix(colour, self._ground, _FAINT))
        paint_hatch(self._painter, place, self._palette)
        if self._has_words:
            self._paint_words(place, value, quiet_text(self._palette))

    def _paint_words(self, place: QRectF, value: float, ink: QColor) -> None:
        self._painter.setPen(ink)
        text = self._scale.text(value)
        self._painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def paint_row_names(self) -> None:
        """As many as fit above each other."""
        painter, geometry = self._painter, self._geometry
        metrics = painter.fontMetrics()
        painter.setPen(self._palette.color(QPalette.ColorRole.WindowText))
        bottom = geometry.top - 1.0
        painter.save()
        painter.setClipRect(QRectF(0, geometry.top, geometry.left, 1e6))
        for row in geometry.shown_rows:
            middle = geometry.row_name(row).center().y()
            place = QRectF(0, middle - metrics.height() / 2, geometry.left, metrics.height())
            if place.top() < bottom:
                continue
            bottom = place.bottom()
            room = round(geometry.left) - GAP
            text = metrics.elidedText(self._cells.rows[row], Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(place.adjusted(0, 0, -GAP / 2, 0), _RIGHT, text)
        painter.restore()

    def paint_column_names(self, are_upright: bool) -> None:
        """As many as fit beside each other; the last one, often the stack, is among them."""
        painter, geometry = self._painter, self._geometry
        painter.setPen(self._palette.color(QPalette.ColorRole.WindowText))
        line = painter.fontMetrics().height()
        step = math.ceil(line / geometry.column_px) if are_upright else 1
        for column in range(geometry.columns - 1, -1, -step):
            name = self._cells.columns[column]
            left = geometry.left + column * geometry.column_px
            place = QRectF(left, 0, geometry.column_px, geometry.top - 2)
            self._paint_upright(name, place) if are_upright else self._paint_lying(name, place)

    def _paint_lying(self, name: str, place: QRectF) -> None:
        text = self._elided(name, place.width() - 2)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        self._painter.drawText(place, flags, text)

    def _paint_upright(self, name: str, place: QRectF) -> None:
        self._painter.save()
        self._painter.translate(place.center().x(), place.bottom())
        self._painter.rotate(-90)
        half = self._painter.fontMetrics().height() / 2
        along = QRectF(2, -half, place.height() - 2, 2 * half)
        self._painter.drawText(along, _LEFT, self._elided(name, along.width()))
        self._painter.restore()

    def _elided(self, text: str, room: float) -> str:
        metrics = self._painter.fontMetrics()
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))

    def paint_mark(self, place: CellPlace, colour: QColor, width: float) -> None:
        """Around a cell; with column −1 around its row."""
        row, column = place
        at = self._geometry.cell(row, max(0, column))
        if column < 0:
            at.setWidth(self._geometry.columns * self._geometry.column_px)
        self._painter.save()
        self._painter.setClipRect(QRectF(0, self._geometry.top - 2, 1e6, 1e6))
        self._painter.setPen(QPen(colour, width))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawRect(at.adjusted(-0.5, -0.5, 0.5, 0.5))
        self._painter.restore()


def paint_hatch(painter: QPainter, place: QRectF, palette: QPalette) -> None:
    """What says nothing."""
    ink = palette.color(QPalette.ColorRole.WindowText)
    ink.setAlphaF(0.28)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillRect(place, QBrush(ink, HATCH))
    painter.restore()


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
