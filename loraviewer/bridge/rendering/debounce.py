"""Waiting for edits to pause, as an object that can be flushed."""

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.core.pacing import start_delay_s


class Timer(Protocol):
    def start(self, seconds: float, then: Callable[[], None]) -> None:
        """Call `then` once so much later, in place of what was to be called."""
        ...

    def stop(self) -> None: ...


class SingleShot(QObject):
    """Implements `Timer` by Qt's event loop."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._then: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    def start(self, seconds: float, then: Callable[[], None]) -> None:
        self._then = then
        self._timer.start(round(seconds * 1000))

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def _on_timeout(self) -> None:
        if self._then is not None:
            self._then()


class Debounce(QObject):
    """Emits `due` once edits pause, or at once where pictures are quick. GUI thread only."""

    due = Signal()

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        timer: Timer | None = None,
        parent: QObject | None = None,
    ) -> None:
        """clock: seconds, monotonic. timer: by the same clock; None for Qt's."""
        super().__init__(parent)
        self._clock = clock
        self._timer = timer or SingleShot(self)
        self._first_edit_at: float | None = None

    def edited(self, expected_s: float | None, pause_s: float = 0.0) -> None:
        """There was an edit; its answer takes so long, None where that is not known. pause_s: how
        long others may follow for which it would be in vain."""
        now = self._clock()
        if self._first_edit_at is None:
            self._first_edit_at = now
        delay_s = start_delay_s(expected_s, now - self._first_edit_at, pause_s)
        if delay_s > 0.0:
            self._timer.start(delay_s, self.flush)
        else:
            self.flush()

    def flush(self) -> None:
        """Do not wait any longer."""
        self.cancel()
        self.due.emit()

    def cancel(self) -> None:
        self._timer.stop()
        self._first_edit_at = None
