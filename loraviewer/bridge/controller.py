"""The studio without its window: models, jobs and their outcomes. GUI thread only."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.adapter_intake import AdapterIntake
from loraviewer.bridge.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_choices import BaseChoices
from loraviewer.bridge.drops import Dropped, read_drop
from loraviewer.bridge.jobs import (
    Answer,
    Job,
    JobEnded,
    JobProgress,
    LoadJob,
    LoadStep,
    RenderJob,
    ReportJob,
    Stopped,
    Verified,
    VerifyJob,
)
from loraviewer.bridge.misfit_switch import MisfitSwitch
from loraviewer.bridge.pane_model import PANE_IDS, PaneModel
from loraviewer.bridge.preview_images import PreviewImages
from loraviewer.bridge.prompt_model import PromptModel
from loraviewer.bridge.render_scheduler import RenderScheduler
from loraviewer.bridge.services import DemoAdapter, Services
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.stack_model import StackModel
from loraviewer.bridge.status import StudioStatus
from loraviewer.bridge.worker import EngineLane
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.pane import PaneId, PaneState
from loraviewer.core.reports import AdapterReport, CheckpointInfo
from loraviewer.core.request import Sampling
from loraviewer.core.settings import Settings
from loraviewer.core.stack import AdapterStack

MANY_ADAPTERS = 12
"""A dropped folder with more adapters than this is asked about before they are all added."""


class StudioController(QObject):
    """Owns the models and keeps panes, reports and status in step with them."""

    pane_changed = Signal(object)  # PaneState
    checkpoint_changed = Signal(object)  # CheckpointInfo
    checkpoint_loading = Signal(object)  # LoadStep
    checkpoint_failed = Signal(object)  # Failure
    adapter_changed = Signal(str)  # sha256 of an adapter of which something else is known now
    many_dropped = Signal(object)  # Dropped: a folder of many adapters, to be asked about
    notice = Signal(object)  # Failure that belongs to no other place
    status_changed = Signal(object)  # StudioStatus
    live_changed = Signal(bool)
    settings_changed = Signal(object)  # Settings
    verified = Signal(object)  # tuple[str, ...] of differing weights
    verify_failed = Signal()  # the notice says why

    def __init__(
        self,
        lane: EngineLane,
        services: Services,
        settings: Settings | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = SettingsModel(settings or Settings(), self)
        self._services = services
        self._lane = lane
        self.undo_stack = QUndoStack(self)
        self.stack = StackModel(self.undo_stack, self)
        self.prompt = PromptModel(self.undo_stack, self)
        self._adapters = AdapterModel(lane, self._settings, self)
        self._misfits = MisfitSwitch(self.stack, self._adapters, self)
        self._panes = PaneModel(self)
        self._scheduler = RenderScheduler(lane, self._panes, self.settings.draft_steps, parent=self)
        self._tasks = BackgroundTasks(self)
        # Hashing a folder of adapters must not hold up saving a picture.
        self._hashing = BackgroundTasks(self)
        self._has_ended: bool | None = None
        self._intake = AdapterIntake(
            services.summarise, self._hashing, self._adapters, self.stack, self
        )
        self.bases = BaseChoices(self._settings, self._tasks, services.demo_checkpoint, self)
        self.previews = PreviewImages(self._tasks, self)
        self._status = StudioStatus()
        self._newest_load: Job | None = None
        self._is_current_awaited = False
        self._connect()

    def _connect(self) -> None:
        self._panes.pane_changed.connect(self.pane_changed)
        self._settings.changed.connect(self.settings_changed)
        self._adapters.adapter_changed.connect(self._on_adapter_changed)
        self._intake.reading_changed.connect(self._on_reading_changed)
        self._intake.notice.connect(self.notice)
        # Once a step is done and told, never while the stack is still being announced.
        self.undo_stack.indexChanged.connect(self._misfits.review)
        self.stack.stack_changed.connect(self._on_stack_changed)
        self.stack.drag_changed.connect(self._on_drag_changed)
        self.prompt.sampling_changed.connect(self._on_sampling_changed)
        self._lane.progressed.connect(self._on_progressed)
        self._lane.ended.connect(self._on_ended)

    # What the window reads.

    @property
    def is_live(self) -> bool:
        return self.settings.is_live

    @property
    def settings(self) -> Settings:
        return self._settings.settings

    @property
    def status(self) -> StudioStatus:
        return self._status

    def pane(self, pane_id: PaneId) -> PaneState:
        return self._panes.pane(pane_id)

    def checkpoint(self) -> CheckpointInfo | None:
        return self._scheduler.checkpoint

    def facts(self, sha256: str) -> AdapterFacts:
        """What is known of an adapter, and how it stands to the loaded base."""
        return self._adapters.facts(sha256)

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
        job = LoadJob(path, self.settings.components_folder)
        self._newest_load = self._lane.submit(job, supersedes_running=True)
        self.checkpoint_loading.emit(LoadStep(Path(path).name, 0.0))
        self._set_status(activity=self.tr("loading"))

    def add_adapters(self, paths: Sequence[str]) -> None:
        """Read headers and hashes in the background, then add a row for each, in one step."""
        self._intake.add(paths)

    def start_with(self, rows: Sequence[tuple[str, float, bool]]) -> None:
        """Fill the stack with (path, scale, is_enabled) rows, without an undo step."""
        self._intake.start_with(rows)

    def open_dropped(self, paths: Sequence[str], *, is_on_base: bool = False) -> None:
        """Find out in the background what dropped paths are, then open the base, add adapters."""

        def read() -> Dropped:
            return read_drop(paths, is_on_base, self._services.is_checkpoint)

        self._tasks.run(read, self._on_drop_read)

    def set_family(self, sha256: str, family: str) -> None:
        """What a person says an adapter was made for; "" goes back to what its file tells."""
        self._settings.install(self.settings.with_family(sha256, family))

    def render(self) -> None:
        """Settled pictures of both panes, now."""
        for pane_id in PANE_IDS:
            self._want(pane_id, at_once=True)

    def stop(self) -> None:
        """Cancel loading and rendering; pictures and weights stay as they are."""
        self._scheduler.stop()
        self._intake.stop()
        self.cancel_loading()
        self._set_status(activity=self.tr("stopped"))

    def cancel_loading(self) -> None:
        """Stop loading a base; the one that is there stays, and `checkpoint_failed` says so."""
        waiting = self._lane.cancel_seat("checkpoint")
        if waiting is not None:
            self._on_load_ended(waiting, Stopped())

    def set_live(self, on: bool) -> None:
        if on == self.is_live:
            return
        self.change_settings(is_live=on)
        self.live_changed.emit(on)
        if on:
            self.render()

    def change_settings(self, **fields: object) -> None:
        """New values for some settings; `settings_changed` tells whoever saves them."""
        self._settings.change(**fields)

    def save_picture(self, pane_id: PaneId, path: str) -> None:
        """Write the shown picture with its full request inside; says so where it is a draft."""
        rendered = self.pane(pane_id).shown
        if rendered is None:
            return
        is_draft = rendered.request.is_draft

        def receive(failure: Failure | None) -> None:
            if failure is None and is_draft:
                words = self.tr("{} is a draft; save it again once the fader is let go.")
                failure = Failure(FailureKind.FILE, words.format(Path(path).name))
            if failure is not None:
                self.notice.emit(failure)

        self._tasks.run(lambda: self._services.save_png(Path(path), rendered), receive)

    def look_again(self) -> None:
        """Files may have come back while the person was elsewhere: what was said of them would be
        untrue."""
        is_asking = self.checkpoint() is not None and self._adapters.request_failed(
            self.stack.stack
        )
        if is_asking and self.is_live and self.pane("current").failure is not None:
            self._want("current")

    def verify(self) -> None:
        """Compare every live weight with what the stack must give; answers with `verified`."""
        self._lane.submit(VerifyJob())

    def close(self) -> bool:
        """Stop everything and end the threads; nothing is emitted afterwards. Whether all of them
        have ended: if not, only the end of the process ends them."""
        if self._has_ended is not None:
            return self._has_ended
        # Its destructor tells of a last change, when who listens may be gone already.
        self.undo_stack.blockSignals(True)
        self._scheduler.stop()
        self._intake.stop()
        have_ended = [part.close() for part in (self._lane, self._tasks, self._hashing)]
        self._has_ended = all(have_ended)
        return self._has_ended

    # Reactions.

    def _on_drop_read(self, dropped: Dropped | Failure) -> None:
        if isinstance(dropped, Failure):
            self.notice.emit(dropped)
            return
        if dropped.checkpoint:
            self.open_checkpoint(dropped.checkpoint)
        if dropped.collection and len(dropped.adapters) > MANY_ADAPTERS:
            self.many_dropped.emit(dropped)
        else:
            self.add_adapters(dropped.adapters)
        if not dropped:
            words = self.tr("Nothing there can be opened; drop .safetensors files or folders.")
            self.notice.emit(Failure(FailureKind.FILE, words))

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        self.adapter_changed.emit(sha256)
        self._misfits.review()

    @Slot(int, int)
    def _on_reading_changed(self, done: int, total: int) -> None:
        words = self.tr("reading {done} of {total} files").format(done=done, total=total)
        self._set_status(activity=words if total else self._activity())

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        self._panes.change("current", stack=stack)
        self._mark_outdated("current")
        if self.checkpoint() is not None:
            self._adapters.request_missing(stack)
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
            self.checkpoint_loading.emit(progress.step)
            return
        if progress.step.memory is not None:
            self._set_status(memory=progress.step.memory)
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
            self._on_render_ended(work, answer)
        elif isinstance(answer, Verified):
            self.verified.emit(answer.differing)
        elif isinstance(answer, Failure):
            self.notice.emit(answer)
        if isinstance(work, VerifyJob) and not isinstance(answer, Verified):
            self.verify_failed.emit()
        self._set_status(memory_bytes=ended.memory_bytes, activity=self._activity())

    def _on_load_ended(self, job: Job, answer: Answer) -> None:
        if isinstance(answer, CheckpointInfo):
            self._use_checkpoint(answer)
        elif job is self._newest_load:
            self.checkpoint_failed.emit(self._load_sentence(answer))
            if self.is_live:
                self.render()  # what loading interrupted; answered pictures are left alone

    def _load_sentence(self, answer: Answer) -> Failure:
        """A failed or stopped load, with what is the base now."""
        info = self.checkpoint()
        stays = self.tr("{} stays the base.").format(info.name) if info else ""
        if isinstance(answer, Failure):
            return msgspec.structs.replace(answer, message=f"{answer.message} {stays}".strip())
        words = self.tr("Loading was stopped.")
        return Failure(FailureKind.CHECKPOINT, f"{words} {stays}".strip())

    def _use_checkpoint(self, info: CheckpointInfo) -> None:
        self._scheduler.use_checkpoint(info)
        self._set_status(device=info.device, dtype=info.dtype, memory=None)
        self.bases.remember(info)
        self._misfits.use_base()
        self._adapters.use_base(info.family)
        self.checkpoint_changed.emit(info)
        self._adapters.request_missing(self.stack.stack)
        self.prompt.reset(_fitted(self.prompt.sampling, info))
        self.render()

    def _on_report_ended(self, sha256: str, answer: Answer) -> None:
        if isinstance(answer, AdapterReport | Failure):
            self._adapters.learn_report(sha256, answer)
        else:
            self._adapters.abandon(sha256)
        if self._is_current_awaited and not self._adapters.is_waiting:
            self._want("current")

    def _on_render_ended(self, job: RenderJob, answer: Answer) -> None:
        if isinstance(answer, Rendered) and job.pane_id == "current":
            self._set_status(memory=answer.memory)
        if isinstance(answer, Rendered) and not answer.is_from_cache:
            timings = answer.timings
            self._set_status(merge_ms=timings.merge_ms, denoise_ms=timings.denoise_ms)
        if isinstance(answer, Failure) and answer.subject:
            self._on_report_ended(answer.subject, answer)

    def _want(self, pane_id: PaneId, *, is_draft: bool = False, at_once: bool = False) -> None:
        stack, held = AdapterStack(), ""
        if pane_id == "current":
            # A misfit is switched off by its report; rendering before would fail the whole stack.
            self._is_current_awaited = self._adapters.is_waiting
            if self._adapters.is_waiting:
                return
            stack, held = self.stack.stack, self.stack.held_adapter
        self._scheduler.want(
            pane_id, stack, self.prompt.sampling, is_draft=is_draft, held=held, at_once=at_once
        )

    def _mark_outdated(self, pane_id: PaneId) -> None:
        state = self.pane(pane_id)
        if state.shown is None:
            return
        applied = self.stack.stack.applied() if pane_id == "current" else ()
        shown = state.shown.request
        is_same = shown.adapters == applied and shown.sampling == self.prompt.sampling
        self._panes.change(pane_id, is_outdated=not is_same)

    def _activity(self) -> str:
        is_busy = any(self.pane(pane_id).is_busy for pane_id in PANE_IDS)
        return self.tr("rendering") if is_busy else self.tr("idle")

    def _set_status(self, **fields: object) -> None:
        status = msgspec.structs.replace(self._status, **fields)
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)


def _fitted(sampling: Sampling, info: CheckpointInfo) -> Sampling:
    """The same wishes with the size, steps and guidance the checkpoint was made for, and a sampler
    that it can use."""
    is_offered = sampling.sampler in info.samplers
    return msgspec.structs.replace(
        sampling,
        width=info.default_width,
        height=info.default_height,
        steps=info.default_steps,
        guidance_scale=info.default_guidance_scale,
        sampler=sampling.sampler if is_offered else info.default_sampler,
    )
