"""What a run of an experiment tells, on its way from its thread to the GUI thread."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.experiments.cells import Cell
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import AtWork
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.past import Concluded
from loraviewer.core.experiments.progress import Going
from loraviewer.core.outcome import Failure, Rendered

PERIOD_S = 0.05
"""So often, at most, the window is woken."""


@dataclass(frozen=True)
class Began:
    """Before anything is made; again where an experiment was measured first, and holds that now."""

    experiment: Experiment
    folder: Path


@dataclass(frozen=True)
class Answered:
    """None where numbers overflowed."""

    cell: Cell
    rendered: Rendered | None


@dataclass(frozen=True)
class Measured:
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Ended:
    """`concluded` of a run that came to its end, `failure` of one that did not; neither where it
    was stopped."""

    concluded: Concluded | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class MadeElsewhere:
    """A picture for the store, whose request says what it is."""

    rendered: Rendered


Event = Began | Going | Answered | Measured | MadeElsewhere | AtWork | Ended


@dataclass(frozen=True)
class Told:
    """By the run with this number, in this order."""

    run: int
    events: tuple[Event, ...]


class Gathered:
    """Events of one run, sent together: a folder that is gone through again tells hundreds in a
    second. One thread."""

    def __init__(
        self,
        run: int,
        send: Callable[[Told], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run, self._send, self._clock = run, send, clock
        self._events: list[Event] = []
        self._sent_at = clock() - PERIOD_S

    def add(self, event: Event) -> None:
        self._events.append(event)
        self.send_in_time()

    def send_in_time(self) -> None:
        """Where the last time is long enough ago; for who waits and adds nothing meanwhile."""
        if self._clock() - self._sent_at >= PERIOD_S:
            self.send()

    def send(self) -> None:
        """Now, where there is anything."""
        if self._events:
            told = Told(self._run, tuple(self._events))
            self._events, self._sent_at = [], self._clock()
            self._send(told)
