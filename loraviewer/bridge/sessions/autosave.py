"""Keeping what is open a moment behind every edit, off the GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.rendering.debounce import SingleShot, Timer
from loraviewer.core.outcome import Failure
from loraviewer.core.session import Session

DELAY_S = 0.3
"""From the first edit that is not written yet: a drag that goes on and on is written meanwhile."""


class Autosave(QObject):
    """Writes one state at a time, the newest; a state that failed is tried again with the next
    edit. GUI thread only; `write` is called in the pool."""

    failed = Signal(object)  # Failure, once until a state is written again

    def __init__(
        self,
        state: Callable[[], Session],
        write: Callable[[Session], None],
        parent: QObject | None = None,
        timer: Timer | None = None,
    ) -> None:
        """state: what is open now. timer: None for Qt's."""
        super().__init__(parent)
        self._state = state
        self._write = write
        self._timer = timer or SingleShot(self)
        self._tasks = BackgroundTasks(self, threads=1)
        self._is_waiting = False
        self._is_writing = False
        self._is_again = False
        self._has_failed = False

    @property
    def is_writing(self) -> bool:
        return self._is_writing

    def edited(self) -> None:
        """Something changed that is to be kept."""
        if self._is_writing:
            self._is_again = True
        elif not self._is_waiting:
            self._is_waiting = True
            self._timer.start(DELAY_S, self._save)

    def close(self, last: Session | None, patience_ms: int) -> bool:
        """Write a last state, if any, whatever waits. Whether that is done after so long."""
        self._timer.stop()
        self._is_waiting = self._is_again = False
        # Behind what is being written: the pool has one thread.
        if last is not None:
            self._start(last)
        has_ended = self._tasks.finish(patience_ms)
        return self._tasks.close(0) and has_ended

    def _save(self) -> None:
        self._is_waiting = False
        self._start(self._state())

    def _start(self, session: Session) -> None:
        self._is_writing = True
        self._tasks.run(lambda: self._write(session), self._on_written)

    def _on_written(self, failure: Failure | None) -> None:
        self._is_writing = False
        if failure is not None and not self._has_failed:
            self.failed.emit(failure)
        self._has_failed = failure is not None
        if self._is_again:
            self._is_again = False
            self.edited()
