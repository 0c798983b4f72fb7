"""All that went wrong and was not dismissed, or all reasons of one, to be read and copied."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from loraviewer.ui.widgets.theme import GAP

_WIDTH_PX, _HEIGHT_PX = 620, 360


class FailureList(QDialog):
    """Not modal; what it shows is of the moment that it was asked for."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("What went wrong"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._text = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self._text.setAccessibleName(self.tr("What went wrong"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy all"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self._text)
        column.addWidget(buttons)
        self.resize(_WIDTH_PX, _HEIGHT_PX)

    @property
    def text(self) -> str:
        return self._text.toPlainText()

    def show_failures(self, failures: Sequence[tuple[str, str]]) -> None:
        """Newest first: a sentence, and details that say more than that."""
        self._text.setPlainText("\n\n".join(_whole(*one) for one in failures))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def _whole(sentence: str, detail: str) -> str:
    """Details repeat the sentence in their first line."""
    more = detail.partition("\n")[2]
    return f"{sentence}\n{more}" if more else sentence
