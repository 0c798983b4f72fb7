"""Prompts that pictures were made of, to be searched, starred, and used again."""

from PySide6.QtCore import QModelIndex, QSize, QStringListModel, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from loraviewer.bridge.words.prompt_history import PromptHistory
from loraviewer.core.prompt_book import KeptPrompt
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.check_box import CheckBox
from loraviewer.ui.widgets.labels import QuietLabel, plain_tip
from loraviewer.ui.widgets.marked_rows import Index, MarkedRows
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_SIZE = QSize(560, 460)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptWindow(QDialog):
    """Not modal: the studio goes on beside it, and it follows."""

    def __init__(self, history: PromptHistory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self.setWindowTitle(self.tr("Prompts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build()
        self._lay_out()
        self._search.textChanged.connect(self._show)
        self._only_starred.toggled.connect(self._show)
        self._star.clicked.connect(self._turn_star)
        self._remove.clicked.connect(self._forget)
        self.prompts.activated.connect(self._use)
        self.prompts.selectionModel().currentChanged.connect(self._show_buttons)
        history.changed.connect(self._show)
        self._show()
        self._search.setFocus()

    def _build(self) -> None:
        self._rows: tuple[KeptPrompt, ...] = ()
        self._model = _Prompts(self)
        self.prompts = QListView()
        self.prompts.setModel(self._model)
        self.prompts.setAccessibleName(self.tr("Prompts"))
        self.prompts.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._look = _Rows(self.prompts, self)
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setAccessibleName(self.tr("Search prompts"))
        self._search.setClearButtonEnabled(True)
        self._search.setFixedHeight(FIELD_HEIGHT)
        self._only_starred = CheckBox(self.tr("Starred"))
        self._star = IconButton("star", self.tr("Star"))
        self._star.setCheckable(True)
        self._remove = IconButton("remove", self.tr("Remove (Del)"))
        self._hint = QuietLabel(self.tr("Enter uses a prompt · Ctrl+D stars it · Del removes it"))
        self._hint.setWordWrap(True)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self._search, 1)
        top.addWidget(self._only_starred)
        top.addWidget(self._star)
        top.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.prompts, 1)
        column.addWidget(self._hint)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))

    def prompt_at(self, row: int) -> KeptPrompt | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    @property
    def present(self) -> KeptPrompt:
        return self._history.present

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the search leaves is for the list; Esc closes."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.prompts.setFocus(Qt.FocusReason.OtherFocusReason)
            self.prompts.keyPressEvent(event)
        elif key in _ENTER:
            self._use(self.prompts.currentIndex())
        elif key == Qt.Key.Key_Delete:
            self._forget()
        elif key == Qt.Key.Key_D and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._turn_star()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _show(self) -> None:
        row, before = self.prompts.currentIndex().row(), self._current()
        found = self._history.book.found(
            self._search.text(), only_starred=self._only_starred.isChecked()
        )
        self._rows = found
        self._model.setStringList([self._words(one) for one in found])
        same = (at for at, one in enumerate(found) if before is not None and one.is_same(before))
        place = next(same, min(max(row, 0), len(found) - 1))
        self.prompts.setCurrentIndex(self._model.index(place))
        self._show_buttons()

    def _words(self, prompt: KeptPrompt) -> str:
        words = " ".join(prompt.text.split())
        if prompt.negative:
            without = " ".join(prompt.negative.split())
            words = self.tr("{prompt} · without {negative}").format(prompt=words, negative=without)
        return self.tr("★ {}").format(words) if prompt.is_starred else words

    def _current(self) -> KeptPrompt | None:
        return self.prompt_at(self.prompts.currentIndex().row())

    @Slot()
    def _show_buttons(self) -> None:
        current = self._current()
        is_starred = current is not None and current.is_starred
        self._star.setEnabled(current is not None)
        self._remove.setEnabled(current is not None)
        self._star.setChecked(is_starred)
        self._star.set_icon_name("starred" if is_starred else "star")
        tip = self.tr("No longer a favourite (Ctrl+D)") if is_starred else self.tr("Star (Ctrl+D)")
        self._star.setToolTip(plain_tip(tip))

    @Slot(QModelIndex)
    def _use(self, index: QModelIndex) -> None:
        if prompt := self.prompt_at(index.row()):
            self._history.choose(prompt)
            self.prompts.viewport().update()

    @Slot()
    def _turn_star(self) -> None:
        if current := self._current():
            self._history.star(current, not current.is_starred)
        self._show_buttons()

    @Slot()
    def _forget(self) -> None:
        if current := self._current():
            self._history.forget(current)


class _Prompts(QStringListModel):
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole):
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(str(super().data(index, Qt.ItemDataRole.DisplayRole)))
        return super().data(index, role)


class _Rows(MarkedRows):
    """The one that stands in the prompt bar is marked."""

    def __init__(self, view: QListView, window: PromptWindow) -> None:
        super().__init__(view)
        self._window = window

    def marks(self, index: Index) -> bool:
        prompt = self._window.prompt_at(index.row())
        return prompt is not None and prompt.is_same(self._window.present)
