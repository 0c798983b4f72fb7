"""What the engine says, to the model that it concerns."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.compile_model import CompileModel
from loraviewer.bridge.experiments.experiment_lane import ExperimentLane
from loraviewer.bridge.precision_model import PrecisionModel
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import (
    Answer,
    CellJob,
    CompileJob,
    ExperimentJob,
    JobEnded,
    JobProgress,
    LoadJob,
    LoadStep,
    MeasureJob,
    MeasureStep,
    RenderJob,
    ReportJob,
    SpeedJob,
    VerifyJob,
)
from loraviewer.bridge.rendering.render_scheduler import RenderScheduler
from loraviewer.bridge.status_model import StatusModel
from loraviewer.bridge.weight_checks import WeightChecks
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.reports import AdapterReport

_OF_THE_FILE = frozenset({FailureKind.ADAPTER, FailureKind.FILE})
"""Failures that say something of an adapter whatever its strength."""


class JobRouter(QObject):
    """GUI thread only."""

    notice = Signal(object)  # Failure that belongs to no other place

    def __init__(
        self,
        engine: Engine,
        base: BaseModel,
        adapters: AdapterModel,
        checks: WeightChecks,
        status: StatusModel,
        scheduler: RenderScheduler,
        cells: CellQueue,
        weights: WeightsDesk,
        experiments: ExperimentLane,
        precision: PrecisionModel,
        compiling: CompileModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._base = base
        self._adapters = adapters
        self._checks = checks
        self._status = status
        self._scheduler = scheduler
        self._cells = cells
        self._weights = weights
        self._experiments = experiments
        self._precision = precision
        self._compiling = compiling
        self._enders: dict[type, Callable[[JobEnded, Any], None]] = {
            LoadJob: self._end_load,
            RenderJob: self._end_render,
            CellJob: self._end_cell,
            ExperimentJob: self._end_experiment,
            ReportJob: self._end_report,
            VerifyJob: self._end_verify,
            MeasureJob: self._end_measure,
            SpeedJob: self._end_speed,
            CompileJob: self._end_compile,
        }
        engine.tell(self._on_progressed, self._on_ended)

    @Slot(object)
    def _on_progressed(self, progress: JobProgress) -> None:
        if isinstance(progress.step, LoadStep):
            self._base.on_progressed(progress.job, progress.step)
            return
        if isinstance(progress.step, MeasureStep):
            return  # its parts tell how far it is
        if isinstance(progress.job.work, CellJob):
            self._cells.on_progressed(progress)
            return
        if isinstance(progress.job.work, ExperimentJob):
            self._experiments.on_progressed(progress)
            return
        if progress.step.memory is not None:
            self._status.change(memory=progress.step.memory)
        self._scheduler.on_progressed(progress)

    @Slot(object)
    def _on_ended(self, ended: JobEnded) -> None:
        self._status.change(memory_bytes=ended.memory_bytes)
        self._enders[type(ended.job.work)](ended, ended.job.work)

    def _end_load(self, ended: JobEnded, _: LoadJob) -> None:
        self._base.on_ended(ended)

    def _end_render(self, ended: JobEnded, work: RenderJob) -> None:
        answer = ended.answer
        if isinstance(answer, Rendered):
            self._status.change(memory=answer.memory)
        self._scheduler.on_ended(ended)
        if isinstance(answer, Failure) and self._is_of_adapter(answer, work):
            self._adapters.learn_report(answer.subject, answer)

    def _end_cell(self, ended: JobEnded, _: CellJob) -> None:
        self._cells.on_ended(ended)

    def _end_experiment(self, ended: JobEnded, _: ExperimentJob) -> None:
        self._experiments.on_ended(ended)

    def _is_of_adapter(self, failure: Failure, work: RenderJob) -> bool:
        """Whether it says something of an adapter on the base that is loaded now."""
        is_of_this_base = work.request.checkpoint.identity == self._adapters.base_identity
        return is_of_this_base and bool(failure.subject) and failure.kind in _OF_THE_FILE

    def _end_report(self, ended: JobEnded, work: ReportJob) -> None:
        answer: Answer = ended.answer
        if isinstance(answer, AdapterReport | Failure):
            self._adapters.learn_report(work.sha256, answer)
        else:
            self._adapters.abandon(work.sha256)

    def _end_verify(self, ended: JobEnded, _: VerifyJob) -> None:
        self._checks.on_ended(ended.answer)
        if isinstance(ended.answer, Failure):
            self.notice.emit(ended.answer)

    def _end_measure(self, ended: JobEnded, work: MeasureJob) -> None:
        self._weights.on_ended(ended, work)

    def _end_speed(self, ended: JobEnded, _: SpeedJob) -> None:
        self._precision.on_ended(ended.answer)

    def _end_compile(self, ended: JobEnded, _: CompileJob) -> None:
        self._compiling.on_ended(ended.answer)
