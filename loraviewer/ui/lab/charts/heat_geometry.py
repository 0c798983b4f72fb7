"""Where the cells of a heat map lie."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from loraviewer.ui.lab.charts.heat_cells import CellPlace

LEAST_ROW_PX, MOST_ROW_PX = 3.0, 26.0
_MOST_COLUMN_PX = 72.0


@dataclass(frozen=True)
class HeatGeometry:
    """Pixels of the viewport: names left of the cells and above them, which stay while the rows
    scroll by `scrolled`."""

    rows: int
    columns: int
    left: float
    top: float
    row_px: float
    column_px: float
    scrolled: float = 0.0
    height: float = 0.0

    @property
    def content_height(self) -> float:
        return self.top + self.rows * self.row_px

    @property
    def shown_rows(self) -> range:
        first = math.floor(self.scrolled / self.row_px)
        last = math.ceil((self.scrolled + self.height - self.top) / self.row_px)
        return range(max(0, first), max(0, min(self.rows, last)))

    def cell(self, row: int, column: int) -> QRectF:
        y = self.top + row * self.row_px - self.scrolled
        return QRectF(self.left + column * self.column_px, y, self.column_px, self.row_px)

    def row_name(self, row: int) -> QRectF:
        cell = self.cell(row, 0)
        return QRectF(0.0, cell.top(), self.left, cell.height())

    def at(self, point: QPointF) -> CellPlace | None:
        """The cell there; of a row's name, that with column −1."""
        if point.y() < self.top:
            return None
        row = math.floor((point.y() - self.top + self.scrolled) / self.row_px)
        column = math.floor((point.x() - self.left) / self.column_px)
        if not 0 <= row < self.rows or column >= self.columns:
            return None
        return row, max(-1, column)


def column_px(room: float, columns: int) -> float:
    return max(1.0, min(_MOST_COLUMN_PX, room / max(1, columns)))


def row_px(room: float, rows: int, zoom: float) -> float:
    """As many as there is room for, `zoom` times as high."""
    fitting = room / max(1, rows) * zoom
    return max(LEAST_ROW_PX, min(MOST_ROW_PX, fitting))
