"""Somebody who does not wait for ever, where a random walk would."""

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget


class Impatience(QTimer):
    """Ends a menu or a drag that waits for a person, as Esc would; else nothing ever does."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._has_moved = True
        self.timeout.connect(self._on_timeout)
        self.start(10_000)

    def rest(self) -> None:
        """A step has ended."""
        self._has_moved = True

    @Slot()
    def _on_timeout(self) -> None:
        if not self._has_moved:
            QDrag.cancel()
            if (popup := QApplication.activePopupWidget()) is not None:
                popup.close()
        self._has_moved = False
