"""The grid of an experiment's pictures."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QFrame, QTableView, QWidget

from loraviewer.ui.lab.experiments.cell_painter import CellPainter
from loraviewer.ui.lab.experiments.cell_table import CELL_ROLE, CellTable
from loraviewer.ui.lab.experiments.grid_header import GridHeader
from loraviewer.ui.widgets.theme import GAP

_LEAST_PX, _MOST_PX = 44, 168
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home,
    Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


class CellView(QTableView):
    """Pictures are as large as lets a whole row be seen, within limits. Click or Enter opens one;
    arrows go from cell to cell."""

    chosen = Signal(object)  # Cell
    pointed = Signal(object, object)  # Cell or None, QPoint of the screen

    def __init__(self, table: CellTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self.setModel(table)
        self.setItemDelegate(CellPainter(self))
        self.setAccessibleName(self.tr("Pictures of the experiment"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self._clear_corner()
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumSize(160, 96)
        self.setHorizontalHeader(GridHeader(Qt.Orientation.Horizontal, self))
        self.setVerticalHeader(GridHeader(Qt.Orientation.Vertical, self))
        # It lies on the window, not on the white of a list.
        self.viewport().setAutoFillBackground(False)
        table.modelReset.connect(self._fit)

    def _clear_corner(self) -> None:
        """Qt draws a button where both headers meet."""
        corner = self.findChild(QAbstractButton)
        if corner is not None:
            corner.setEnabled(False)
            corner.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_corner = isinstance(watched, QAbstractButton)
        return is_corner and event.type() == QEvent.Type.Paint

    @Slot()
    def take_focus(self) -> None:
        if not self.currentIndex().isValid() and self._table.rowCount():
            self.setCurrentIndex(self._table.index(0, 0))
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def side_px(self) -> int:
        """Of a cell."""
        return self.horizontalHeader().defaultSectionSize()

    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    # -- its size -----------------------------------------------------------------------------

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        columns, rows = self._table.columnCount(), self._table.rowCount()
        if not columns or not rows:
            return
        bar = self.verticalScrollBar().sizeHint().width()
        room = self.width() - self.verticalHeader().sizeHint().width() - bar - 2
        tall = self.height() - self.horizontalHeader().height()
        # A grid of one row need not be higher than there is room for it.
        side = max(_LEAST_PX, min(_MOST_PX, room // columns, max(_LEAST_PX, tall - GAP)))
        if side != self.side_px():
            for header in (self.horizontalHeader(), self.verticalHeader()):
                header.setDefaultSectionSize(side)

    # -- pointer and keys ---------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # Else Enter and arrows may be the window's.
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        return not event.modifiers() and event.key() in (*_ENTER, *_MOVES)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self._choose(self.currentIndex())
        elif event.key() in _MOVES:
            super().keyPressEvent(event)
        else:
            event.ignore()  # letters and Space are the window's

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        cell = self.indexAt(event.position().toPoint()).data(CELL_ROLE)
        self.pointed.emit(cell, event.globalPosition().toPoint())

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None, None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._choose(self.indexAt(event.position().toPoint()))

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def _choose(self, index: QModelIndex) -> None:
        cell = self._table.cell_at(index)
        if cell is not None:
            self.chosen.emit(cell)
