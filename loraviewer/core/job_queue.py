"""Jobs on their way to the one thread that does them: one waits per key, the most urgent first."""

import itertools
import threading
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from loraviewer.core.cancel import CancelToken


class Queued(Protocol):
    """What the queue must know of a job.

    `key`: a newer job takes the place of an older one that still waits under the same key.
    `priority`: the smaller, the sooner. `group`: jobs of one group follow each other where their
    priority is the same, since what they share is then made once.
    """

    @property
    def key(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def group(self) -> Hashable: ...
    @property
    def token(self) -> CancelToken: ...


JobT = TypeVar("JobT", bound=Queued)


class JobQueue(Generic[JobT]):
    """Thread-safe. Sixty ticks of a fader are one job, and a cancel always meets the job: taking
    it and marking it as running are one step under the lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals = itertools.count()
        self._waiting: dict[str, tuple[int, JobT]] = {}
        self._running: JobT | None = None
        self._last_group: Hashable = None

    @property
    def running(self) -> JobT | None:
        """The job that was taken and is not done yet."""
        with self._lock:
            return self._running

    def put(self, job: JobT, *, supersedes_running: bool = False) -> None:
        """Let a job wait. What waited under its key is cancelled and gone, its place is the new
        one's; so is, if wished, what runs under its key."""
        with self._lock:
            arrival, displaced = self._waiting.get(job.key, (next(self._arrivals), None))
            self._waiting[job.key] = (arrival, job)
            if displaced is not None:
                displaced.token.cancel()
            if supersedes_running and self._running is not None and self._running.key == job.key:
                self._running.token.cancel()

    def take(self) -> JobT | None:
        """The most urgent job, which runs from now until `done`; None where none waits."""
        with self._lock:
            if not self._waiting:
                return None
            key = min(self._waiting, key=self._urgency)
            _, job = self._waiting.pop(key)
            self._running, self._last_group = job, job.group
            return job

    def revise(self, key: str, change: Callable[[JobT], JobT]) -> None:
        """Let the job that waits under a key be another in its place; none for what runs. The
        new one must have the same key and token."""
        with self._lock:
            if key in self._waiting:
                arrival, job = self._waiting[key]
                self._waiting[key] = (arrival, change(job))

    def done(self) -> None:
        """The job that was taken last has ended."""
        with self._lock:
            self._running = None

    def cancel(self, key: str) -> JobT | None:
        """Stop what waits and what runs under a key; returns what only waited, which never ends."""
        with self._lock:
            _, waited = self._waiting.pop(key, (0, None))
            for job in (waited, self._running):
                if job is not None and job.key == key:
                    job.token.cancel()
            return waited

    def cancel_all(self) -> None:
        """Stop everything."""
        with self._lock:
            waiting = [job for _, job in self._waiting.values()]
            self._waiting.clear()
            for job in (*waiting, self._running):
                if job is not None:
                    job.token.cancel()

    def __len__(self) -> int:
        """How many jobs wait."""
        with self._lock:
            return len(self._waiting)

    def _urgency(self, key: str) -> tuple[int, bool, int]:
        arrival, job = self._waiting[key]
        return job.priority, job.group != self._last_group, arrival
