"""What base and adapters say of their licences, before anything is written."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.exports import PartsTold
from loraviewer.core.licences import PartNote, warnings
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP

_MOST_PARTS, _MOST_CHARS = 12, 160


class PartsPanel(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = QuietLabel()
        self._parts.setWordWrap(True)
        self._warnings = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(self._warnings)
        column.addWidget(self._parts)
        self.show_nothing()

    @property
    def said(self) -> str:
        return self._parts.text()

    @property
    def warned(self) -> str:
        return self._warnings.text()

    def show_nothing(self) -> None:
        self.setVisible(False)
        self._parts.setText("")
        self._warnings.setText("")

    def show_parts(self, told: PartsTold) -> None:
        lines = [self._line(part) for part in told.notes[:_MOST_PARTS]]
        if left := len(told.notes) - _MOST_PARTS:
            lines += [self.tr("{} more").format(left)] if left > 0 else []
        self._parts.setText("\n".join((self.tr("Licences of its parts:"), *lines)))
        found = warnings(told.notes)
        self._warnings.setText("\n".join(map(shown, found)))
        self._warnings.setVisible(bool(found))
        self.setVisible(bool(told.notes))

    def _line(self, part: PartNote) -> str:
        licence = part.licence[:_MOST_CHARS] or self.tr("licence unknown")
        words = self.tr("“{}”: {}").format(part.name, licence)
        if part.author:
            words = self.tr("{}; by {}").format(words, part.author[:_MOST_CHARS])
        if part.source:
            words = self.tr("{}; from {}").format(words, part.source[:_MOST_CHARS])
        return words
