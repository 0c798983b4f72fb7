"""Blinking between a pane and what it is compared with: the eye finds what differs."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 600


class Blink(QObject):
    """Holds the reference up and lets it go, in turns, until it is switched off."""

    def __init__(self, hold: Callable[[bool], None], parent: QObject) -> None:
        super().__init__(parent)
        self._hold = hold
        self._is_held = False
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
            self._is_held = False
            self._hold(False)

    @Slot()
    def _turn(self) -> None:
        self._is_held = not self._is_held
        self._hold(self._is_held)
