"""The studio without its window: models, jobs and their outcomes. GUI thread only."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.adapter_book import AdapterBook
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.jobs import (
    Answer,
    Job,
    JobEnded,
    JobProgress,
    LoadJob,
    LoadStep,
    RenderJob,
    ReportJob,
    Verified,
    VerifyJob,
)
from loraviewer.bridge.pane_board import PANE_IDS, PaneBoard
from loraviewer.bridge.prompt_model import PromptModel
from loraviewer.bridge.render_scheduler import RenderScheduler
from loraviewer.bridge.services import DemoAdapter, Services
from loraviewer.bridge.stack_model import StackModel
from loraviewer.bridge.status import StudioStatus
from loraviewer.bridge.worker import EngineLane
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.pane import PaneId, PaneState
from loraviewer.core.reports import AdapterReport, AdapterSummary, CheckpointInfo
from loraviewer.core.request import Sampling
from loraviewer.core.settings import Settings
from loraviewer.core.stack import AdapterStack, StackEntry, new_entry_id


class StudioController(QObject):
    """Owns the models and keeps panes, reports and status in step with them."""

    pane_changed = Signal(object)  # PaneState
    checkpoint_changed = Signal(object)  # CheckpointInfo
    checkpoint_loading = Signal(str, float)  # what, fraction 0 … 1
    checkpoint_failed = Signal(object)  # Failure
    summary_changed = Signal(str, object)  # sha256, AdapterSummary
    report_changed = Signal(str, object)  # sha256, AdapterReport | Failure
    notice = Signal(object)  # Failure that belongs to no other place
    status_changed = Signal(object)  # StudioStatus
    live_changed = Signal(bool)
    recent_changed = Signal(object)  # tuple[str, ...]
    settings_changed = Signal(object)  # Settings
    verified = Signal(object)  # tuple[str, ...] of differing weights

    def __init__(
        self,
        lane: EngineLane,
        services: Services,
        settings: Settings | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings or Settings()
        self._services = services
        self._lane = lane
        self.undo_stack = QUndoStack(self)
        self.stack = StackModel(self.undo_stack, self)
        self.prompt = PromptModel(self.undo_stack, self)
        self._book = AdapterBook(lane, self)
        self._board = PaneBoard(self)
        self._scheduler = RenderScheduler(
            lane, self._board, self._settings.draft_steps, parent=self
        )
        self._tasks = BackgroundTasks(self)
        self._status = StudioStatus()
        self._newest_load: Job | None = None
        self._is_current_awaited = False
        self._connect()

    def _connect(self) -> None:
        self._board.pane_changed.connect(self.pane_changed)
        self._book.summary_changed.connect(self.summary_changed)
        self._book.report_changed.connect(self.report_changed)
        self.stack.stack_changed.connect(self._on_stack_changed)
        self.stack.drag_changed.connect(self._on_drag_changed)
        self.prompt.sampling_changed.connect(self._on_sampling_changed)
        self._lane.progressed.connect(self._on_progressed)
        self._lane.ended.connect(self._on_ended)

    # What the window reads.

    @property
    def is_live(self) -> bool:
        return self._settings.is_live

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def status(self) -> StudioStatus:
        return self._status

    def pane(self, pane_id: PaneId) -> PaneState:
        return self._board.pane(pane_id)

    def checkpoint(self) -> CheckpointInfo | None:
        return self._scheduler.checkpoint

    def recent(self) -> tuple[str, ...]:
        return self._settings.recent_checkpoints

    def summary(self, sha256: str) -> AdapterSummary | None:
        return self._book.summary(sha256)

    def report(self, sha256: str) -> AdapterReport | Failure | None:
        return self._book.report(sha256)

    def demo_checkpoint(self) -> str:
        return self._services.demo_checkpoint

    def demo_adapters(self) -> tuple[DemoAdapter, ...]:
        return self._services.demo_adapters

    # What the window commands.

    def start(self) -> None:
        """Start the engine thread; work submitted before waits for it."""
        self._lane.start()

    def open_checkpoint(self, path: str) -> None:
        """Load another base; the one that is there stays until the new one is."""
        self._scheduler.stop()
        self._newest_load = self._lane.submit(LoadJob(path), supersedes_running=True)
        self._set_status(activity=self.tr("loading"))

    def add_adapters(self, paths: Sequence[str]) -> None:
        """Read headers and hashes in the background, then add a row for each."""
        for path in paths:
            self.add_adapter(path)

    def add_adapter(self, path: str, *, scale: float = 1.0) -> None:
        def receive(summary: AdapterSummary | Failure) -> None:
            if isinstance(summary, Failure):
                self.notice.emit(summary)
                return
            self._book.learn_summary(summary)
            self.stack.add(_entry(summary, scale))

        self._tasks.run(lambda: self._services.summarise(Path(path)), receive)

    def start_with(self, rows: Sequence[tuple[str, float, bool]]) -> None:
        """Fill the stack with (path, scale, is_enabled) rows, without an undo step."""

        def summarise() -> list[AdapterSummary]:
            return [self._services.summarise(Path(path)) for path, _, _ in rows]

        def receive(summaries: list[AdapterSummary] | Failure) -> None:
            if isinstance(summaries, Failure):
                self.notice.emit(summaries)
                return
            for summary in summaries:
                self._book.learn_summary(summary)
            pairs = zip(summaries, rows, strict=True)
            entries = tuple(_entry(s, scale, is_on) for s, (_, scale, is_on) in pairs)
            self.stack.reset(AdapterStack(entries=entries))

        self._tasks.run(summarise, receive)

    def render(self) -> None:
        """Settled pictures of both panes, now."""
        for pane_id in PANE_IDS:
            self._want(pane_id, at_once=True)

    def stop(self) -> None:
        """Cancel loading and rendering; pictures and weights stay as they are."""
        self._scheduler.stop()
        self._lane.cancel_seat("checkpoint")
        self._set_status(activity=self.tr("stopped"))

    def set_live(self, on: bool) -> None:
        if on == self.is_live:
            return
        self.change_settings(is_live=on)
        self.live_changed.emit(on)
        if on:
            self.render()

    def change_settings(self, **fields: object) -> None:
        """New values for some settings; `settings_changed` tells whoever saves them."""
        self._settings = msgspec.structs.replace(self._settings, **fields)
        self.settings_changed.emit(self._settings)

    def save_picture(self, pane_id: PaneId, path: str) -> None:
        """Write the shown picture with its full request inside."""
        rendered = self.pane(pane_id).shown
        if rendered is None:
            return

        def receive(failure: Failure | None) -> None:
            if failure is not None:
                self.notice.emit(failure)

        self._tasks.run(lambda: self._services.save_png(Path(path), rendered), receive)

    def verify(self) -> None:
        """Compare every live weight with what the stack must give; answers with `verified`."""
        self._lane.submit(VerifyJob())

    def close(self) -> None:
        """Stop everything and end the threads; nothing is emitted afterwards."""
        self._scheduler.stop()
        self._tasks.close()
        self._lane.close()

    # Reactions.

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        self._board.change("current", stack=stack)
        self._mark_outdated("current")
        if self.checkpoint() is not None:
            self._book.request_missing(stack)
        if self.is_live:
            self._want("current", is_draft=self.stack.is_dragging)

    @Slot(bool)
    def _on_drag_changed(self, is_dragging: bool) -> None:
        if not is_dragging and self.is_live:
            self._want("current")

    @Slot(object)
    def _on_sampling_changed(self, _: Sampling) -> None:
        for pane_id in PANE_IDS:
            self._mark_outdated(pane_id)
            if self.is_live:
                self._want(pane_id)

    @Slot(object)
    def _on_progressed(self, progress: JobProgress) -> None:
        if isinstance(progress.step, LoadStep):
            self.checkpoint_loading.emit(progress.step.what, progress.step.fraction)
            return
        self._scheduler.on_progressed(progress)
        self._set_status(activity=self._activity())

    @Slot(object)
    def _on_ended(self, ended: JobEnded) -> None:
        work, answer = ended.job.work, ended.answer
        if isinstance(work, LoadJob):
            self._on_load_ended(ended.job, answer)
        elif isinstance(work, ReportJob):
            self._on_report_ended(work.sha256, answer)
        elif isinstance(work, RenderJob):
            self._scheduler.on_ended(ended)
            self._on_render_ended(answer)
        elif isinstance(answer, Verified):
            self.verified.emit(answer.differing)
        elif isinstance(answer, Failure):
            self.notice.emit(answer)
        self._set_status(memory_bytes=ended.memory_bytes, activity=self._activity())

    def _on_load_ended(self, job: Job, answer: Answer) -> None:
        if isinstance(answer, CheckpointInfo):
            self._use_checkpoint(answer)
        elif job is self._newest_load:
            words = self.tr("Loading was stopped; the base that was there stays.")
            stopped = Failure(FailureKind.CHECKPOINT, words)
            self.checkpoint_failed.emit(answer if isinstance(answer, Failure) else stopped)

    def _use_checkpoint(self, info: CheckpointInfo) -> None:
        self._scheduler.use_checkpoint(info)
        self._set_status(device=info.device, dtype=info.dtype)
        self._remember(info.path)
        self._book.forget_reports()
        self.checkpoint_changed.emit(info)
        self._book.request_missing(self.stack.stack)
        self.prompt.reset(_fitted(self.prompt.sampling, info))
        self.render()

    def _on_report_ended(self, sha256: str, answer: Answer) -> None:
        if isinstance(answer, AdapterReport | Failure):
            self._book.learn_report(sha256, answer)
        else:
            self._book.abandon(sha256)
        if isinstance(answer, Failure):
            self.stack.switch_off_quietly(sha256)
        if self._is_current_awaited and not self._book.is_waiting:
            self._want("current")

    def _on_render_ended(self, answer: Answer) -> None:
        if isinstance(answer, Rendered) and not answer.is_from_cache:
            timings = answer.timings
            self._set_status(merge_ms=timings.merge_ms, denoise_ms=timings.denoise_ms)
        if isinstance(answer, Failure) and answer.subject:
            self._on_report_ended(answer.subject, answer)

    def _want(self, pane_id: PaneId, *, is_draft: bool = False, at_once: bool = False) -> None:
        stack = AdapterStack()
        if pane_id == "current":
            # A misfit is switched off by its report; rendering before would fail the whole stack.
            self._is_current_awaited = self._book.is_waiting
            if self._book.is_waiting:
                return
            stack = self.stack.stack
        self._scheduler.want(
            pane_id, stack, self.prompt.sampling, is_draft=is_draft, at_once=at_once
        )

    def _mark_outdated(self, pane_id: PaneId) -> None:
        state = self.pane(pane_id)
        if state.shown is None:
            return
        applied = self.stack.stack.applied() if pane_id == "current" else ()
        shown = state.shown.request
        is_same = shown.adapters == applied and shown.sampling == self.prompt.sampling
        self._board.change(pane_id, is_outdated=not is_same)

    def _remember(self, path: str) -> None:
        if path != self._services.demo_checkpoint:
            recent = self._settings.with_recent(path).recent_checkpoints
            self.change_settings(recent_checkpoints=recent)
            self.recent_changed.emit(recent)

    def _activity(self) -> str:
        is_busy = any(self.pane(pane_id).is_busy for pane_id in PANE_IDS)
        return self.tr("rendering") if is_busy else self.tr("idle")

    def _set_status(self, **fields: object) -> None:
        status = msgspec.structs.replace(self._status, **fields)
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)


def _entry(summary: AdapterSummary, scale: float, is_enabled: bool = True) -> StackEntry:
    return StackEntry(
        entry_id=new_entry_id(),
        name=summary.name,
        path=summary.path,
        sha256=summary.sha256,
        scale=scale,
        is_enabled=is_enabled,
    )


def _fitted(sampling: Sampling, info: CheckpointInfo) -> Sampling:
    """The same wishes with the size, steps and guidance the checkpoint was made for."""
    return msgspec.structs.replace(
        sampling,
        width=info.default_width,
        height=info.default_height,
        steps=info.default_steps,
        guidance_scale=info.default_guidance_scale,
    )
