"""Pictures that belong to no pane: made while the machine is idle, one at a time.

Ablation strips and maps ask for them. Their requests are ordinary ones, so that a picture which a
pane, another cell or a store has already is never made twice.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.picture_memory import PictureMemory
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import CELL_KEY, CellJob, Job, JobEnded, JobProgress
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.outcome import Failure, Progress, Rendered
from loraviewer.core.pacing import Pace, lets_finish
from loraviewer.core.pane import PaneState
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter

MEMORY_BYTES = 192 * 2**20
_LOOKING_S = 0.008
"""How long a turn of the event loop may look for pictures that are known."""
_MOST_FAILURES = 1_000
_MOST_LOOKUPS = 8
"""How many pictures are looked for at once: what panes look for waits for no more."""

Receive = Callable[[Rendered | None], None]
Find = Callable[[GenerationRequest, Receive], None]
"""Looks for a picture and hands over what it finds, at once or later."""


def nothing_known(_: GenerationRequest, receive: Receive) -> None:
    """Of a studio without a store."""
    receive(None)


def nothing_kept(_: Rendered) -> None:
    """Of a studio without a store."""


class Paced(Protocol):
    """Knows how long pictures take, as the scheduler of the panes' does."""

    @property
    def pace(self) -> Pace: ...


@dataclass(frozen=True)
class Cost:
    """What is still to be made, and how many seconds it takes; None before the first picture of
    its size."""

    pictures: int
    seconds: float | None


class CellQueue(QObject):
    """Starts a cell while no fader is held, no base is loading and no pane waits for a picture, and
    stops it as soon as that changes, but where it is nearly done (`core.pacing`). Cells of equal
    stacks follow each other, else they come in the order of who asked. GUI thread only.
    """

    answered = Signal(str, object, object)  # owner, GenerationRequest, Rendered or Failure
    changed = Signal()  # something else waits than before

    def __init__(
        self,
        engine: Engine,
        panes: PaneModel,
        document: DocumentModel,
        base: BaseModel,
        scheduler: Paced,
        find: Find = nothing_known,
        keep: Callable[[Rendered], None] = nothing_kept,
        memory_bytes: int = MEMORY_BYTES,
        parent: QObject | None = None,
    ) -> None:
        """scheduler: of the panes. find: in a store, before a cell is made.
        keep: in it, what was made."""
        super().__init__(parent)
        self._engine = engine
        self._panes = panes
        self._document = document
        self._base = base
        self._scheduler = scheduler
        self._find = find
        self._keep = keep
        self._memory = PictureMemory(memory_bytes)
        self._own_paces: dict[tuple[int, int], Pace] = {}
        self._failures: dict[GenerationRequest, Failure] = {}
        self._wanted: dict[str, tuple[GenerationRequest, ...]] = {}
        """By owner, what has no answer yet; who came last goes first."""
        self._least: set[str] = set()
        """Owners whose cells come last."""
        self._looked_for: set[GenerationRequest] = set()
        """What the store does not have."""
        self._lookups: set[GenerationRequest] = set()
        self._last_merged: tuple[tuple[AppliedAdapter, ...], MergeRule] | None = None
        self._running: Job | None = None
        self._fraction = 0.0
        self._is_stopped = False
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._on_turn)
        panes.pane_changed.connect(self._on_pane_changed)
        document.changed.connect(self._on_idleness_changed)
        document.drag_changed.connect(self._on_idleness_changed)
        base.loading.connect(self._on_idleness_changed)
        base.failed.connect(self._on_idleness_changed)
        base.changed.connect(self._on_base_changed)

    # -- asking ---------------------------------------------------------------------------

    def want(
        self, owner: str, requests: Iterable[GenerationRequest], *, is_least: bool = False
    ) -> None:
        """These are the cells that an owner wants from now on, the most wanted first. What is
        `known`, or has failed, is not answered again. is_least: this owner's come after all others,
        and are not finished where a pane wants a picture."""
        if is_least:
            self._least.add(owner)
        fresh = dict.fromkeys(r for r in requests if self.answer(r) is None)
        if tuple(fresh) == self._wanted.get(owner, ()):
            return
        self._is_stopped = False
        self._put(owner, tuple(fresh))
        self._give_up_unwanted()
        self._turn_soon()
        self.changed.emit()

    def drop(self, owner: str) -> None:
        """An owner wants nothing any more."""
        self.want(owner, ())

    def known(self, request: GenerationRequest) -> Rendered | None:
        """A picture that a pane shows, or that was made lately."""
        found = self._memory.get(request)
        if found is not None:
            return found
        shown = (state.shown for state in self._panes.panes())
        return next((one for one in shown if one is not None and one.request == request), None)

    def answer(self, request: GenerationRequest) -> Rendered | Failure | None:
        """What is known of a cell; None where it would have to be made."""
        return self.known(request) or self._failures.get(request)

    def forget_failures(self) -> None:
        """Whoever wants a cell that failed may have it tried again."""
        self._failures.clear()

    def stop(self) -> None:
        """Make nothing until something else is wanted, or somebody says to go on."""
        self._is_stopped = True
        self._turn.stop()
        self._cancel()
        self.changed.emit()

    def go_on(self) -> None:
        """After `stop`."""
        self._is_stopped = False
        self._turn_soon()
        self.changed.emit()

    @property
    def is_stopped(self) -> bool:
        """Whether cells are left that nobody makes since `stop`."""
        return self._is_stopped and bool(self._wanted)

    # -- what it costs --------------------------------------------------------------------

    def cost(self, requests: Iterable[GenerationRequest]) -> Cost:
        """Of those that are not known yet."""
        missing = [r for r in dict.fromkeys(requests) if self.answer(r) is None]
        each = [self.expected_s(request) for request in missing]
        known = [seconds for seconds in each if seconds is not None]
        return Cost(len(missing), sum(known) if len(known) == len(each) else None)

    def expected_s(self, request: GenerationRequest) -> float | None:
        """By cells of this size, else by the pictures of panes."""
        pace = self._own_paces.get(_size(request)) or self._scheduler.pace
        return pace.expected_s(is_draft=False, steps=request.steps_run)

    def left(self, owner: str) -> int:
        """How many cells of an owner have no answer yet."""
        return len(self._wanted.get(owner, ()))

    @property
    def is_at_work(self) -> bool:
        """Whether a cell is being made, or will be without anybody's doing."""
        return self._running is not None or (bool(self._wanted) and not self._is_stopped)

    def leaves_room(self, *, is_live: bool) -> bool:
        """Whether nothing that a person waits for, and no cell, is under way or to come. is_live:
        whether what panes lack is made without anybody's doing; else it may lack for hours."""
        if is_live or self._is_idle():
            return self._is_idle() and not self.is_at_work
        is_free = not self._document.is_dragging and not self._base.is_loading
        states = [self._panes.pane(p.pane_id) for p in self._document.document.wanted()]
        is_busy = self._running is not None or any(state.is_busy for state in states)
        return is_free and not is_busy and self._base.info is not None

    # -- what the engine says -------------------------------------------------------------

    def on_progressed(self, progress: JobProgress) -> None:
        step = progress.step
        if self._is_running(progress.job) and isinstance(step, Progress) and step.steps:
            self._fraction = step.step / step.steps

    def on_ended(self, ended: JobEnded) -> None:
        work, answer = ended.job.work, ended.answer
        if not isinstance(work, CellJob) or not self._is_running(ended.job):
            return
        self._running, self._fraction = None, 0.0
        if isinstance(answer, Rendered | Failure) and self._is_of_this_base(work.request):
            self._learn(work.request, answer)
        self._turn_soon()
        self.changed.emit()

    def _learn(self, request: GenerationRequest, answer: Rendered | Failure) -> None:
        if isinstance(answer, Rendered):
            self._memory.put(request, answer)
            self.learn_pace(answer)
            self._keep(answer)
        else:
            if len(self._failures) >= _MOST_FAILURES:
                self._failures.clear()
            self._failures[request] = answer
        self._tell(request, answer)

    def learn_pace(self, rendered: Rendered) -> None:
        """Of a cell, or of another small picture that nobody watches."""
        if not rendered.is_from_cache:
            size = _size(rendered.request)
            before = self._own_paces.get(size, Pace())
            self._own_paces[size] = before.learnt(
                is_draft=False,
                steps=rendered.request.steps_run,
                seconds=rendered.timings.total_ms / 1000,
            )

    def _tell(self, request: GenerationRequest, answer: Rendered | Failure) -> None:
        """Everyone who waits for it."""
        waiting = [owner for owner, wanted in self._wanted.items() if request in wanted]
        for owner in waiting:
            left = tuple(r for r in self._wanted[owner] if r != request)
            self._put(owner, left)
        self._looked_for.discard(request)
        for owner in waiting:
            self.answered.emit(owner, request, answer)

    def _put(self, owner: str, requests: tuple[GenerationRequest, ...]) -> None:
        if not requests:
            self._wanted.pop(owner, None)
        elif owner in self._wanted:
            self._wanted[owner] = requests
        else:
            self._wanted = {owner: requests, **self._wanted}

    # -- when -----------------------------------------------------------------------------

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        shown = state.shown
        is_settled = shown is not None and not shown.request.is_draft
        if shown is not None and is_settled and self._memory.get(shown.request) is None:
            self._memory.put(shown.request, shown)
        self._on_idleness_changed()

    @Slot()
    def _on_idleness_changed(self) -> None:
        if self._running is not None and not self._is_idle():
            self._yield()
        self._turn_soon()

    @Slot(object)
    def _on_base_changed(self, _: CheckpointInfo) -> None:
        """Nothing that was wanted of another base can be had any more."""
        self._cancel()
        self._wanted.clear()
        self._looked_for.clear()
        self._failures.clear()
        self._memory.clear()
        self._own_paces.clear()
        self.changed.emit()

    def _is_idle(self) -> bool:
        document = self._document.document
        if self._document.is_dragging or self._base.is_loading or self._base.info is None:
            return False
        states = (self._panes.pane(pane.pane_id) for pane in document.wanted())
        return not any(map(_awaits_picture, states))

    def _yield(self) -> None:
        """A picture of a pane is wanted; who holds a fader waits for nothing."""
        is_kept = lets_finish(self._fraction, 0.0, None) and not self._document.is_dragging
        running = self._running.work if self._running else None
        is_asked_for = isinstance(running, CellJob) and running.request in self._asked_for()
        if not (is_kept and is_asked_for):
            self._cancel()

    def _cancel(self) -> None:
        waited = self._engine.cancel(CELL_KEY)
        if waited is not None and self._is_running(waited):
            self._running = None  # it never ran, and never ends

    def _give_up_unwanted(self) -> None:
        running = self._running.work if self._running else None
        if isinstance(running, CellJob) and running.request not in self._all_wanted():
            self._cancel()

    def _turn_soon(self) -> None:
        """Soon: between two changes of one edit the machine may only look idle."""
        if self._wanted and self._running is None and not self._is_stopped:
            self._turn.start()

    @Slot()
    def _on_turn(self) -> None:
        if self._document.is_dragging or self._is_stopped or self._running is not None:
            return
        has_ended = self._answer_known()
        self._look_up()
        if not has_ended:
            self._turn_soon()
        elif not self._wanted:
            self.changed.emit()
        elif self._running is None and self._is_idle():
            self._start_next()

    def _answer_known(self) -> bool:
        """Answer what has been made elsewhere meanwhile; False where there is more to look through
        than a turn of the event loop has time."""
        end = time.perf_counter() + _LOOKING_S
        for request in self._all_wanted():
            found = self.known(request)
            if found is not None:
                self._tell(request, found)
            if time.perf_counter() >= end:
                return False
        return True

    def _look_up(self) -> None:
        """Ask the store for what it was not asked for yet."""
        wanted = self._all_wanted()
        self._looked_for &= set(wanted)
        asked = self._looked_for | self._lookups
        unasked = [request for request in wanted if request not in asked]
        for request in unasked[: _MOST_LOOKUPS - len(self._lookups)]:
            self._lookups.add(request)
            self._find(request, partial(self._on_looked_up, request))

    def _on_looked_up(self, request: GenerationRequest, found: Rendered | None) -> None:
        self._lookups.discard(request)
        if request in self._all_wanted():
            if found is None:
                self._looked_for.add(request)
            else:
                self._memory.put(request, found)
                self._tell(request, found)
                self.changed.emit()
        self._turn_soon()

    def _start_next(self) -> None:
        """The first that nobody has, of the stack that is merged if there is one."""
        unknown = [request for request in self._asked_for() if request in self._looked_for]
        if not unknown:
            unknown = [request for request in self._all_wanted() if request in self._looked_for]
        same = (request for request in unknown if _merged(request) == self._last_merged)
        if (chosen := next(same, next(iter(unknown), None))) is not None:
            self._start(chosen)

    def _start(self, request: GenerationRequest) -> None:
        self._last_merged = _merged(request)
        self._running = self._engine.submit(CellJob(request))
        self.changed.emit()

    def _asked_for(self) -> Sequence[GenerationRequest]:
        """By owners that do not come last."""
        asked = (wanted for owner, wanted in self._wanted.items() if owner not in self._least)
        return [request for wanted in asked for request in wanted]

    def _all_wanted(self) -> Sequence[GenerationRequest]:
        return [request for wanted in self._wanted.values() for request in wanted]

    def _is_running(self, job: Job) -> bool:
        return self._running is not None and job.job_id == self._running.job_id

    def _is_of_this_base(self, request: GenerationRequest) -> bool:
        info = self._base.info
        return info is not None and request.checkpoint.identity == info.identity


def _awaits_picture(state: PaneState) -> bool:
    """Whether one is under way or to come; where it failed, none is."""
    return state.is_busy or (state.is_outdated and state.failure is None)


def _merged(request: GenerationRequest) -> tuple[tuple[AppliedAdapter, ...], MergeRule]:
    """What is in the weights for it."""
    return request.adapters, request.merge_rule


def _size(request: GenerationRequest) -> tuple[int, int]:
    return request.sampling.width, request.sampling.height
