"""The line in which a preset gets its name."""

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from loraviewer.core.block_presets import LONGEST_NAME, preset_name
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PresetName(QWidget):
    """Hidden until a name is asked for; Enter takes it, Esc leaves."""

    named = Signal(str, str)
    """The name that it had, "" for a new one, and the one that it gets."""
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._former = ""
        self._line = _NameLine()
        self._save = IconButton("check", self.tr("Save")).with_words(self.tr("Save"))
        self._cancel = IconButton("close", self.tr("Cancel"), self.tr("Leave it as it was."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self._line, 1)
        row.addWidget(self._save)
        row.addWidget(self._cancel)
        self._line.textChanged.connect(self._on_text_changed)
        self._line.entered.connect(self._on_entered)
        self._line.left.connect(self._on_left)
        self._save.clicked.connect(self._on_entered)
        self._cancel.clicked.connect(self._on_left)
        self.hide()

    @property
    def line(self) -> QLineEdit:
        return self._line

    def ask(self, former: str = "") -> None:
        """former: the preset that gets another name."""
        self._former = former
        words = self.tr("New name of “{}”").format(former) if former else self.tr("Name of preset")
        self._line.setPlaceholderText(words)
        self._line.setAccessibleName(words)
        self._line.setText(former)
        self._line.selectAll()
        self._on_text_changed()
        self.show()
        self._line.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_text_changed(self) -> None:
        self._save.setEnabled(bool(preset_name(self._line.text())))

    @Slot()
    def _on_entered(self) -> None:
        name = preset_name(self._line.text())
        if name:
            self.hide()
            self.named.emit(self._former, name)

    @Slot()
    def _on_left(self) -> None:
        self.hide()
        self.left.emit()


class _NameLine(QLineEdit):
    entered = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(LONGEST_NAME)
        self.setFixedHeight(FIELD_HEIGHT - 2)
        self.setAcceptDrops(False)  # files dropped here belong to the window

    def event(self, event: QEvent) -> bool:
        # Esc would close the window.
        if is_escape_offered(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
