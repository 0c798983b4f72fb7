"""The GUI side of the engine thread: submits work, cancels it, closes the thread."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Signal, Slot

from loraviewer.bridge.rendering.jobs import (
    Job,
    JobCounter,
    JobEnded,
    JobProgress,
    Work,
    gives_way,
    ranked,
)
from loraviewer.bridge.rendering.worker import EngineFactory, EngineWorker
from loraviewer.core.job_queue import JobQueue

_PATIENCE_MS = 5_000
"""Longer than a denoising step or a weight of any file on a disk takes."""


class Engine(Protocol):
    """What models need of the engine thread. GUI thread only; every job that is not cancelled
    while it waits ends with one `ended`."""

    def tell(
        self, progressed: Callable[[JobProgress], None], ended: Callable[[JobEnded], None]
    ) -> None:
        """Call these methods of a QObject for everything that happens from now on."""
        ...

    def start(self) -> None: ...
    def submit(self, work: Work, *, supersedes_running: bool = False) -> Job: ...
    def cancel(self, key: str) -> Job | None: ...
    def rank(self, key: str, priority: int) -> None: ...
    def close(self) -> bool: ...


class EngineThread(QObject):
    """Implements `Engine` with a `QThread` and an engine that is made in it."""

    progressed = Signal(object)  # JobProgress
    ended = Signal(object)  # JobEnded
    _doorbell = Signal()

    def __init__(self, engine_factory: EngineFactory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: JobQueue[Job] = JobQueue()
        self._jobs = JobCounter()
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker = EngineWorker(engine_factory, self._queue)
        self._worker.moveToThread(self._thread)
        self._doorbell.connect(self._worker.wake)
        # Emitted by the ending thread itself, so the engine is closed where it was made.
        self._thread.finished.connect(self._worker.close_engine)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.ended.connect(self._on_ended)
        self._is_closed = False

    def tell(
        self, progressed: Callable[[JobProgress], None], ended: Callable[[JobEnded], None]
    ) -> None:
        self.progressed.connect(progressed)
        self.ended.connect(ended)

    def start(self) -> None:
        """Start the thread; work submitted before waits for it."""
        self._thread.start()

    @property
    def running(self) -> Job | None:
        return self._queue.running

    def submit(self, work: Work, *, supersedes_running: bool = False) -> Job:
        """Let work wait, in place of what waited under its key.

        With `supersedes_running`, a job under way under the same key is cancelled too. Measuring,
        which can take seconds, always makes way for what is more urgent; who asked asks again.
        """
        job = self._jobs.job(work)
        if self._is_closed:
            job.token.cancel()
            return job
        self._queue.put(job, supersedes_running=supersedes_running)
        running = self._queue.running
        if running is not None and gives_way(running, job):
            running.token.cancel()
        self._doorbell.emit()
        return job

    def cancel(self, key: str) -> Job | None:
        """Stop what runs or waits under a key; returns what only waited, which never ends."""
        return self._queue.cancel(key)

    def rank(self, key: str, priority: int) -> None:
        """How urgent the render is from now on that waits under a key; no matter for what runs."""
        self._queue.revise(key, lambda job: ranked(job, priority))

    def cancel_all(self) -> None:
        self._queue.cancel_all()

    def close(self, patience_ms: int = _PATIENCE_MS) -> bool:
        """Cancel everything and end the thread. Whether it has ended after so long; if not,
        only the end of the process ends it, as where a dead network drive is being read."""
        if not self._is_closed:
            self._is_closed = True
            self.cancel_all()
            self._thread.quit()
        if self._thread.wait(patience_ms):
            return True
        self._thread.setParent(None)  # destroying a thread that runs would abort the process
        return False

    @Slot(object)
    def _on_progressed(self, progress: JobProgress) -> None:
        if not self._is_closed:
            self.progressed.emit(progress)

    @Slot(object)
    def _on_ended(self, ended: JobEnded) -> None:
        if not self._is_closed:
            self.ended.emit(ended)
