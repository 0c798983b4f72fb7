"""What narrows the library: words, kind, rank, folder, stars, and what is in the stack."""

from pathlib import PurePath

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from loraviewer.bridge.library.library_answers import LibraryWishes
from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.ui.cards.adapter_sentences import kind_title
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_KINDS = (
    *("lora", "locon", "loha", "lokr", "dora", "oft", "oftv2", "boft"),
    *("ia3", "glora", "vera", "adalora", "full"),
)
_RANKS = ((1, 8), (9, 32), (33, 64), (65, 128), (129, 1_000_000))
_SHORTEST_PX = 64


class SearchField(QLineEdit):
    """Down and Enter go to what was found; Esc empties it first."""

    down_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.down_wanted.emit()
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def event(self, event) -> bool:
        # Else Esc is the window's: it stops what is being rendered.
        is_asked = event.type() == event.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_asked and event.key() == Qt.Key.Key_Escape and self.text():
            event.accept()
            return True
        return super().event(event)


class FilterBar(QWidget):
    """Shows the wishes of the library and changes them."""

    def __init__(self, model: LibraryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.search = SearchField(clearButtonEnabled=True)
        self.stars = IconButton("star", self.tr("Only starred files"))
        self.in_stack = IconButton("check", self.tr("Only what is in the stack of the active pane"))
        self.kinds, self.ranks, self.folders = ChoiceBox(), ChoiceBox(), ChoiceBox()
        self._paths: tuple[str, ...] = ()
        self._set_up()
        self._lay_out()
        self._connect()
        self._show(model.wishes)

    def _set_up(self) -> None:
        self.search.setPlaceholderText(self.tr("Search names, words, tags…"))
        self.search.setAccessibleName(self.tr("Search in the library"))
        self.search.setToolTip(self.tr("Beginnings of words in names, trigger words, tags, notes."))
        self.search.setFixedHeight(FIELD_HEIGHT)
        self.search.setAcceptDrops(False)  # files dropped here belong to the window
        for button in (self.stars, self.in_stack):
            button.setCheckable(True)
        self._offer(self.kinds, self.tr("Kind of adapter"))
        self._offer(self.ranks, self.tr("Rank of the adapter"))
        self._offer(self.folders, self.tr("Folder with all below it"))
        self.kinds.addItem(self.tr("Any kind"), "")
        for kind in _KINDS:
            self.kinds.addItem(kind_title(kind), kind)
        self.ranks.addItem(self.tr("Any rank"), None)
        for low, high in _RANKS:
            words = self.tr("rank {low}–{high}").format(low=low, high=high)
            is_last = (low, high) == _RANKS[-1]
            self.ranks.addItem(self.tr("rank {}+").format(low) if is_last else words, (low, high))

    def _offer(self, box: ChoiceBox, name: str) -> None:
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setFixedHeight(FIELD_HEIGHT)
        box.setMinimumWidth(_SHORTEST_PX)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(GAP // 2)
        first.addWidget(self.search, 1)
        first.addWidget(self.stars)
        first.addWidget(self.in_stack)
        second.setSpacing(GAP // 2)
        for box in (self.kinds, self.ranks, self.folders):
            second.addWidget(box, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(first)
        column.addLayout(second)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_words)
        self.stars.toggled.connect(self._on_stars)
        self.in_stack.toggled.connect(self._on_in_stack)
        self.kinds.activated.connect(self._on_kind)
        self.ranks.activated.connect(self._on_rank)
        self.folders.activated.connect(self._on_folder)
        self._model.wishes_changed.connect(self._show)
        self._model.folders_changed.connect(self._on_folders)

    @Slot(str)
    def _on_words(self, text: str) -> None:
        self._model.change(words=text)

    @Slot(bool)
    def _on_stars(self, on: bool) -> None:
        self._model.change(is_favourite=on)

    @Slot(bool)
    def _on_in_stack(self, on: bool) -> None:
        self._model.change(is_in_stack=on)

    @Slot(int)
    def _on_kind(self, index: int) -> None:
        self._model.change(kind=self.kinds.itemData(index))

    @Slot(int)
    def _on_rank(self, index: int) -> None:
        self._model.change(ranks=_RANKS[index - 1] if index else None)

    @Slot(int)
    def _on_folder(self, index: int) -> None:
        self._model.change(folder=self.folders.itemData(index))

    @Slot()
    def _on_folders(self) -> None:
        self._show(self._model.wishes)

    @Slot(object)
    def _show(self, wishes: LibraryWishes) -> None:
        """Sends nothing."""
        blockers = [QSignalBlocker(one) for one in (self.search, self.stars, self.in_stack)]
        if self.search.text() != wishes.words:
            self.search.setText(wishes.words)
        self.stars.setChecked(wishes.is_favourite)
        self.in_stack.setChecked(wishes.is_in_stack)
        for blocker in blockers:
            blocker.unblock()
        self.stars.set_icon_name("starred" if wishes.is_favourite else "star")
        self.kinds.setCurrentIndex(max(0, self.kinds.findData(wishes.kind)))
        known = _RANKS.index(wishes.ranks) + 1 if wishes.ranks in _RANKS else 0
        self.ranks.setCurrentIndex(known)
        self._show_folders(wishes.folder)

    def _show_folders(self, chosen: str) -> None:
        """Those that are looked through, and one below them where that was asked for."""
        folders = self._model.folders or ()
        paths = (*folders, chosen) if chosen and chosen not in folders else folders
        if paths != self._paths or not self.folders.count():
            self._paths = paths
            self.folders.clear()
            self.folders.addItem(self.tr("All folders"), "")
            for path in paths:
                self.folders.addItem(PurePath(path).name or path, path)
                self.folders.setItemData(
                    self.folders.count() - 1, path, Qt.ItemDataRole.ToolTipRole
                )
        self.folders.setCurrentIndex(max(0, self.folders.findData(chosen)))
