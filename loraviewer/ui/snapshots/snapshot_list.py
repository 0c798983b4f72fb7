"""The list of snapshots: each can be applied, renamed in place, deleted and moved."""

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QSizePolicy,
    QToolTip,
    QWidget,
)

from loraviewer.bridge.document.snapshot_model import PRESENT_ROLE, SNAPSHOT_ROLE, SnapshotModel
from loraviewer.bridge.languages import shown
from loraviewer.core.captions import stack_caption
from loraviewer.core.snapshots import LONGEST_NAME, Snapshot, SnapshotId
from loraviewer.ui.snapshots.snapshot_menu import SnapshotMenu
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.marked_rows import Index, MarkedRows

_LONGEST_PROMPT = 300
_MOST_ROWS, _FEWEST_ROWS = 4, 2
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class SnapshotList(QListView):
    """A click or Enter applies, a double click or F2 renames, Delete deletes, dragging or Alt with
    an arrow moves. Some rows are seen at once, the others scroll."""

    def __init__(self, model: SnapshotModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshots = model
        self._most_rows = _MOST_ROWS
        self._pressed: QPoint | None = None
        self._drop_row: int | None = None
        self.setModel(model)
        self._look = _Rows(self, longest=LONGEST_NAME)
        self.menu = SnapshotMenu(model, self)
        self.menu.rename_wanted.connect(self._on_rename_wanted)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.EditKeyPressed | trigger.DoubleClicked)
        self.setAccessibleName(self.tr("Snapshots"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._on_clicked)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.rowsRemoved.connect(self.updateGeometry)
        model.present_changed.connect(self._on_present_changed)

    def set_low(self, is_low: bool) -> None:
        """Fewer rows are seen at once."""
        self._most_rows = _FEWEST_ROWS if is_low else _MOST_ROWS
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        rows = min(self._snapshots.rowCount(), self._most_rows)
        return QSize(super().sizeHint().width(), rows * self._look.row_height)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    # -- keys -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """The window's Esc stops a render; while a row is dragged, Esc is for the row. F2 renames
        one, and opens the weights elsewhere."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._is_own(Qt.Key(event.key()))
        ):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, key: Qt.Key) -> bool:
        is_dragging = self._drop_row is not None
        return is_dragging if key == Qt.Key.Key_Escape else key == Qt.Key.Key_F2

    def keyPressEvent(self, event: QKeyEvent) -> None:
        snapshot_id, key = self._id_at(self.currentIndex()), Qt.Key(event.key())
        if self.state() is QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)  # Enter comes here from the name that is being typed
        elif self._drop_row is not None and key == Qt.Key.Key_Escape:
            self._end_drag()
        elif snapshot_id and key in _ENTER:
            self._snapshots.apply(snapshot_id)
        elif snapshot_id and key == Qt.Key.Key_Delete and not event.isAutoRepeat():
            self._snapshots.remove(snapshot_id)
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and key in _STEPS:
            self._move_current(_STEPS[key])
        elif event.text().isprintable() and event.text():
            event.ignore()  # letters are keys of the window: B holds the base up
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._snapshots.index(0))

    def _move_current(self, step: int) -> None:
        index = self.currentIndex()
        place = index.row() + step
        if index.isValid() and 0 <= place < self._snapshots.rowCount():
            self._snapshots.move(self._id_at(index), place)
            self.scrollTo(self.currentIndex())

    # -- mouse ----------------------------------------------------------------------------

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if snapshot_id := self._id_at(index):
            self._snapshots.apply(snapshot_id)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        is_left = event.button() is Qt.MouseButton.LeftButton
        self._pressed = where if is_left and self.indexAt(where).isValid() else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        if self._pressed is not None and self._drop_row is None:
            way = (where - self._pressed).manhattanLength()
            if way < QApplication.startDragDistance():
                return
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        self._show_drop_row(self._row_at(where.y()))
        self.scrollTo(self.indexAt(where))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row, pressed = self._drop_row, self._pressed
        self._end_drag()
        if row is None or pressed is None:
            super().mouseReleaseEvent(event)
            return
        self.setState(QAbstractItemView.State.NoState)
        index = self.currentIndex()
        # Taking the row out moves those below it up.
        place = row - (row > index.row())
        if index.isValid() and place != index.row():
            self._snapshots.move(self._id_at(index), place)

    def _end_drag(self) -> None:
        self._pressed = None
        self._show_drop_row(None)

    def _row_at(self, y: int) -> int:
        """The gap nearest to `y`: 0 above the first row, n below the last."""
        rows = range(self._snapshots.rowCount())
        return sum(y > self._rect_of(row).center().y() for row in rows)

    def _show_drop_row(self, row: int | None) -> None:
        self._drop_row = row
        self.viewport().update()

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self._drop_row is None:
            return
        last = self._snapshots.rowCount() - 1
        y = self._rect_of(min(self._drop_row, last)).top()
        y += self._look.row_height if self._drop_row > last else 0
        painter = QPainter(self.viewport())
        line = QRect(0, max(0, min(y - 1, self.viewport().height() - 3)), self.width(), 3)
        painter.fillRect(line, self.palette().color(QPalette.ColorRole.Accent))
        painter.end()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By mouse of the row under it, by key of the current one."""
        is_by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if is_by_mouse else self.currentIndex()
        if snapshot_id := self._id_at(index):
            self.setCurrentIndex(index)
            self.menu.open_for(snapshot_id, event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        """What a row holds, whatever it is called."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            tip = plain_tip(self._told(index.data(SNAPSHOT_ROLE))) if index.isValid() else ""
            QToolTip.showText(event.globalPos(), tip, self.viewport(), self.visualRect(index))
            return True
        return super().viewportEvent(event)

    def _told(self, snapshot: Snapshot) -> str:
        lines = [shown(stack_caption(snapshot.stack))]
        lines.append(self.tr("Seed {}").format(snapshot.sampling.seed))
        lines += [snapshot.sampling.prompt[:_LONGEST_PROMPT]] if snapshot.sampling.prompt else []
        return "\n".join(lines)

    # -- following the model --------------------------------------------------------------

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, _: QModelIndex, first: int, last: int) -> None:
        self.updateGeometry()
        self.setCurrentIndex(self._snapshots.index(last))

    @Slot(str)
    def _on_present_changed(self, snapshot_id: SnapshotId) -> None:
        """Walking by key shows where one is."""
        index = self._snapshots.place_of(snapshot_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    @Slot(str)
    def _on_rename_wanted(self, snapshot_id: SnapshotId) -> None:
        self.edit(self._snapshots.place_of(snapshot_id))

    def _id_at(self, index: QModelIndex) -> SnapshotId:
        return index.data(SNAPSHOT_ROLE).snapshot_id if index.isValid() else ""

    def _rect_of(self, row: int) -> QRect:
        return self.visualRect(self._snapshots.index(row))


class _Rows(MarkedRows):
    def marks(self, index: Index) -> bool:
        return bool(index.data(PRESENT_ROLE))
