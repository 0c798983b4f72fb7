"""The one thread that touches torch, and the lane that leads to it."""

import contextlib
import traceback
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal, Slot

from loraviewer.bridge.jobs import (
    Answer,
    Job,
    JobCounter,
    JobEnded,
    JobProgress,
    LoadJob,
    LoadStep,
    RenderJob,
    ReportJob,
    Stopped,
    Verified,
    VerifyJob,
    Work,
)
from loraviewer.core.cancel import Cancelled
from loraviewer.core.engine_port import EnginePort, LoadProgress
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.mailbox import Mailbox
from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError, text_of

EngineFactory = Callable[[], EnginePort]


class EngineWorker(QObject):
    """Lives in the engine thread. `wake` is a doorbell; the work lies in the mailbox.

    Failures leave as `Failure` values: an exception object would pin tensors by its traceback.
    """

    progressed = Signal(object)  # JobProgress
    ended = Signal(object)  # JobEnded

    def __init__(self, engine_factory: EngineFactory, mailbox: Mailbox[Job]) -> None:
        super().__init__()
        self._engine_factory = engine_factory
        self._mailbox = mailbox
        self._engine: EnginePort | None = None
        self.running: Job | None = None
        """The job under way; written here, read by the lane (one reference, hence atomic)."""

    @Slot()
    def wake(self) -> None:
        while (job := self._mailbox.take()) is not None:
            self.running = job
            answer = self._answer(job)
            self.running = None
            self.ended.emit(JobEnded(job, answer, self._memory_bytes()))

    @Slot()
    def close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            with contextlib.suppress(BaseException):  # the thread is ending
                engine.close()

    def _answer(self, job: Job) -> Answer:
        answer = self._attempt(job)
        # Outside any except block: a live traceback would keep the tensors it should free.
        if isinstance(answer, Failure) and answer.kind in _NEEDS_RECOVERY and self._engine:
            return self._recovered(answer)
        return answer

    def _recovered(self, failure: Failure) -> Failure:
        """An engine that cannot recover is given up: nothing is known of its weights any more."""
        assert self._engine is not None
        try:
            self._engine.recover()
            return failure
        except BaseException as error:  # noqa: BLE001 - the thread boundary
            details = f"{failure.detail}\n{_details(error)}"
        self.close_engine()
        sentence = f"{failure.message.rstrip('.')}. Open the checkpoint again."
        return Failure(failure.kind, sentence, details, failure.subject)

    def _attempt(self, job: Job) -> Answer:
        try:
            job.token.raise_if_cancelled()
            return self._perform(job)
        except Cancelled:
            return Stopped()
        except LoraviewerError as error:
            return error.failure(_details(error))
        except BaseException as error:  # noqa: BLE001 - the thread boundary: the window must live on
            if is_out_of_memory(error):
                return Failure(FailureKind.MEMORY, _LACK_OF_MEMORY, _details(error))
            sentence = f"Something unexpected went wrong: {type(error).__name__}: {text_of(error)}"
            return Failure(FailureKind.INTERNAL, sentence, _details(error))

    def _perform(self, job: Job) -> Answer:
        if self._engine is None:
            self._engine = self._engine_factory()
        engine, work = self._engine, job.work
        if isinstance(work, RenderJob):
            return engine.render(work.request, job.token, lambda p: self._progress(job, p))
        if isinstance(work, LoadJob):
            tell = self._load_progress(job)
            return engine.load_checkpoint(work.path, job.token, tell, work.components)
        if isinstance(work, ReportJob):
            return engine.report(work.path, work.sha256, job.token)
        assert isinstance(work, VerifyJob)
        return Verified(engine.verify())

    def _load_progress(self, job: Job) -> LoadProgress:
        def tell(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
            self._progress(job, LoadStep(what, fraction, done_bytes, total_bytes))

        return tell

    def _progress(self, job: Job, step) -> None:
        self.progressed.emit(JobProgress(job, step))

    def _memory_bytes(self) -> int:
        try:
            return self._engine.memory_bytes() if self._engine else 0
        except Exception:  # noqa: BLE001 - a job ends, whatever its memory was
            return 0


def _details(error: BaseException) -> str:
    """The traceback for whoever asks; only where it was raised if the rest cannot be told."""
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001
        return "".join(traceback.format_tb(error.__traceback__))


_LACK_OF_MEMORY = "There is not enough memory for this; choose a smaller size or close programs."
_NEEDS_RECOVERY = frozenset({FailureKind.MEMORY, FailureKind.INTERNAL})


_PATIENCE_MS = 5_000
"""Longer than a denoising step or a weight of any file on a disk takes."""


class EngineLane(QObject):
    """The GUI side: submits work, cancels it, and closes the thread. GUI thread only."""

    progressed = Signal(object)  # JobProgress
    ended = Signal(object)  # JobEnded
    _doorbell = Signal()

    def __init__(self, engine_factory: EngineFactory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox: Mailbox[Job] = Mailbox()
        self._jobs = JobCounter()
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker = EngineWorker(engine_factory, self._mailbox)
        self._worker.moveToThread(self._thread)
        self._doorbell.connect(self._worker.wake)
        # Emitted by the ending thread itself, so the engine is closed where it was made.
        self._thread.finished.connect(self._worker.close_engine)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.ended.connect(self._on_ended)
        self._is_closed = False

    def start(self) -> None:
        self._thread.start()

    @property
    def running(self) -> Job | None:
        return self._worker.running

    def submit(self, work: Work, *, supersedes_running: bool = False) -> Job:
        """Put work on its seat, displacing what waited there.

        With `supersedes_running`, a job under way on the same seat is cancelled too.
        """
        job = self._jobs.job(work)
        if self._is_closed:
            job.token.cancel()
            return job
        displaced = self._mailbox.put(work.seat, job)
        if displaced is not None:
            displaced.token.cancel()
        running = self.running
        if supersedes_running and running is not None and running.work.seat == work.seat:
            running.token.cancel()
        self._doorbell.emit()
        return job

    def cancel_seat(self, seat: str) -> Job | None:
        """Stop what runs or waits on a seat; returns what only waited, which never ends."""
        waiting = self._mailbox.withdraw(seat)
        for job in (waiting, self.running):
            if job is not None and job.work.seat == seat:
                job.token.cancel()
        return waiting

    def cancel_all(self) -> None:
        for job in self._mailbox.clear():
            job.token.cancel()
        if (running := self.running) is not None:
            running.token.cancel()

    def close(self, patience_ms: int = _PATIENCE_MS) -> bool:
        """Cancel, empty the mailbox, end the thread. Whether it has ended after so long; if not,
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
