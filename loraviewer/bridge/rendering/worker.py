"""The one thread that touches torch: takes jobs, and answers every one of them."""

import contextlib
import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.rendering.jobs import (
    Answer,
    CellJob,
    CompileJob,
    ExperimentJob,
    Job,
    JobEnded,
    JobProgress,
    LoadJob,
    LoadStep,
    MeasureJob,
    MeasureStep,
    RenderJob,
    ReportJob,
    SpeedJob,
    Stopped,
    VerifyJob,
)
from loraviewer.core.cancel import Cancelled
from loraviewer.core.engine_port import EnginePort
from loraviewer.core.experiments.shots import Shot
from loraviewer.core.job_queue import JobQueue
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError, Progress, text_of
from loraviewer.core.pacing import NEARLY_DONE
from loraviewer.core.sentences import say

EngineFactory = Callable[[], EnginePort]
_LACK_OF_MEMORY = say(
    "There is not enough memory for this; choose a smaller size or close programs."
)
_NEEDS_RECOVERY = frozenset({FailureKind.MEMORY, FailureKind.INTERNAL})


class EngineWorker(QObject):
    """Lives in the engine thread. `wake` is a doorbell; the work lies in the queue.

    Failures leave as `Failure` values: an exception object would pin tensors by its traceback.
    Whatever happens, a job that was taken ends with an answer.
    """

    progressed = Signal(object)  # JobProgress
    ended = Signal(object)  # JobEnded

    def __init__(self, engine_factory: EngineFactory, queue: JobQueue[Job]) -> None:
        super().__init__()
        self._engine_factory = engine_factory
        self._queue = queue
        self._engine: EnginePort | None = None
        self._handlers: dict[type, Callable[[EnginePort, Job, Any], Answer]] = {
            LoadJob: self._load,
            RenderJob: self._render,
            CellJob: self._render,
            ExperimentJob: self._experiment,
            ReportJob: self._report,
            VerifyJob: self._verify,
            MeasureJob: self._measure,
            SpeedJob: self._speed,
            CompileJob: self._compile,
        }

    @Slot()
    def wake(self) -> None:
        while (job := self._queue.take()) is not None:
            answer = self._answer(job)
            self._queue.done()
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
            return self._recovered(answer, self._engine)
        return answer

    def _recovered(self, failure: Failure, engine: EnginePort) -> Failure:
        """An engine that cannot recover is given up: nothing is known of its weights any more."""
        try:
            engine.recover()
            return failure
        except BaseException as error:  # noqa: BLE001 - the thread boundary
            details = f"{failure.detail}\n{_details(error)}"
        self.close_engine()
        sentence = say("{why} Open the checkpoint again.", why=_ended(failure.message))
        return Failure(failure.kind, sentence, details, failure.subject)

    def _attempt(self, job: Job) -> Answer:
        try:
            job.token.raise_if_cancelled()
            if self._engine is None:
                self._engine = self._engine_factory()
            return self._handlers[type(job.work)](self._engine, job, job.work)
        except Cancelled:
            return Stopped()
        except LoraviewerError as error:
            return error.failure(_details(error))
        except BaseException as error:  # noqa: BLE001 - the thread boundary: the window must live on
            if is_out_of_memory(error):
                return Failure(FailureKind.MEMORY, _LACK_OF_MEMORY, _details(error))
            words = f"{type(error).__name__}: {text_of(error)}"
            sentence = say("Something unexpected went wrong: {error}", error=words)
            return Failure(FailureKind.INTERNAL, sentence, _details(error))

    def _load(self, engine: EnginePort, job: Job, work: LoadJob) -> Answer:
        def tell(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
            self._tell(job, LoadStep(what, fraction, done_bytes, total_bytes))

        ways = work.components, work.manner, work.packing
        return engine.load_checkpoint(work.path, job.token, tell, *ways)

    def _render(self, engine: EnginePort, job: Job, work: RenderJob | CellJob) -> Answer:
        is_anew = isinstance(work, RenderJob) and work.is_anew
        make = engine.render_anew if is_anew else engine.render
        return make(work.request, job.token, lambda step: self._tell(job, step))

    def _experiment(self, engine: EnginePort, job: Job, work: ExperimentJob) -> Answer:
        wanted, tell = work.wanted, _OnceNearlyDone(job, self._tell)
        if not isinstance(wanted, Shot):
            return engine.measure_pictures(wanted, job.token)
        if wanted.disturbance is not None:
            return engine.render_disturbed(wanted.request, wanted.disturbance, job.token, tell)
        make = engine.render_anew if wanted.visit else engine.render
        return make(wanted.request, job.token, tell)

    def _report(self, engine: EnginePort, job: Job, work: ReportJob) -> Answer:
        return engine.report(work.path, work.sha256, job.token)

    def _verify(self, engine: EnginePort, job: Job, work: VerifyJob) -> Answer:
        return engine.verify(job.token, work.adapters, work.rule)

    def _measure(self, engine: EnginePort, job: Job, work: MeasureJob) -> Answer:
        def tell(fraction: float) -> None:
            self._tell(job, MeasureStep(fraction))

        return engine.measure(work.wanted, job.token, tell)

    def _speed(self, engine: EnginePort, job: Job, _: SpeedJob) -> Answer:
        return engine.precision_speed(job.token)

    def _compile(self, engine: EnginePort, job: Job, _: CompileJob) -> Answer:
        return engine.advance_compiling(job.token)

    def _tell(self, job: Job, step: Progress | LoadStep | MeasureStep) -> None:
        self.progressed.emit(JobProgress(job, step))

    def _memory_bytes(self) -> int:
        try:
            return self._engine.memory_bytes() if self._engine else 0
        except BaseException:  # noqa: BLE001 - a job ends, whatever its memory was
            return 0


class _OnceNearlyDone:
    """Of a picture that nobody watches only that may be known; no thread is woken for more."""

    def __init__(self, job: Job, tell: Callable[[Job, Progress], None]) -> None:
        self._job, self._tell = job, tell
        self._is_told = False

    def __call__(self, step: Progress) -> None:
        if not self._is_told and step.steps and step.step >= NEARLY_DONE * step.steps:
            self._is_told = True
            self._tell(self._job, Progress(step.step, step.steps))


def _ended(sentence: str) -> str:
    """With a point at its end, as one that another follows."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _details(error: BaseException) -> str:
    """The traceback for whoever asks; only where it was raised if the rest cannot be told."""
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001
        return "".join(traceback.format_tb(error.__traceback__))
