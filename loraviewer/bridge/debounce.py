"""Waiting for edits to pause, as an object that can be flushed."""

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from loraviewer.core.pacing import start_delay_s


class Timer(Protocol):
    """The part of a single-shot `QTimer` that is needed."""

    @property
    def timeout(self) -> SignalInstance: ...
    def start(self, msec: int, /) -> None: ...
    def stop(self) -> None: ...


class Debounce(QObject):
    """Emits `due` once edits pause, or at once where pictures are quick. GUI thread only."""

    due = Signal()

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        timer: Timer | None = None,
        parent: QObject | None = None,
    ) -> None:
        """clock: seconds, monotonic. timer: single-shot, by the same clock."""
        super().__init__(parent)
        self._clock = clock
        self._timer = timer or _single_shot(self)
        self._timer.timeout.connect(self.flush)
        self._first_edit_at: float | None = None

    def edited(self, expected_s: float | None) -> None:
        """There was an edit; its answer takes so long, None where that is not known."""
        now = self._clock()
        if self._first_edit_at is None:
            self._first_edit_at = now
        delay_s = start_delay_s(expected_s, now - self._first_edit_at)
        if delay_s > 0.0:
            self._timer.start(round(delay_s * 1000))
        else:
            self.flush()

    @Slot()
    def flush(self) -> None:
        """Do not wait any longer."""
        self.cancel()
        self.due.emit()

    def cancel(self) -> None:
        self._timer.stop()
        self._first_edit_at = None


def _single_shot(parent: QObject) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    return timer
