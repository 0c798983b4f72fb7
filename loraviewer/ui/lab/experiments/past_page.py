"""Experiments of earlier: looked at again, and those that are unfinished gone on with."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.core.experiments.past import PastExperiment
from loraviewer.core.experiments.progress import RunState
from loraviewer.ui.lab.experiments.past_table import PastTable
from loraviewer.ui.lab.two_columns import line
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.table_look import dress_table
from loraviewer.ui.widgets.theme import GAP

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PastView(QTableView):
    """Enter and a double click open one."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Experiments of earlier"))
        dress_table(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event) -> None:
        super().mouseDoubleClickEvent(event)
        self.opened.emit()


class PastPage(QWidget):
    """A `LabPage`: they are looked up when somebody looks."""

    open_wanted = Signal(object)  # PastExperiment
    folder_wanted = Signal(object)  # Path

    def __init__(self, experiments: Experiments, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiments = experiments
        tr = self.tr
        self.table = PastTable(self)
        self.view = PastView()
        self.view.setModel(self.table)
        self._nothing = QLabel(
            tr("Experiments that were begun are kept here, with all their pictures and numbers."),
            alignment=Qt.AlignmentFlag.AlignCenter,
            wordWrap=True,
        )
        self.open = IconButton("eye", tr("Look at it")).with_words(tr("Look at it"))
        self.go_on = IconButton(
            "render", tr("Go on"), tr("Make the pictures that are missing.")
        ).with_words(tr("Go on"))
        self.folder = IconButton("open", tr("Open its folder")).with_words(tr("Open its folder"))
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.view, 1)
        column.addWidget(self._nothing, 1)
        column.addLayout(line(self.open, self.go_on, self.folder))

    def _connect(self) -> None:
        self._experiments.known_changed.connect(self._show)
        self._experiments.state_changed.connect(self._on_state_changed)
        self.view.opened.connect(self._on_open)
        self.view.selectionModel().currentRowChanged.connect(self._show_buttons)
        self.open.clicked.connect(self._on_open)
        self.go_on.clicked.connect(self._on_go_on)
        self.folder.clicked.connect(self._on_folder)

    def watch(self, on: bool) -> None:
        if on:
            self._experiments.look_for_known()
            self._show()

    @property
    def current(self) -> PastExperiment | None:
        return self.table.past(self.view.currentIndex())

    @Slot()
    def _show(self) -> None:
        """The one with the keyboard stays it."""
        before = self.current
        known = self._experiments.known()
        self.table.show(known)
        row = self.table.row_of(before)
        if known and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.table.index(max(0, row), 0))
        self.view.setVisible(bool(known))
        self._nothing.setVisible(not known)
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        past = self.current
        is_at_work = self._experiments.state.phase in ("running", "paused")
        self.open.setEnabled(past is not None)
        self.folder.setEnabled(past is not None)
        self.go_on.setEnabled(past is not None and not past.is_finished and not is_at_work)

    @Slot(object)
    def _on_state_changed(self, _: RunState) -> None:
        self._show_buttons()

    @Slot()
    def _on_open(self) -> None:
        if (past := self.current) is not None:
            self._experiments.open_past(past.folder)
            self.open_wanted.emit(past)

    @Slot()
    def _on_go_on(self) -> None:
        if (past := self.current) is not None:
            self._experiments.go_on(past.folder)
            self.open_wanted.emit(past)

    @Slot()
    def _on_folder(self) -> None:
        if (past := self.current) is not None:
            self.folder_wanted.emit(past.folder)
