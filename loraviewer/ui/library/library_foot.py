"""The line below the library's files: how many there are, or how far a scan is."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.bridge.library.library_scan import LibraryScan
from loraviewer.ui.library.library_words import count_words, scan_words, unread_tip, unread_words
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.theme import GAP


class LibraryFoot(QWidget):
    grid_wanted = Signal(bool)

    def __init__(
        self,
        model: LibraryModel,
        scan: LibraryScan,
        order: QMenu,
        more: QMenu,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._scan = scan
        self._words = ElidedLabel().set_look(quiet=True)
        self.stop = IconButton("stop", self.tr("Stop looking; what was read stays"))
        self.all = IconButton("reset", self.tr("Show all again"), self.tr("Narrow nothing."))
        self.preview = IconButton(
            "eye",
            self.tr("Preview"),
            self.tr("The active pane’s picture with the selected file, made while idle (Space)."),
        )
        self.preview.setCheckable(True)
        self.grid = IconButton("panes_4", self.tr("Pictures beside each other"))
        self.order = IconButton(
            "down", self.tr("Order"), self.tr("In which order they are listed.")
        )
        self.more = IconButton("more", self.tr("Folders and notes"))
        self.grid.setCheckable(True)
        self.order.setMenu(order)
        self.more.setMenu(more)
        self._lay_out()
        self.stop.clicked.connect(scan.stop)
        self.all.clicked.connect(model.widen)
        self.grid.clicked.connect(self.grid_wanted)
        scan.changed.connect(self._show)
        model.counted.connect(self._on_answered)
        self._show()

    @property
    def words(self) -> str:
        return self._words.text()

    @property
    def reasons(self) -> str:
        """Why folders could not be read, as the tip says it."""
        return self._words.toolTip()

    def _lay_out(self) -> None:
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP // 2, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._words, 1)
        for button in (self.stop, self.all, self.preview, self.grid, self.order, self.more):
            row.addWidget(button)

    @Slot(object)
    def _on_answered(self, _: object) -> None:
        self._show()

    @Slot()
    def _show(self) -> None:
        answer, is_running = self._model.answer, self._scan.is_running
        counts = self._model.counts
        words = "" if counts is None else count_words(counts.shown, counts.total)
        if is_running:
            words = scan_words(self._scan.told)
        elif self._scan.was_stopped and words:
            words = self.tr("{} · not all was looked at").format(words)
        told = self._scan.told
        if not is_running and (unread := unread_words(told)):
            words = f"{words} · {unread}" if words else unread
        self._words.set_tip("" if is_running else unread_tip(told))
        self._words.set_text(words)
        if self.stop.hasFocus() and not is_running:
            self.more.setFocus()
        self.stop.setVisible(is_running)
        self.all.setVisible(answer.wishes.is_narrowed and not is_running)
