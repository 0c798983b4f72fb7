"""What a window needs of the studio's experiments, so that its tests need no studio."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.hands import AtWork, RunsOn
from loraviewer.core.experiments.past import PastExperiment
from loraviewer.core.experiments.progress import Plan, RunState


class Experiments(QObject):
    """What tells and does nothing by itself: `experiments_model.ExperimentsModel` is the studio's,
    and tests of windows have their own. GUI thread only. One experiment at a time is under way; all
    that is told are frozen values."""

    planned = Signal(object)
    """Plan: of the experiment that was planned last, counted."""

    state_changed = Signal(object)
    """RunState"""

    progressed = Signal(object)
    """Going"""

    cell_answered = Signal(object, object)
    """Cell, and the Rendered that answers it; None where numbers overflowed, for good. Each
    cell once in a run, those that lay in the folder already as they are measured."""

    rows_added = Signal(object)
    """tuple[Row, ...]: all of a group, in the order of `results.csv`. A run that goes on after
    it failed tells all rows again from the first, after a `started`."""

    started = Signal(object)
    """RunState: a run begins, or begins again, as it does once it holds what was measured first;
    what rows and cells told before is void."""

    finished = Signal(object, object)
    """Concluded, and the folder (Path) with everything."""

    failed = Signal(object)
    """Failure: what could not be done, or why the run is paused now."""

    known_changed = Signal()
    """`known` is another list."""

    opened = Signal(object)
    """OpenedExperiment, after `open_past`."""

    picture_read = Signal(object, object, object)
    """Path of the folder, id of the cell, and its Rendered or None, after `read_picture`."""

    hands_changed = Signal()
    """`runs_on` or `at_work` is another."""

    @property
    def runs_on(self) -> RunsOn:
        """Who makes the pictures of the next run."""
        raise NotImplementedError

    @property
    def at_work(self) -> AtWork | None:
        """Of a run whose pictures others make; None else."""
        raise NotImplementedError

    @property
    def cluster_problem(self) -> str:
        """Why no Ray cluster can be used here, in one sentence; "" where one can."""
        raise NotImplementedError

    def run_on(self, runs_on: RunsOn) -> None:
        """From the next run on, or from where this one goes on after a pause."""
        raise NotImplementedError

    @property
    def state(self) -> RunState:
        raise NotImplementedError

    def draft(self, kind: Kind) -> Experiment:
        """Of the active pane: its rows that are on and fit, in their order, its prompt, four seeds
        from its own on, its sampling on the base that is open. It may have a `problem()`."""
        raise NotImplementedError

    def plan(self, experiment: Experiment) -> Plan:
        """At once what needs no counting; `planned` follows with the rest."""
        raise NotImplementedError

    def start(self, experiment: Experiment, folder: Path | None = None) -> None:
        """folder: a new or empty one, or of the same experiment; None for a new one where all
        lie."""
        raise NotImplementedError

    def pause(self) -> None:
        raise NotImplementedError

    def go_on(self, folder: Path | None = None) -> None:
        """After a pause, whatever it was of; folder: of an unfinished experiment of earlier."""
        raise NotImplementedError

    def stop(self) -> None:
        """For good; what is done stays in its folder, and `go_on(folder)` takes it up again."""
        raise NotImplementedError

    def known(self) -> tuple[PastExperiment, ...]:
        """Those where all lie, the newest first, as they were looked up last."""
        raise NotImplementedError

    def look_for_known(self) -> None:
        """Have them looked up; `known_changed` follows."""
        raise NotImplementedError

    def open_past(self, folder: Path) -> None:
        """`opened` follows, or `failed`."""
        raise NotImplementedError

    def read_picture(self, folder: Path, cell_id: str) -> None:
        """`picture_read` follows."""
        raise NotImplementedError
