"""A combo box that only changes through its list."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox

_OPENERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_F4)


class ChoiceBox(QComboBox):
    """No wheel, no typing, no bare arrows: nothing is chosen by accident while scrolling, and
    letters stay free for the window's keys.
    """

    def offer(self, names: Sequence[str], chosen: str) -> None:
        """Replace what can be chosen; `chosen` is shown if it is among it. Sends nothing."""
        self.clear()
        self.addItems(list(names))
        self.setCurrentText(chosen)

    def wheelEvent(self, event) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENERS:
            self.showPopup()
        else:
            event.ignore()
