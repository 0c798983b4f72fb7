"""Short work off the GUI thread that needs no torch: hashing, headers, saving."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRunnable, QThreadPool, Signal, Slot

from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError, text_of
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.system_reasons import reason_of

_PATIENCE_MS = 3_000
_THREADS = 2


@dataclass(frozen=True)
class TaskEnded:
    task_id: int
    value: Any
    """What the function returned, or a `Failure`."""


class BackgroundTasks(QObject):
    """Runs functions in a small pool; results arrive on the GUI thread. GUI thread only."""

    _ended = Signal(object)  # TaskEnded

    def __init__(self, parent: QObject | None = None, threads: int = _THREADS) -> None:
        """threads: with one, functions run in the order in which they were given."""
        super().__init__(parent)
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(threads)
        self._receivers: dict[int, Callable[[Any], None]] = {}
        self._next_id = 0
        self._ended.connect(self._on_ended)

    def run(self, function: Callable[[], Any], receive: Callable[[Any], None]) -> None:
        """Call `function` in the pool, then `receive` here with its value or a `Failure`."""
        self._next_id += 1
        self._receivers[self._next_id] = receive
        self._pool.start(_Task(self._next_id, function, self._ended.emit))

    def forget(self) -> None:
        """Drop what waits, and hear no more of what runs."""
        self._receivers.clear()
        self._pool.clear()

    def finish(self, patience_ms: int = _PATIENCE_MS) -> bool:
        """Wait also for what still waits, and hand over all that came of it. Whether everything
        has ended after so long."""
        has_ended = self._pool.waitForDone(patience_ms)
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
        return has_ended

    def close(self, patience_ms: int = _PATIENCE_MS) -> bool:
        """Forget everything and wait for what runs. Whether all has ended after so long."""
        self.forget()
        return self._pool.waitForDone(patience_ms)

    @Slot(object)
    def _on_ended(self, ended: TaskEnded) -> None:
        receive = self._receivers.pop(ended.task_id, None)
        if receive is not None:
            receive(ended.value)


class _Task(QRunnable):
    def __init__(
        self, task_id: int, function: Callable[[], Any], announce: Callable[[TaskEnded], None]
    ) -> None:
        super().__init__()
        self._task_id = task_id
        self._function = function
        self._announce = announce

    def run(self) -> None:
        self._announce(TaskEnded(self._task_id, self._attempt()))

    def _attempt(self) -> Any:
        try:
            return self._function()
        except LoraviewerError as error:
            return error.failure()
        except OSError as error:
            return Failure(FailureKind.FILE, _sentence(error))
        except BaseException as error:  # noqa: BLE001 - the thread boundary
            return Failure(FailureKind.INTERNAL, f"{type(error).__name__}: {text_of(error)}")


def _sentence(error: OSError) -> Sentence:
    """Names the file where the system told it."""
    reason = reason_of(error)
    if error.filename:
        return say("“{path}”: {why}.", path=str(error.filename), why=reason)
    return say("{why}.", why=reason)
