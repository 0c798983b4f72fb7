"""What a person keeps about a file of the library, on a small card that goes by itself."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QPlainTextEdit, QWidget

from loraviewer.core.library.entries import LibraryEntry, LibraryNote
from loraviewer.ui.widgets.check_box import CheckBox
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.number_field import NumberField
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_WIDTH_PX = 320
_LINES = 4
_LONGEST_TAGS, _LONGEST_TEXT = 1_000, 20_000
_MOST_STRENGTH = 1_000.0


class NoteCard(QFrame):
    """Enter or a click elsewhere takes what is written; a strength that is no number keeps it open,
    with the reason. Esc leaves all as it was, the second one where something was written."""

    noted = Signal(object, object)  # LibraryEntry, and its LibraryNote now

    def __init__(self, entry: LibraryEntry, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._entry = entry
        self._is_left = False
        self._is_warned = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(self.tr("Note about {}").format(entry.name))
        self.star = CheckBox(self.tr("Starred"))
        self.tags = QLineEdit(maxLength=_LONGEST_TAGS)
        self.text = QPlainTextEdit(tabChangesFocus=True)
        self.strength = NumberField(-_MOST_STRENGTH, _MOST_STRENGTH)
        self.told = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.told.hide()
        self._set_up(entry.note)
        self._lay_out()
        self._connect()

    def open_at(self, where: QPoint) -> None:
        """A point of the screen; it stays within that."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        x = max(room.left(), min(where.x(), room.right() - self.width()))
        y = max(room.top(), min(where.y(), room.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.text.setFocus(Qt.FocusReason.PopupFocusReason)

    def note(self) -> LibraryNote:
        """As it is written here; a strength that is no number counts as what it was."""
        strength = None if self.strength.is_empty else self.strength.typed()
        if strength is None and not self.strength.is_empty:
            strength = self._entry.note.strength
        tags = (" ".join(tag.split()) for tag in self.tags.text().split(","))
        return LibraryNote(
            is_favourite=self.star.isChecked(),
            tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            text=self.text.toPlainText().strip()[:_LONGEST_TEXT],
            strength=strength,
        )

    def _set_up(self, note: LibraryNote) -> None:
        self.setFixedWidth(_WIDTH_PX)
        self.star.setChecked(note.is_favourite)
        self.tags.setText(", ".join(note.tags))
        self.tags.setPlaceholderText(self.tr("Tags, with commas between them"))
        self.tags.setAccessibleName(self.tr("Tags"))
        self.text.setPlainText(note.text)
        self.text.setPlaceholderText(self.tr("Note"))
        self.text.setAccessibleName(self.tr("Note"))
        self.text.setFixedHeight(_LINES * self.fontMetrics().lineSpacing() + 2 * GAP)
        self.strength.setAccessibleName(self.tr("Strength at which it is added"))
        self.strength.setToolTip(self.tr("At which its row begins; empty for what the file says."))
        if note.strength is None:
            self.strength.clear()
        else:
            self.strength.show_number(note.strength)
        usual = 1.0 if self._entry.suggested_strength is None else self._entry.suggested_strength
        self.strength.setPlaceholderText(self.strength.written(usual))
        for field in (self.tags, self.strength):
            field.setFixedHeight(FIELD_HEIGHT)

    def _lay_out(self) -> None:
        title = ElidedLabel(self._entry.name).set_look(bold=True)
        label = QLabel(self.tr("Added at strength"), textFormat=Qt.TextFormat.PlainText)
        label.setBuddy(self.strength)
        grid = QGridLayout(self)
        grid.setContentsMargins(GAP, GAP, GAP, GAP)
        grid.setSpacing(GAP // 2)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.star, 0, 1)
        grid.addWidget(self.text, 1, 0, 1, 2)
        grid.addWidget(self.tags, 2, 0, 1, 2)
        grid.addWidget(label, 3, 0)
        grid.addWidget(self.strength, 3, 1)
        grid.addWidget(self.told, 4, 0, 1, 2)
        self.strength.setFixedWidth(96)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_escape()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            super().keyPressEvent(event)

    def _connect(self) -> None:
        self.star.toggled.connect(self._on_changed)
        self.tags.textChanged.connect(self._on_changed)
        self.text.textChanged.connect(self._on_changed)
        self.strength.textChanged.connect(self._on_changed)

    @Slot()
    def _on_changed(self) -> None:
        """What was said of it counts no more."""
        self._is_warned = False
        self._say("")

    def _on_escape(self) -> None:
        is_written = bool(self._problem()) or self.note() != self._entry.note
        if is_written and not self._is_warned:
            self._is_warned = True
            self._say(self.tr("Esc again drops what is written here; Enter keeps it."))
            return
        self._is_left = True
        self.close()

    def _problem(self) -> str:
        """Why the strength cannot be kept; an empty one is the file's."""
        if self.strength.is_empty:
            return ""
        return self.strength.problem(self.strength.accessibleName())

    def _say(self, words: str) -> None:
        self.told.setText(words)
        self.told.setVisible(bool(words))
        self.adjustSize()

    def closeEvent(self, event) -> None:
        problem = "" if self._is_left or event.spontaneous() else self._problem()
        if problem:
            self._say(problem)
            self.strength.setFocus(Qt.FocusReason.OtherFocusReason)
            event.ignore()
            return
        if not self._is_left and (note := self.note()) != self._entry.note:
            self.noted.emit(self._entry, note)
        super().closeEvent(event)
