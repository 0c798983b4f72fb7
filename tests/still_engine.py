"""An engine thread that stands still: jobs wait until a test takes and answers them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.rendering.jobs import (
    Answer,
    Job,
    JobCounter,
    JobEnded,
    JobProgress,
    LoadStep,
    MeasureJob,
    Stopped,
    Work,
    gives_way,
    ranked,
)
from loraviewer.core.job_queue import JobQueue
from loraviewer.core.outcome import Progress
from loraviewer.core.weight_measurements import Measurement


class StillEngine(QObject):
    """Implements `bridge.engine_thread.Engine` without a thread. `works` is all that was ever
    submitted, in order, but for measurements of weights: these are in `measured` and wait only
    where `takes_measurements`."""

    progressed = Signal(object)  # JobProgress
    ended = Signal(object)  # JobEnded

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.works: list[Work] = []
        self.measured: list[Measurement] = []
        self.takes_measurements = False
        self.running: Job | None = None
        self.is_closed = False
        self._queue: JobQueue[Job] = JobQueue()
        self._jobs = JobCounter()

    # What models call.

    def tell(
        self, progressed: Callable[[JobProgress], None], ended: Callable[[JobEnded], None]
    ) -> None:
        self.progressed.connect(progressed)
        self.ended.connect(ended)

    def start(self) -> None:
        """There is nothing to start."""

    def submit(self, work: Work, *, supersedes_running: bool = False) -> Job:
        job = self._jobs.job(work)
        if isinstance(work, MeasureJob):
            self.measured.append(work.wanted)
            if not self.takes_measurements:
                return job
        else:
            self.works.append(work)
        self._queue.put(job, supersedes_running=supersedes_running)
        if self.running is not None and gives_way(self.running, job):
            self.running.token.cancel()
        return job

    def cancel(self, key: str) -> Job | None:
        return self._queue.cancel(key)

    def rank(self, key: str, priority: int) -> None:
        self._queue.revise(key, lambda job: ranked(job, priority))

    def close(self) -> bool:
        self._queue.cancel_all()
        self.is_closed = True
        return True

    # What a test does in place of the thread.

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def take(self) -> Job | None:
        """Begin the next job; one that was cancelled while it waited is not among them."""
        assert self.running is None
        self.running = self._queue.take()
        return self.running

    def step(self, step: Progress | LoadStep) -> None:
        assert self.running is not None
        self.progressed.emit(JobProgress(self.running, step))

    def finish(self, answer: Answer | None = None) -> None:
        """End the running job; `None` where it heard that it was cancelled."""
        job, self.running = self.running, None
        assert job is not None
        self._queue.done()
        self.ended.emit(JobEnded(job, Stopped() if answer is None else answer, 1_000))
