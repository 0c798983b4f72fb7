"""Which picture to render when: drafts while a fader is held, settled pictures otherwise."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from loraviewer.bridge.jobs import Job, JobEnded, JobProgress, RenderJob
from loraviewer.bridge.pane_model import PANE_IDS, PaneModel
from loraviewer.bridge.worker import EngineLane
from loraviewer.core.drafts import draft_of
from loraviewer.core.outcome import Failure, Progress, Rendered
from loraviewer.core.pacing import lets_finish, running_average_s, shows_previews, start_delay_s
from loraviewer.core.pane import PaneId
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack


class RenderScheduler(QObject):
    """Turns wishes (a pane, a stack, a sampling) into jobs, and outcomes into pane states.

    The newest wish of a pane wins. A job it supersedes may still finish when `core.pacing` lets
    it; what it then shows is marked outdated. GUI thread only.
    """

    def __init__(
        self,
        lane: EngineLane,
        panes: PaneModel,
        draft_steps: int,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._lane = lane
        self._panes = panes
        self._draft_steps = draft_steps
        self._clock = clock
        self._checkpoint: CheckpointInfo | None = None
        self._wanted: dict[PaneId, RenderJob] = {}
        self._newest: dict[PaneId, Job] = {}
        self._settled: dict[PaneId, GenerationRequest] = {}
        """Of the settled picture that each pane showed last."""
        self._shown_at: dict[PaneId, float] = {}
        self._first_edit_at: float | None = None
        self._average_s: float | None = None
        self._average_step_s: float | None = None
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.timeout.connect(self._start_wanted)

    @property
    def checkpoint(self) -> CheckpointInfo | None:
        return self._checkpoint

    def use_checkpoint(self, info: CheckpointInfo | None) -> None:
        """Render with this checkpoint from now on; None while there is none."""
        self._checkpoint = info
        self._settled.clear()

    def want(
        self,
        pane_id: PaneId,
        stack: AdapterStack,
        sampling: Sampling,
        *,
        is_draft: bool = False,
        held: str = "",
        at_once: bool = False,
    ) -> None:
        """Ask for a picture; waits for the edits to pause where generations are slow.

        held: sha256 of the adapter whose fader is held; only drafts know it.
        """
        if self._checkpoint is None:
            return
        request = _settled_request(self._checkpoint, stack, sampling)
        if is_draft:
            request = draft_of(request, self._settled.get(pane_id), self._draft_steps, held)
        if self._is_answered(pane_id, request):
            return
        self._wanted[pane_id] = RenderJob(pane_id, request, stack)
        now = self._clock()
        self._first_edit_at = now if self._first_edit_at is None else self._first_edit_at
        delay_s = 0.0 if at_once else start_delay_s(self._average_s, now - self._first_edit_at)
        if delay_s > 0.0:
            self._delay.start(round(delay_s * 1000))
        else:
            self._delay.stop()
            self._start_wanted()

    def stop(self) -> None:
        """Cancel everything that runs or waits; panes keep their last pictures."""
        self._delay.stop()
        self._wanted.clear()
        self._first_edit_at = None
        for pane_id in PANE_IDS:
            self._lane.cancel_seat(f"pane:{pane_id}")
            self._newest.pop(pane_id, None)
            self._panes.settle_idle(pane_id)

    def on_progressed(self, progress: JobProgress) -> None:
        work, step = progress.job.work, progress.step
        if not isinstance(work, RenderJob) or not isinstance(step, Progress):
            return
        if self._newest.get(work.pane_id) is None:
            return
        fields = {"is_busy": True, "step": step.step, "steps": step.steps}
        if step.preview is not None and shows_previews(step.steps, self._average_step_s):
            fields["preview"] = step.preview
        self._panes.change(work.pane_id, **fields)

    def on_ended(self, ended: JobEnded) -> None:
        work = ended.job.work
        if not isinstance(work, RenderJob) or self._newest.get(work.pane_id) is None:
            return
        is_newest = self._newest[work.pane_id].job_id == ended.job.job_id
        if isinstance(ended.answer, Rendered):
            self._show(work, ended.answer, is_newest)
        elif is_newest:
            failure = ended.answer if isinstance(ended.answer, Failure) else None
            self._panes.settle_idle(work.pane_id, failure=failure)
        if is_newest:
            del self._newest[work.pane_id]

    @Slot()
    def _start_wanted(self) -> None:
        wanted, self._wanted = self._wanted, {}
        self._first_edit_at = None
        for pane_id in PANE_IDS:
            if pane_id in wanted:
                self._submit(wanted[pane_id])

    def _submit(self, work: RenderJob) -> None:
        supersedes = not self._lets_running_finish(work.pane_id)
        self._newest[work.pane_id] = self._lane.submit(work, supersedes_running=supersedes)
        steps = work.request.steps_run
        self._panes.change(work.pane_id, is_busy=True, is_outdated=True, failure=None, steps=steps)

    def _lets_running_finish(self, pane_id: PaneId) -> bool:
        state = self._panes.pane(pane_id)
        fraction = state.step / state.steps if state.steps else 0.0
        since_shown_s = self._clock() - self._shown_at.get(pane_id, self._clock())
        return lets_finish(fraction, since_shown_s, self._average_s)

    def _show(self, work: RenderJob, rendered: Rendered, is_newest: bool) -> None:
        self._shown_at[work.pane_id] = self._clock()
        if not rendered.request.is_draft:
            self._settled[work.pane_id] = rendered.request
        self._learn_pace(rendered)
        self._panes.change(
            work.pane_id,
            shown=rendered,
            shown_stack=work.stack,
            preview=None,
            step=0,
            is_busy=not is_newest,
            is_outdated=not is_newest,
        )

    def _learn_pace(self, rendered: Rendered) -> None:
        if rendered.is_from_cache:
            return
        seconds = rendered.timings.total_ms / 1000
        self._average_s = running_average_s(self._average_s, seconds)
        step_s = seconds / rendered.request.steps_run
        self._average_step_s = running_average_s(self._average_step_s, step_s)

    def _is_answered(self, pane_id: PaneId, request: GenerationRequest) -> bool:
        """Whether the pane already shows this, or a job under way will."""
        newest = self._newest.get(pane_id)
        if newest is not None and isinstance(newest.work, RenderJob):
            return newest.work.request == request
        state = self._panes.pane(pane_id)
        is_shown = state.shown is not None and state.shown.request == request
        if is_shown:
            self._wanted.pop(pane_id, None)
            self._panes.change(pane_id, is_outdated=False, failure=None)
        return is_shown


def _settled_request(
    info: CheckpointInfo, stack: AdapterStack, sampling: Sampling
) -> GenerationRequest:
    return GenerationRequest(
        checkpoint=CheckpointRef(info.path, info.identity),
        adapters=stack.applied(),
        sampling=sampling,
        device=info.device,
        dtype=info.dtype,
        merge_mode=info.merge_mode,
    )
