"""Numbers as colours, rows against columns: read by pointer and by keys, ten thousand rows too."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.charts.heat_cells import CellPlace, HeatCells
from loraviewer.ui.lab.charts.heat_geometry import (
    MOST_ROW_PX,
    HeatGeometry,
    column_px,
    row_px,
)
from loraviewer.ui.lab.charts.heat_painter import HeatPainter
from loraviewer.ui.lab.charts.scales import LinearScale, Scale
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring
from loraviewer.ui.widgets.theme import GAP, is_palette_change

FEW_ROWS = 24
"""So many are shown whole, in names and numbers; more of them scroll."""
_COLUMN_NAME_PX = 96
_LEAST_NAME_PX, _NAME_SHARE = 48, 0.42
_MANY_ROWS_PX = 240
_ZOOM_STEP = 1.25
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_WAYS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class HeatMap(QAbstractScrollArea):
    """A click or Enter chooses a cell, arrows move among them; `words` says what a cell is, for
    the tooltip and for who cannot see it. Plus and minus, or the wheel with Ctrl, make rows higher
    and lower. A wheel that has nothing to scroll is left to what is around."""

    cell_chosen = Signal(int, int)  # row, column; column −1 for the name of a row
    current_changed = Signal(int, int)  # where the keyboard is

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = HeatCells()
        self._scale: Scale = LinearScale(1.0)
        self._words: Callable[[int, int], str] | None = None
        self._longest_name = ""
        self._current: CellPlace = (0, 0)
        self._marked: CellPlace | None = None
        self._hovered: CellPlace | None = None
        self._zoom = 1.0
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    @property
    def cells(self) -> HeatCells:
        return self._cells

    @property
    def scale(self) -> Scale:
        return self._scale

    @property
    def current(self) -> CellPlace:
        return self._current

    @property
    def marked(self) -> CellPlace | None:
        return self._marked

    def numbers(self) -> ChartNumbers:
        return self._cells.numbers()

    def show_cells(
        self, cells: HeatCells, scale: Scale, words: Callable[[int, int], str] | None = None
    ) -> None:
        """Where rows and columns keep their number, the keyboard stays where it is."""
        is_other_size = len(cells.rows) != len(self._cells.rows)
        if cells.rows is not self._cells.rows:
            self._longest_name = max(cells.rows, key=len, default="")
        self._cells, self._scale, self._words = cells, scale, words
        if not cells.has(self._current):
            self._current = (0, 0)
        if self._marked is not None and self._marked[0] >= len(cells.rows):
            self._marked = None
        if is_other_size:
            self.setMinimumHeight(self._least_height())
            self.updateGeometry()
        self._place_bar()
        self._describe()
        self.viewport().update()

    def mark(self, place: CellPlace | None) -> None:
        """What is selected elsewhere; column −1 marks a row, in which the keyboard keeps its
        column. It is scrolled to."""
        if place == self._marked:
            return
        self._marked = place
        if place is not None:
            row, column = place
            self._current = (row, self._current[1] if column < 0 else column)
            self._reveal(place[0])
            self._describe()
        self.viewport().update()

    def words(self, row: int, column: int) -> str:
        """“row × column: value”, unless who shows the cells says more."""
        if not self._cells.has((row, column)):
            return self._cells.rows[row] if 0 <= row < len(self._cells.rows) else ""
        if self._words is not None:
            return self._words(row, column)
        text = self._scale.text(self._cells.value(row, column))
        return f"{self._cells.rows[row]} × {self._cells.columns[column]}: {text}"

    def geometry_now(self) -> HeatGeometry:
        view, cells = self.viewport(), self._cells
        metrics = self.fontMetrics()
        longest = metrics.horizontalAdvance(self._longest_name) + GAP + 2
        left = max(_LEAST_NAME_PX, min(longest, round(view.width() * _NAME_SHARE)))
        width = column_px(view.width() - left - 1, len(cells.columns))
        top = float(self._head_px(width))
        height = row_px(view.height() - top - 1, len(cells.rows), self._zoom)
        scrolled = float(self.verticalScrollBar().value())
        sizes = len(cells.rows), len(cells.columns)
        return HeatGeometry(*sizes, left, top, height, width, scrolled, view.height())

    def sizeHint(self) -> QSize:
        return QSize(320, self._least_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self._least_height())

    def paintEvent(self, event) -> None:
        geometry = self.geometry_now()
        painter = antialiased(self.viewport())
        painter.setFont(self.font())
        if self._cells.rows and self._cells.columns:
            cells = HeatPainter(painter, self.palette(), self._cells, self._scale, geometry)
            cells.paint_column_names(self._are_upright(geometry.column_px))
            cells.paint_row_names()
            cells.paint_cells()
            ink = self.palette().color(QPalette.ColorRole.WindowText)
            if self._hovered is not None:
                cells.paint_mark(self._hovered, ink, 1.0)
            if self._marked is not None:
                cells.paint_mark(self._marked, ink, 2.0)
            if self.hasFocus():
                accent = self.palette().color(QPalette.ColorRole.Accent)
                cells.paint_mark(self._current, accent, 3.0)
        if self.hasFocus():
            around = QRectF(self.viewport().rect())
            draw_focus_ring(painter, around, self.palette(), 2)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self.viewport().update()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place_bar()

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.geometry_now().at(event.position()), event.globalPosition().toPoint())

    def leaveEvent(self, event) -> None:
        self._hover(None, QPoint())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(None, QPoint())
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.geometry_now().at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and place is not None:
            self._go_to(place)
            self.cell_chosen.emit(*place)
        else:
            event.ignore()

    def wheelEvent(self, event) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom_by(_ZOOM_STEP if event.angleDelta().y() > 0 else 1 / _ZOOM_STEP)
            event.accept()
        elif self.verticalScrollBar().maximum() == 0:
            event.ignore()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _WAYS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            down, right = _WAYS[key]
            self._step(down, right)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            page = max(1, len(self.geometry_now().shown_rows) - 1)
            self._step(page if key is Qt.Key.Key_PageDown else -page, 0)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            rows = len(self._cells.rows)
            self._step(rows if key is Qt.Key.Key_End else -rows, 0)
        elif key in _ENTER and self._cells.has(self._current):
            self.cell_chosen.emit(*self._current)
        elif event.text() in ("+", "-"):
            self._zoom_by(_ZOOM_STEP if event.text() == "+" else 1 / _ZOOM_STEP)
        else:
            event.ignore()

    def _step(self, down: int, right: int) -> None:
        rows, columns = len(self._cells.rows), len(self._cells.columns)
        if rows and columns:
            row, column = self._current
            self._go_to(
                (min(rows - 1, max(0, row + down)), min(columns - 1, max(0, column + right)))
            )

    def _go_to(self, place: CellPlace) -> None:
        place = (place[0], max(0, place[1]))
        if place != self._current:
            self._current = place
            self._reveal(place[0])
            self._describe()
            self.current_changed.emit(*place)
        self.viewport().update()

    def _hover(self, place: CellPlace | None, where: QPoint) -> None:
        if place == self._hovered:
            return
        self._hovered = place
        if place is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(where, plain_tip(self.words(*place)), self.viewport())
        self.viewport().update()

    def _describe(self) -> None:
        """To who cannot see where the keyboard is."""
        self.setAccessibleDescription(self.words(*self._current))
        if self.hasFocus():
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)

    def _reveal(self, row: int) -> None:
        geometry, bar = self.geometry_now(), self.verticalScrollBar()
        top, room = row * geometry.row_px, self.viewport().height() - geometry.top
        if top < bar.value():
            bar.setValue(int(top))
        elif top + geometry.row_px > bar.value() + room:
            bar.setValue(int(top + geometry.row_px - room) + 1)

    def _zoom_by(self, factor: float) -> None:
        rows = max(1, len(self._cells.rows))
        room = max(1.0, self.viewport().height() - self.geometry_now().top)
        self._zoom = max(1.0, min(self._zoom * factor, MOST_ROW_PX * rows / room, 1e4))
        self._place_bar()
        self._reveal(self._current[0])
        self.viewport().update()

    def _place_bar(self) -> None:
        geometry, height = self.geometry_now(), self.viewport().height()
        beyond = round(geometry.content_height - height)
        self.verticalScrollBar().setRange(0, beyond if beyond > 1 else 0)
        self.verticalScrollBar().setPageStep(max(1, height - round(geometry.top)))
        self.verticalScrollBar().setSingleStep(max(1, round(3 * geometry.row_px)))

    def _least_height(self) -> int:
        rows = len(self._cells.rows)
        if rows > FEW_ROWS:
            return _MANY_ROWS_PX
        return self._head_px(1.0) + max(1, rows) * round(MOST_ROW_PX - 4) + 2

    def _head_px(self, column_width: float) -> int:
        if not self._are_upright(column_width):
            return self.fontMetrics().height() + 4
        longest = max(map(self.fontMetrics().horizontalAdvance, self._cells.columns), default=0)
        return min(_COLUMN_NAME_PX, longest + 8)

    def _are_upright(self, column_width: float) -> bool:
        """Names of columns stand where they are too long to lie."""
        longest = max(map(self.fontMetrics().horizontalAdvance, self._cells.columns), default=0)
        return longest + 4 > column_width

    @Slot(int)
    def _on_scrolled(self, _: int) -> None:
        self._hovered = None
        self.viewport().update()
