"""Blinking between a pane and what it is compared with: the eye finds what differs."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 600


class Blink(QObject):
    """Lets the reference have its turn, then the other, until it is switched off: nobody's."""

    def __init__(self, show: Callable[[bool | None], None], parent: QObject) -> None:
        """show: the reference on True, the other on False, neither more than the other on None."""
        super().__init__(parent)
        self._show = show
        self._is_references = False
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._turn)

    @property
    def is_on(self) -> bool:
        return self._timer.isActive()

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        """The first turn is at once."""
        if on == self.is_on:
            return
        if on:
            self._timer.start()
            self._turn()
        else:
            self._timer.stop()
            self._is_references = False
            self._show(None)

    @Slot()
    def _turn(self) -> None:
        self._is_references = not self._is_references
        self._show(self._is_references)
