"""What experiments in the studio need from below: functions that `app` hands down, and what they
call back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from loraviewer.core.experiments.cells import Group
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import AtWork, RunsOn
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.past import Concluded, OpenedExperiment, PastExperiment
from loraviewer.core.experiments.progress import Going
from loraviewer.core.experiments.shots import Shot
from loraviewer.core.outcome import FileError, NotFinite, Rendered
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.core.stack import AdapterStack


class OthersHands(Protocol):
    """What a run is given whose pictures the studio does not make itself. Used on the thread of the
    run."""

    @property
    def runs_on(self) -> RunsOn:
        """Who makes its pictures; `picture` is for those of the studio only."""
        ...

    def check(self) -> None:
        """Raises `Cancelled` where the run is to end."""
        ...

    def find(self, request: GenerationRequest) -> Rendered | None:
        """In the picture store."""
        ...

    def keep(self, rendered: Rendered, stack: AdapterStack | None) -> None:
        """In the picture store, what others made; stack: always None, no pane shows it."""
        ...

    def told(self, shot: Shot, answer: Rendered | NotFinite) -> None:
        """A picture that others made, or that was found. Raises `Cancelled`."""
        ...

    def working(self, now: AtWork) -> None:
        """How many others are at it."""
        ...


class ExperimentHands(OthersHands, Protocol):
    """What a run of an experiment is given: its pictures and measurements, for which it waits, and
    who hears how it goes. Used on the thread of the run; `picture` and `measured` raise
    `LoraviewerError` and `Cancelled`."""

    @property
    def run(self) -> str:
        """A word that no other run has."""
        ...

    def begin(self, experiment: Experiment) -> None:
        """It is made with more than was asked for, from here on: what was measured first."""
        ...

    def picture(self, shot: Shot) -> Rendered | NotFinite: ...
    def measured(self, wanted: PictureMeasurement) -> PicturesMeasured: ...
    def go(self, going: Going) -> None: ...

    def measure(self, group: Group, pictures: Mapping[int, Picture], rows: tuple[Row, ...]) -> None:
        """The rows of a group are there. pictures: by their place among its cells."""
        ...

    def add(self, rows: tuple[Row, ...]) -> None:
        """Rows that take more than one group."""
        ...


def _unavailable(*_: object) -> NoReturn:
    raise FileError(say("Experiments cannot be run here."))


@dataclass(frozen=True)
class ExperimentServices:
    """All but `run` are safe to call in the thread pool, without torch; all raise `FileError` that
    names the file."""

    results: Path | None = None
    """The folder of all experiments; None where each is given its own."""
    new_folder: Callable[[Path, Experiment], Path] = _unavailable
    """Makes one in the folder of all, named after the day and the kind."""
    describe: Callable[[Path], Experiment] = _unavailable
    """What lies in a folder."""
    run: Callable[[Experiment, Path, ExperimentHands], Concluded] = _unavailable
    """Makes, measures and writes all that is missing, hours of it. Without torch, too: it only
    waits for who has it. Raises `LoraviewerError` and `Cancelled`."""
    cluster_problem: Callable[[], str] = lambda: ""
    """Why no Ray cluster can be used here; "" where one can. Any thread, at once."""
    past: Callable[[Path], tuple[PastExperiment, ...]] = _unavailable
    """Those in the folder of all, the newest first; none where it cannot be read."""
    open: Callable[[Path], OpenedExperiment] = _unavailable
    picture: Callable[[Path, str], Rendered | None] = _unavailable
    """Of a cell, by its id; None where it is not there."""
