"""The words an adapter was trained on, as buttons."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from loraviewer.ui.widgets.flow_layout import FlowLayout
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.theme import GAP

_WIDEST_PX = 220


class TriggerWords(QWidget):
    """A click asks for a word to go into the prompt."""

    chosen = Signal(str)

    def __init__(self, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        flow = FlowLayout(self, GAP // 2)
        self._buttons = [_WordButton(word) for word in words]
        for button in self._buttons:
            button.clicked.connect(self._on_clicked)
            flow.addWidget(button)

    def buttons(self) -> list[QWidget]:
        return list(self._buttons)

    @Slot()
    def _on_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, _WordButton):
            self.chosen.emit(button.word)


class _WordButton(QPushButton):
    """Shows as much of a word or phrase as is sensible on a button."""

    def __init__(self, word: str) -> None:
        super().__init__(autoDefault=False)
        self.word = word
        room = _WIDEST_PX - 3 * GAP
        shown = self.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(word)
        self.setToolTip(
            plain_tip(self.tr("{}\nClick to put it into the prompt.").format(word[:500]))
        )

    def sizeHint(self) -> QSize:
        return super().sizeHint().boundedTo(QSize(_WIDEST_PX, 1000))

    def keyPressEvent(self, event) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)
