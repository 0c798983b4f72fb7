"""The loop that hands shots to workers and hears what came of them.

A worker has two shots at most, so that one waits while the other is made, and keeps to the batch it
has: neighbours share a stack. A worker that ends costs those two; they are asked of another one.
"""

import contextlib
import queue
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from loraviewer.core.cancel import Cancelled
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.sentences import say
from loraviewer.lab.runners.cluster.connecting import ClusterError
from loraviewer.lab.runners.cluster.engaging import engaged
from loraviewer.lab.runners.cluster.messages import (
    Begin,
    Broke,
    Done,
    FromDriver,
    Give,
    Got,
    NoMore,
    Opened,
    SetAside,
    Want,
    Working,
    decoded,
    sentence_data,
)
from loraviewer.lab.runners.cluster.nodes import NodeFailed, ReadyNode, Recruiter

MOST_ENDS = 3
"""A shot that ended so many workers is set aside; a node where so many end while they open the base
is given up."""
AHEAD = 2
"""Batches that wait here for each worker, and shots that each worker has."""
_TURN_S = 0.05


@dataclass(eq=False)
class _Batch:
    """`left`: places of shots that nobody has yet."""

    give: Give
    left: deque[int]
    ends: dict[int, int] = field(default_factory=dict)
    """By place, how many workers ended with it."""
    answers: dict[int, Got] = field(default_factory=dict)
    """Of a way, until all of it is there."""

    def begin_again(self) -> None:
        """A way starts over, since its stops are made one after the other; others go on."""
        if self.give.is_way:
            self.answers.clear()
            self.left = deque(range(len(self.give.shots)))


@dataclass(eq=False)
class _Worker:
    actor: Any
    node: ReadyNode
    opening: Any
    """What answers `open`; None once it has."""
    made_on: str = ""
    batch: _Batch | None = None
    running: deque[tuple[Any, _Batch, int]] = field(default_factory=deque)
    """What it was given, the oldest first."""

    @property
    def is_ready(self) -> bool:
        return self.opening is None


class Driving:
    """One run. post: tells whoever asked, and may wait until they have room."""

    def __init__(
        self,
        ray: Any,
        begin: Begin,
        given: "queue.Queue[Give | NoMore | None]",
        post: Callable[[FromDriver], None],
        clock: Callable[[], float],
    ) -> None:
        self._ray, self._begin, self._given, self._post = ray, begin, given, post
        self._clock = clock
        self._recruiter = Recruiter(ray, begin)
        self._failed_openings = dict[str, int]()
        self._workers = list[_Worker]()
        self._queue = deque[_Batch]()
        self._asked_for = 0
        """Batches that were wanted and have not come."""
        self._is_all_given = False
        self._alone_since: float | None = None
        self._told: Working | None = None
        self._news = ""

    def run(self) -> None:
        """Until everything is answered. Raises `LoraviewerError`, and `Cancelled` once `given` ends
        with None."""
        self._recruiter.start()
        try:
            while not self._is_over():
                self._hear_recruits()
                self._hear_batches()
                self._hand_out()
                self._tell()
                self._wait()
            self._tell()
            self._post(Done())
        finally:
            self._recruiter.stop()

    def _is_over(self) -> bool:
        if not self._is_all_given or self._queue:
            return False
        return not any(one.running or (one.batch and one.batch.left) for one in self._workers)

    # -- who works ------------------------------------------------------------------------

    def _hear_recruits(self) -> None:
        while True:
            try:
                found = self._recruiter.found.get_nowait()
            except queue.Empty:
                break
            if isinstance(found, LoraviewerError):
                raise found
            for node in found:
                for _ in range(node.room):
                    self._engage(node)
        self._check_not_alone()

    def _engage(self, node: ReadyNode) -> None:
        most = self._begin.wishes.workers
        if most and len(self._workers) >= most:
            return
        actor = engaged(self._ray, self._begin, node)
        self._workers.append(_Worker(actor, node, actor.open.remote()))

    def _check_not_alone(self) -> None:
        if self._workers:
            self._alone_since = None
            return
        now = self._clock()
        self._alone_since = now if self._alone_since is None else self._alone_since
        if now - self._alone_since >= self._begin.patience_s:
            raise ClusterError(
                say("No node of the cluster has room for a worker; {news}", news=self._news)
                if self._news
                else say("No node of the cluster has room for a worker.")
            )

    # -- what is to be made ---------------------------------------------------------------

    def _hear_batches(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._take(self._given.get_nowait())
        self._want()

    def _take(self, given: Give | NoMore | None) -> None:
        """Raises `Cancelled` where nobody asks any more."""
        if given is None:
            raise Cancelled
        if isinstance(given, NoMore):
            self._is_all_given = True
            return
        self._asked_for -= 1
        self._queue.append(_Batch(given, deque(range(len(given.shots)))))

    def _want(self) -> None:
        room = AHEAD * max(1, len(self._workers)) - len(self._queue) - self._asked_for
        if room > 0 and not self._is_all_given:
            self._asked_for += room
            self._post(Want(room))

    def _hand_out(self) -> None:
        for worker in self._workers:
            while worker.is_ready and len(worker.running) < AHEAD and self._has_more(worker):
                batch = worker.batch
                assert batch is not None
                at = batch.left.popleft()
                answer = worker.actor.paint.remote(batch.give.shots[at])
                worker.running.append((answer, batch, at))

    def _has_more(self, worker: _Worker) -> bool:
        """Whether it has a batch with something left, a new one if need be."""
        if worker.batch is None or not worker.batch.left:
            worker.batch = self._next_for(worker)
        return worker.batch is not None

    def _next_for(self, worker: _Worker) -> _Batch | None:
        """Of its stack, else of one that nobody is at, else any; at the end, half of another's."""
        if not self._queue:
            return self._shared() if self._is_all_given else None
        mine = worker.batch.give.stack if worker.batch else None
        busy = {one.batch.give.stack for one in self._workers if one.batch}
        batch = (
            next((one for one in self._queue if one.give.stack == mine), None)
            or next((one for one in self._queue if one.give.stack not in busy), None)
            or self._queue[0]
        )
        self._queue.remove(batch)
        return batch

    def _shared(self) -> _Batch | None:
        """The later half of what the busiest worker has left."""
        batches = [one.batch for one in self._workers if one.batch and not one.batch.give.is_way]
        richest = max(batches, key=lambda batch: len(batch.left), default=None)
        if richest is None or len(richest.left) < 2:
            return None
        taken = [richest.left.pop() for _ in range(len(richest.left) // 2)]
        return _Batch(richest.give, deque(reversed(taken)), richest.ends, richest.answers)

    # -- what came of it ------------------------------------------------------------------

    def _wait(self) -> None:
        asked = {one.opening: one for one in self._workers if one.opening is not None}
        asked |= {one.running[0][0]: one for one in self._workers if one.running}
        if not asked:
            self._listen()
            return
        ready, _ = self._ray.wait(list(asked), num_returns=len(asked), timeout=0)
        if not ready:
            ready, _ = self._ray.wait(list(asked), num_returns=1, timeout=_TURN_S)
        for reference in ready:
            self._hear(asked[reference], reference)

    def _listen(self) -> None:
        """Nobody is at work: the next thing to hear of is a batch, or a node."""
        if not self._is_over():
            with contextlib.suppress(queue.Empty):
                self._take(self._given.get(timeout=_TURN_S))

    def _hear(self, worker: _Worker, reference: Any) -> None:
        try:
            content: bytes = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            self._on_end(worker, error)
            return
        if worker.opening is not None:
            self._on_opened(worker, content)
        else:
            _, batch, at = worker.running.popleft()
            self._on_answer(batch, Got(batch.give.number, at, content, worker.made_on))

    def _on_opened(self, worker: _Worker, content: bytes) -> None:
        answer: Opened | Broke = decoded(content, Opened | Broke)
        if isinstance(answer, Opened):
            worker.opening, worker.made_on = None, answer.made_on
            return
        failed = NodeFailed(answer)
        self._dismiss(worker)
        if not self._workers:
            raise failed
        self._news = failed.message

    def _on_answer(self, batch: _Batch, got: Got) -> None:
        if not batch.give.is_way:
            self._post(got)
            return
        batch.answers[got.at] = got
        if len(batch.answers) == len(batch.give.shots):
            for at in sorted(batch.answers):
                self._post(batch.answers[at])

    def _on_end(self, worker: _Worker, error: Exception) -> None:
        """It has ended by itself, or its node has."""
        why = _reason(error)
        self._news = say("a worker on “{node}” ended ({why}).", node=worker.node.name, why=why)
        self._dismiss(worker)
        if not worker.is_ready:
            self._on_failed_opening(worker.node)
            return
        self._take_back(worker, why)
        self._engage(worker.node)

    def _on_failed_opening(self, node: ReadyNode) -> None:
        """The node may be gone, or short of memory."""
        failed = self._failed_openings[node.id] = self._failed_openings.get(node.id, 0) + 1
        if failed < MOST_ENDS:
            self._engage(node)

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._ray.kill(worker.actor)

    def _take_back(self, worker: _Worker, why: str) -> None:
        """What it had is made by others, first of all; the shot it was at counts one more end."""
        held = [worker.batch] if worker.batch is not None else []
        for _, batch, at in reversed(worker.running):
            batch.left.appendleft(at)
            held.append(batch)
        if worker.running:
            _, batch, at = worker.running[0]
            self._count_end(batch, at, why)
        for batch in dict.fromkeys(held):
            if batch.left:
                batch.begin_again()
                self._queue.appendleft(batch)

    def _count_end(self, batch: _Batch, at: int, why: str) -> None:
        """Sets it aside after too many; of a way all of it, which is nothing without a stop."""
        batch.ends[at] = batch.ends.get(at, 0) + 1
        if batch.ends[at] < MOST_ENDS:
            return
        told = sentence_data(
            say("{count} workers ended with it, the last one so: {why}", count=MOST_ENDS, why=why)
        )
        aside = list(range(len(batch.give.shots))) if batch.give.is_way else [at]
        for one in aside:
            self._post(SetAside(batch.give.number, one, told))
        batch.left = deque(one for one in batch.left if one not in aside)

    # -- how it goes ----------------------------------------------------------------------

    def _tell(self) -> None:
        ready = [one for one in self._workers if one.is_ready]
        nodes = {one.node.id for one in ready}
        running = sum(len(one.running) for one in ready)
        now = Working(len(nodes), len(ready), min(running, len(ready)), sentence_data(self._news))
        if now != self._told:
            self._told = now
            self._post(now)


def _reason(error: Exception) -> str:
    """The first line that says something."""
    lines: Iterable[str] = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__).rstrip(".")
