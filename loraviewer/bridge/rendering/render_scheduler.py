"""Which picture to render when: drafts while a fader is held, settled pictures otherwise."""

import time
from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.pictures.stored_pictures import StoredPictures
from loraviewer.bridge.rendering.debounce import Debounce, Timer
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import JobEnded, JobProgress, Priority, RenderJob, pane_key
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.rendering.pane_queue import PaneQueue
from loraviewer.core.drafts import draft_of, hastened_by
from loraviewer.core.outcome import Failure, Progress, Rendered
from loraviewer.core.pacing import Pace, settling_pause_s, shows_previews
from loraviewer.core.pane import PaneId
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack, StackEntry


class RenderScheduler(QObject):
    """Turns wishes (a pane, a stack, a sampling) into jobs, and answers into pane states.

    One `PaneQueue` per pane decides what counts. Stale answers are dropped, failures too: those
    of jobs that nobody awaits, and those of another checkpoint. GUI thread only.
    """

    def __init__(
        self,
        engine: Engine,
        panes: PaneModel,
        draft_steps: int,
        clock: Callable[[], float] = time.monotonic,
        timer: Timer | None = None,
        parent: QObject | None = None,
        stored: StoredPictures | None = None,
    ) -> None:
        """clock: seconds, monotonic. timer: single-shot, by the same clock; None for Qt's. stored:
        where settled pictures are looked for first, and kept."""
        super().__init__(parent)
        self._engine = engine
        self._panes = panes
        self._draft_steps = draft_steps
        self._clock = clock
        self._checkpoint: CheckpointInfo | None = None
        self._queues: dict[PaneId, PaneQueue] = {}
        self._pace = Pace()
        self._stored = stored
        self._asks_compiled = False
        self._sought: set[GenerationRequest] = set()
        """What is being looked for: before that is over nothing is started, so that what is there
        is not made, and the active pane stays the first."""
        self._is_due = False
        self._debounce = Debounce(clock, timer, self)
        self._debounce.due.connect(self._start_wanted)

    @property
    def pace(self) -> Pace:
        """As learnt from the pictures of all panes."""
        return self._pace

    def use_checkpoint(self, info: CheckpointInfo | None) -> None:
        """Render with this checkpoint from now on; None while there is none."""
        self.stop()
        self._checkpoint = info
        for queue in self._queues.values():
            queue.forget()
            self._panes.change(queue.pane_id, is_outdated=True)

    def set_draft_steps(self, steps: int) -> None:
        """Of drafts from now on."""
        self._draft_steps = steps

    def set_compiled(self, asks: bool) -> None:
        """Whether pictures from now on may come of a compiled denoiser."""
        self._asks_compiled = asks

    def want(
        self,
        pane_id: PaneId,
        stack: AdapterStack,
        sampling: Sampling,
        prediction: Prediction = AS_FOUND,
        *,
        is_draft: bool = False,
        held: str = "",
        is_active: bool = True,
        starts: bool = True,
        rows: AdapterStack | None = None,
        draft_row: StackEntry | None = None,
    ) -> None:
        """Ask for a picture; waits for the edits to pause where that takes long, but not for one
        that is stored.

        held: sha256 of the adapter whose fader is held; only drafts know it. is_active: the pane
        goes before others. starts: without, the wish is only noted until `flush` or one with it.
        rows: the stack as the person left it, with what is muted. draft_row: the row for drafts
        only that they are made with.
        """
        if self._checkpoint is None:
            return
        queue = self._queue(pane_id)
        request = settled_request(
            *(self._checkpoint, stack, sampling, prediction), is_compiled=self._asks_compiled
        )
        if is_draft:
            request = self._draft(queue, request, stack, held, draft_row)
        priority = Priority.ACTIVE_PANE if is_active else Priority.OTHER_PANE
        work = RenderJob(pane_id, request, stack, priority, rows)
        queue.wish_for(work)
        if queue.is_under_way:
            self._engine.rank(work.key, priority)
        if not queue.is_outdated:
            self._drop(queue)
            # Rows for drafts only come and go beside the same picture.
            self._panes.change(pane_id, is_outdated=False, failure=None, shown_stack=stack)
            return
        twin = self._shown_elsewhere(request)
        if twin is not None:
            self._drop(queue)
            self._show(queue, work, twin)
            return
        self._panes.change(pane_id, is_outdated=True)
        self._look_up(queue)
        if starts and queue.wanted is not None:
            pause_s = 0.0 if request.is_draft else settling_pause_s(queue.draft_merging_s)
            self._debounce.edited(
                self._pace.expected_s(is_draft=request.is_draft, steps=request.steps_run), pause_s
            )

    def _draft(
        self,
        queue: PaneQueue,
        request: GenerationRequest,
        stack: AdapterStack,
        held: str,
        row: StackEntry | None,
    ) -> GenerationRequest:
        """The quick picture in place of a settled one."""
        assert self._checkpoint is not None
        usual = self._draft_steps
        hastened = row and hastened_by(row, stack, request.sampling, self._checkpoint, usual)
        return draft_of(request, queue.settled, usual, held, hastened)

    def flush(self) -> None:
        """Start what is wanted now."""
        self._debounce.flush()

    def hold(self, pane_id: PaneId) -> None:
        """What the pane is to show is not known yet; what it was to show counts no more."""
        queue = self._queue(pane_id)
        queue.wish = None
        self._drop(queue)
        self._panes.change(pane_id, is_outdated=True)

    def forget(self, pane_id: PaneId) -> None:
        """The pane is gone: its job is cancelled, and nothing of it is known any more."""
        queue = self._queues.pop(pane_id, None)
        if queue is not None:
            self._drop(queue)
        self._panes.forget(pane_id)

    @Slot()
    def stop(self) -> None:
        """Cancel everything that runs or waits; panes keep their last pictures."""
        self._debounce.cancel()
        self._is_due = False
        for queue in self._queues.values():
            self._drop(queue)

    def on_progressed(self, progress: JobProgress) -> None:
        work, step = progress.job.work, progress.step
        if not isinstance(work, RenderJob) or not isinstance(step, Progress):
            return
        queue = self._queues.get(work.pane_id)
        if queue is None or not queue.awaits(progress.job):
            return
        queue.progressed(step)
        self._panes.change(work.pane_id, step=step.step, steps=step.steps)
        if step.preview is not None and self._shows_previews(queue, work.request):
            self._panes.change(work.pane_id, preview=step.preview)

    def on_ended(self, ended: JobEnded) -> None:
        job, work, answer = ended.job, ended.job.work, ended.answer
        queue = self._queues.get(work.pane_id) if isinstance(work, RenderJob) else None
        if not isinstance(work, RenderJob) or queue is None or not queue.awaits(job):
            return
        is_newest = queue.is_newest(job)
        queue.ended(job)
        if isinstance(answer, Rendered):
            self._show(queue, work, answer)
            self._keep(work, answer)
        elif is_newest:
            failure = answer if isinstance(answer, Failure) else None
            self._panes.settle_idle(work.pane_id, failure=failure)

    def _look_up(self, queue: PaneQueue) -> None:
        work = queue.wanted
        if self._stored is None or not self._stored.has_store:
            return
        if work is None or work.request.is_draft:
            return
        if work.request not in self._sought:
            self._sought.add(work.request)
            self._stored.find(work.request, partial(self._on_looked_up, work.request))

    def _on_looked_up(self, request: GenerationRequest, found: Rendered | None) -> None:
        """Every pane that is to show it by now does; the newest wish wins here, too."""
        self._sought.discard(request)
        for queue in list(self._queues.values()):
            wish = queue.wish
            if found and wish and wish.request == request and queue.is_outdated:
                self._show_stored(queue, wish, found)
        if self._is_due:
            self._start_wanted()

    def _show_stored(self, queue: PaneQueue, wish: RenderJob, found: Rendered) -> None:
        self._drop(queue)
        self._show(queue, wish, found)
        self._keep(wish, found)

    def _keep(self, work: RenderJob, rendered: Rendered) -> None:
        if self._stored is not None and not rendered.request.is_draft:
            rows = work.rows.without_draft_rows() if work.rows else None
            self._stored.keep(rendered, rows)

    @Slot()
    def _start_wanted(self) -> None:
        self._is_due = bool(self._sought)
        if self._is_due:
            return
        wanted = [(queue, queue.wanted) for queue in self._queues.values() if queue.wanted]
        # The engine thread takes the first one before it hears of the others.
        for queue, work in sorted(wanted, key=lambda pair: pair[1].priority):
            self._submit(queue, work)

    def _submit(self, queue: PaneQueue, work: RenderJob) -> None:
        supersedes = not queue.lets_running_finish(self._clock(), self._pace)
        queue.started(self._engine.submit(work, supersedes_running=supersedes))
        self._panes.change(queue.pane_id, is_busy=True, failure=None)

    def _drop(self, queue: PaneQueue) -> None:
        """Stop what is under way for a pane."""
        self._engine.cancel(pane_key(queue.pane_id))
        queue.dropped()
        self._panes.settle_idle(queue.pane_id)

    def _show(self, queue: PaneQueue, work: RenderJob, rendered: Rendered) -> None:
        queue.shows(work, rendered, self._clock())
        self._learn_pace(rendered)
        self._panes.change(
            work.pane_id,
            shown=rendered,
            shown_stack=work.stack,
            preview=None,
            failure=None,
            step=0,
            steps=0,
            is_busy=queue.is_busy,
            is_outdated=queue.is_outdated,
        )

    def _learn_pace(self, rendered: Rendered) -> None:
        if rendered.is_from_cache:
            return
        request, seconds = rendered.request, rendered.timings.total_ms / 1000
        self._pace = self._pace.learnt(
            is_draft=request.is_draft, steps=request.steps_run, seconds=seconds
        )

    def _shows_previews(self, queue: PaneQueue, request: GenerationRequest) -> bool:
        """What is shown may only get better, and must not flicker."""
        expected_s = self._pace.expected_s(is_draft=request.is_draft, steps=request.steps_run)
        return shows_previews(expected_s) and not queue.shows_draft_of(request)

    def _shown_elsewhere(self, request: GenerationRequest) -> Rendered | None:
        """The picture of another pane that asks for exactly the same: it is the same to the byte,
        also where it would be made by other threads now."""
        for pane_id, queue in self._queues.items():
            shown = self._panes.pane(pane_id).shown
            if shown is not None and queue.showing(request):
                return msgspec.structs.replace(shown, is_from_cache=True)
        return None

    def _queue(self, pane_id: PaneId) -> PaneQueue:
        return self._queues.setdefault(pane_id, PaneQueue(pane_id))


def settled_request(
    info: CheckpointInfo,
    stack: AdapterStack,
    sampling: Sampling,
    asked: Prediction,
    *,
    is_compiled: bool = False,
) -> GenerationRequest:
    """With what the answer will name of the prediction: its picture is known by that. is_compiled:
    whether it may be."""
    prediction = info.prediction.settled(asked) if info.prediction else AS_FOUND
    return GenerationRequest(
        checkpoint=CheckpointRef(info.source, info.identity),
        adapters=stack.applied(),
        sampling=sampling,
        device=info.device,
        dtype=info.dtype,
        merge_mode=info.merge_mode,
        prediction=prediction,
        merge_rule=stack.rule_in_force,
        is_compiled=is_compiled,
    )
