"""The snapshots below the strips; takes no room where there are none."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.core.stack_diff import PRESENT, side_key
from loraviewer.ui.snapshots.snapshot_list import SnapshotList
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP


class SnapshotsPanel(QWidget):
    compare_wanted = Signal(str, str)
    """Keys of the two sides."""
    left_empty = Signal()
    """The last one went, and the keyboard was on it."""

    def __init__(self, model: SnapshotModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.list = SnapshotList(model)
        self.list.menu.compare_wanted.connect(self.compare_wanted)
        caption = QuietLabel(self.tr("Snapshots"))
        caption.setToolTip(
            self.tr("Stacks to go back to: a click applies one, [ and ] walk through them.")
        )
        self._compare = IconButton(
            "compare",
            self.tr("Compare"),
            self.tr("What differs between a snapshot and the present."),
        )
        self._compare.clicked.connect(self._on_compare)
        head = QHBoxLayout()
        head.setContentsMargins(GAP, 0, GAP // 2, 0)
        head.addWidget(caption, 1)
        head.addWidget(self._compare)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list)
        model.rowsInserted.connect(self._show_rows)
        model.rowsAboutToBeRemoved.connect(self._on_removing)
        model.rowsRemoved.connect(self._show_rows)
        self._show_rows()

    def set_low(self, is_low: bool) -> None:
        self.list.set_low(is_low)

    def tab_chain(self) -> list[QWidget]:
        return [self._compare, self.list]

    @Slot()
    def _show_rows(self) -> None:
        self.setVisible(self._model.rowCount() > 0)

    @Slot()
    def _on_removing(self) -> None:
        focused = QApplication.focusWidget()
        is_here = focused is not None and self.isAncestorOf(focused)
        if is_here and self._model.rowCount() == 1:
            self.left_empty.emit()

    @Slot()
    def _on_compare(self) -> None:
        """The row with the cursor, where that is not there already."""
        row = max(0, self.list.currentIndex().row())
        current = self._model.snapshots[row].snapshot_id
        other = self._model.unlike_present(current) or current
        self.compare_wanted.emit(side_key(other), PRESENT)
