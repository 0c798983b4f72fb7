"""A view of very many rows of one size, below each other or in a grid.

Qt's own list asks the model for every row whenever one of them changes, which takes longer than a
frame from some thousand rows on; this one computes where rows lie.
"""

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QKeyEvent, QPainter, QRegion
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

Index = QModelIndex | QPersistentModelIndex
_Action = QAbstractItemView.CursorAction


class EvenView(QAbstractItemView):
    """The delegate's size hint for the first row counts for all; a width of 0 stands for the whole
    width of the view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = QSize()
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)

    # -- where rows lie ---------------------------------------------------------------------

    @property
    def columns(self) -> int:
        return max(1, self.viewport().width() // self._cell().width())

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        cell, columns = self._cell(), self.columns
        line, column = divmod(index.row(), columns)
        # What is left of the width lies evenly between the columns.
        room = self.viewport().width() / columns
        x = round(column * room + (room - cell.width()) / 2) if columns > 1 else 0
        return QRect(QPoint(x, line * cell.height() - self.verticalOffset()), cell)

    def indexAt(self, point: QPoint) -> QModelIndex:
        cell, columns = self._cell(), self.columns
        line = (point.y() + self.verticalOffset()) // cell.height()
        column = point.x() * columns // max(1, self.viewport().width())
        if line < 0 or not 0 <= column < columns:
            return QModelIndex()
        row = line * columns + column
        index = self._at(row) if row < self._count() else QModelIndex()
        return index if self.visualRect(index).contains(point) else QModelIndex()

    def rows_seen(self) -> range:
        """Those that lie in the viewport, at least partly."""
        height, columns = self._cell().height(), self.columns
        first = self.verticalOffset() // height * columns
        last = (self.verticalOffset() + self.viewport().height()) // height * columns + columns
        return range(max(0, first), min(self._count(), last))

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        place, bar = self.visualRect(index), self.verticalScrollBar()
        if not place.isValid():
            return
        if hint is QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(bar.value() + place.center().y() - self.viewport().height() // 2)
        elif place.top() < 0:
            bar.setValue(bar.value() + place.top())
        elif place.bottom() >= self.viewport().height():
            bar.setValue(bar.value() + place.bottom() + 1 - self.viewport().height())

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def _count(self) -> int:
        model = self.model()
        return 0 if model is None else model.rowCount()

    def _at(self, row: int) -> QModelIndex:
        return self.model().index(row, 0)

    def _cell(self) -> QSize:
        """At least a pixel in each direction; measured anew with the geometries."""
        if not self._size.isValid():
            self._size = self._measured()
        return self._size

    def _measured(self) -> QSize:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        hint = self.itemDelegate().sizeHint(option, QModelIndex())
        width = min(hint.width(), self.viewport().width()) or self.viewport().width()
        return QSize(max(1, width), max(1, hint.height()))

    # -- moving and selecting -----------------------------------------------------------------

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count, current = self._count(), self.currentIndex().row()
        if not count:
            return QModelIndex()
        columns = self.columns
        page = max(1, self.viewport().height() // self._cell().height()) * columns
        steps = {
            _Action.MoveUp: -columns,
            _Action.MoveDown: columns,
            _Action.MoveLeft: -1,
            _Action.MovePrevious: -1,
            _Action.MoveRight: 1,
            _Action.MoveNext: 1,
            _Action.MovePageUp: -page,
            _Action.MovePageDown: page,
            _Action.MoveHome: -count,
            _Action.MoveEnd: count,
        }
        if current < 0:
            return self._at(0)
        wanted = current + steps[action]
        if action in (_Action.MoveUp, _Action.MoveDown) and not 0 <= wanted < count:
            wanted = current  # there is no line above or below
        return self._at(max(0, min(count - 1, wanted)))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Rows that a rubber band touches, or that lie between two that are clicked."""
        touched = [
            row for row in self.rows_seen() if self.visualRect(self._at(row)).intersects(rect)
        ]
        if not touched:
            touched = self._between(rect)
        selection = QItemSelection()
        for first, last in _runs(touched):
            selection.select(self._at(first), self._at(last))
        self.selectionModel().select(selection, command)

    def _between(self, rect: QRect) -> list[int]:
        """Rows of a rectangle that lies out of sight."""
        height, columns = self._cell().height(), self.columns
        first = max(0, (rect.top() + self.verticalOffset()) // height) * columns
        last = ((rect.bottom() + self.verticalOffset()) // height + 1) * columns
        return list(range(first, min(self._count(), last)))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Without Qt's search for rows by their first letters."""
        if event.text() and not event.modifiers() and event.key() < Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    # -- painting -----------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        painter = QPainter(self.viewport())
        option, selection = QStyleOptionViewItem(), self.selectionModel()
        self.initViewItemOption(option)
        plain = option.state & ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver)
        under = QModelIndex()
        if self.viewport().underMouse():
            under = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))
        for row in self.rows_seen():
            index = self._at(row)
            option.rect = self.visualRect(index)
            if not option.rect.intersects(event.rect()):
                continue
            option.state = plain
            if selection.isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if index == under:
                option.state |= QStyle.StateFlag.State_MouseOver
            self.itemDelegate().paint(painter, option, index)
        painter.end()

    def dataChanged(self, first: Index, last: Index, roles: object = ()) -> None:
        """Nothing lies elsewhere for it."""
        self.viewport().update()

    def mouseMoveEvent(self, event) -> None:
        super().mouseMoveEvent(event)
        self.viewport().update()

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self.viewport().update()

    def updateGeometries(self) -> None:
        super().updateGeometries()
        self._size = QSize()
        bar, height = self.verticalScrollBar(), self._cell().height()
        lines = -(-self._count() // self.columns)
        bar.setRange(0, max(0, lines * height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(1, height // 2))

    def reset(self) -> None:
        super().reset()
        self.updateGeometries()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometries()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.updateGeometries()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """First and last of each run of rows that follow each other."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
