"""What a run of an experiment in the studio works with, on its own thread."""

from collections.abc import Callable, Mapping
from pathlib import Path

from loraviewer.bridge.experiments.engine_line import EngineLine
from loraviewer.bridge.experiments.run_events import (
    Answered,
    Began,
    Gathered,
    MadeElsewhere,
    Measured,
)
from loraviewer.core.experiments.cells import Cell, Group, groups
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import IN_STUDIO, AtWork, RunsOn
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.progress import Going
from loraviewer.core.experiments.shots import Shot
from loraviewer.core.outcome import NotFinite, Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AdapterStack


class StudioHands:
    """Implements `experiment_services.ExperimentHands`: pictures of the store, else of the engine.
    One thread."""

    def __init__(
        self,
        run: str,
        experiment: Experiment,
        folder: Path,
        line: EngineLine,
        find: Callable[[GenerationRequest], Rendered | None],
        gathered: Gathered,
        runs_on: RunsOn = IN_STUDIO,
    ) -> None:
        """find: in the store, on this thread. Tells at once that it begins."""
        self._runs_on = runs_on
        self._run = run
        self._line = line
        self._find = find
        self._gathered = gathered
        self._folder = folder
        self._waiting: dict[str, list[Cell]] = {}
        """Cells that nobody was told of yet, by the picture that answers them."""
        self.begin(experiment)

    def begin(self, experiment: Experiment) -> None:
        self._gathered.add(Began(experiment, self._folder))
        self._waiting.clear()
        for group in groups(experiment):
            for cell in group.cells:
                self._waiting.setdefault(cell.shot.key, []).append(cell)

    @property
    def run(self) -> str:
        return self._run

    @property
    def runs_on(self) -> RunsOn:
        return self._runs_on

    def check(self) -> None:
        self._line.check()
        self._gathered.send_in_time()

    def find(self, request: GenerationRequest) -> Rendered | None:
        return self._find(request)

    def keep(self, rendered: Rendered, stack: AdapterStack | None) -> None:
        self._gathered.add(MadeElsewhere(rendered))

    def told(self, shot: Shot, answer: Rendered | NotFinite) -> None:
        self._line.check()
        self._tell(shot.key, answer if isinstance(answer, Rendered) else None)

    def working(self, now: AtWork) -> None:
        self._line.check()
        self._gathered.add(now)

    def picture(self, shot: Shot) -> Rendered | NotFinite:
        self._line.check()
        found = self._find(shot.request) if shot.is_plain else None
        answer = self._line.picture(shot) if found is None else found
        self._tell(shot.key, answer if isinstance(answer, Rendered) else None)
        return answer

    def measured(self, wanted: PictureMeasurement) -> PicturesMeasured:
        return self._line.measured(wanted)

    def go(self, going: Going) -> None:
        self._line.check()
        self._gathered.add(going)

    def measure(self, group: Group, pictures: Mapping[int, Picture], rows: tuple[Row, ...]) -> None:
        """Pictures that lay in the folder before are told of now."""
        for place, cell in enumerate(group.cells):
            if cell.shot.key in self._waiting and place in pictures:
                shown = Rendered(cell.request, pictures[place], Timings(), "", is_from_cache=True)
                self._tell(cell.shot.key, shown)
        self._gathered.add(Measured(rows))

    def add(self, rows: tuple[Row, ...]) -> None:
        self._gathered.add(Measured(rows))

    def _tell(self, key: str, rendered: Rendered | None) -> None:
        for cell in self._waiting.pop(key, ()):
            self._gathered.add(Answered(cell, rendered))
