"""Where numbers of a stack are told: that they are those of its sum, while another rule is on."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.sum_words import sum_words
from loraviewer.ui.widgets.theme import SignalColour


class SumNote(ElidedLabel):
    """One line, hidden where there is nothing to say."""

    def __init__(self, stack: StackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_look(signal=SignalColour.WARNING)
        stack.stack_changed.connect(self._show)
        self._show(stack.stack)

    @Slot(object)
    def _show(self, stack: AdapterStack) -> None:
        words = sum_words(stack)
        self.set_text(words)
        self.setVisible(bool(words))
