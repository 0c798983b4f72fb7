"""An experiment from its description to its folder, whatever makes the pictures."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from loraviewer.core.experiments.cells import Cell, Group, groups
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean, Row
from loraviewer.core.experiments.progress import Going
from loraviewer.core.outcome import FileError, NotFinite, Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.lab.experiments.interactions import interactions
from loraviewer.lab.experiments.measuring import Measurer, pixels
from loraviewer.lab.experiments.result_folder import RESULTS, SHEET, SUMMARY, ResultFolder
from loraviewer.lab.experiments.returns import returned
from loraviewer.lab.experiments.sheet import sheet_of
from loraviewer.lab.experiments.summary import summary
from loraviewer.lab.experiments.tables import RowWriter, summary_table
from loraviewer.lab.runners.runner import Batch, Made, Runner
from loraviewer.pictures.contact_sheet import encoded_sheet

_GREY = 128


@dataclass(frozen=True)
class Outcome:
    """`made`: pictures that were not there before."""

    means: list[Mean]
    made: int


def run_experiment(
    experiment: Experiment,
    folder: ResultFolder,
    runner: Runner,
    measurer: Measurer,
    on_progress: Callable[[Going], None] = lambda going: None,
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Make the pictures that are missing, measure all, write all. measurer: fresh, of the
    experiment's measures.

    What was written stays whatever happens, and the next call goes on from there: the same files
    come of it as without the interruption. Raises `LoraviewerError`, and what the runner raises.
    """
    folder.begin(experiment)
    run = _Run(experiment, folder)
    tell = _Telling(on_progress, clock, run.total, run.total - len(run.missing))
    rows = list[Row]()
    with folder.streamed(RESULTS) as file:
        writer = RowWriter(file)
        with closing(run.measured(runner, measurer, tell)) as measured:
            for found in measured:
                writer.write(found)
                rows += found
        derived = run.derived(rows)
        writer.write(derived)
        rows += derived
    means = summary(experiment.kind, rows)
    folder.write(SHEET, encoded_sheet(sheet_of(experiment, run.shown)))
    folder.write(SUMMARY, summary_table(means))
    return Outcome(means, made=tell.made)


class _Telling:
    """Counts pictures as they are made, and says how long the rest will take at that pace."""

    def __init__(
        self,
        on_progress: Callable[[Going], None],
        clock: Callable[[], float],
        total: int,
        done_before: int,
    ) -> None:
        self._on_progress, self._clock = on_progress, clock
        self._total, self._before, self._began = total, done_before, clock()
        self.made = 0
        on_progress(Going(done_before, total, None))

    def count(self) -> None:
        self.made += 1
        done = self._before + self.made
        pace_s = (self._clock() - self._began) / self.made
        self._on_progress(Going(done, self._total, pace_s * (self._total - done)))


class _Run:
    """Cells that ask for the same picture get it together."""

    def __init__(self, experiment: Experiment, folder: ResultFolder) -> None:
        self._experiment = experiment
        self._folder = folder
        self._groups = list(groups(experiment))
        self._askers: dict[str, list[Cell]] = {}
        for cell in self._cells():
            self._askers.setdefault(cell.shot.key, []).append(cell)
        self.total = len(self._askers)
        self.missing = self._missing()
        self._lost: dict[str, NotFinite] = {}

    def measured(self, runner: Runner, measurer: Measurer, tell: _Telling) -> Generator[list[Row]]:
        """The rows of group after group, in their order, each as soon as its pictures are there."""
        waiting = list(self._groups)
        base = [group for group in self._groups if group.condition.arm == "base"]
        has_begun = False
        with closing(runner.made(self._batches())) as made:
            for _ in self._kept(made, tell):
                if not has_begun and all(map(self._is_there, base)):
                    measurer.begin(self._base_pictures(base))
                    has_begun = True
                while has_begun and waiting and self._is_there(waiting[0]):
                    group = waiting.pop(0)
                    yield measurer.rows(group, self._pictures(group))

    def _kept(self, made: Iterable[Made], tell: _Telling) -> Iterator[None]:
        """Once at the start, then after each picture."""
        yield
        for asked, rendered in made:
            if isinstance(rendered, NotFinite):
                self._lost[asked.key] = rendered
            else:
                self._folder.keep(self._askers[asked.key], rendered)
            self.missing.discard(asked.key)
            tell.count()
            yield

    def _batches(self) -> Iterator[Batch]:
        """Of what is made together what is missing, and was not asked for before."""
        asked = set[str]()
        for made_together in self._units():
            batch = {
                cell.shot.key: cell.shot
                for group in made_together
                for cell in group.cells
                if cell.shot.key in self.missing and cell.shot.key not in asked
            }
            asked |= batch.keys()
            if batch:
                yield tuple(batch.values())

    def _units(self) -> Iterator[list[Group]]:
        """Each group on its own, but all stops of a way."""
        for _, groups_of_unit in groupby(self._groups, key=_unit_of):
            yield list(groups_of_unit)

    def _missing(self) -> set[str]:
        """What is not there; all of a way of which anything is not: a picture that was made before
        an interruption says nothing of the process that goes on."""
        missing = set[str]()
        for made_together in self._units():
            cells = [cell for group in made_together for cell in group.cells]
            lost = {cell.shot.key for cell in cells if self._folder.find(cell) is None}
            is_way = made_together[0].condition.visit > 0
            missing |= {cell.shot.key for cell in cells} if is_way and lost else lost
        return missing

    def derived(self, rows: Sequence[Row]) -> list[Row]:
        """Numbers that take more than one group."""
        if self._experiment.kind == "ablation":
            return interactions(self._experiment, rows)
        if self._experiment.kind == "return":
            return returned(self._groups, self._made)
        return []

    def _cells(self) -> Iterator[Cell]:
        return (cell for group in self._groups for cell in group.cells)

    def _is_there(self, group: Group) -> bool:
        return not any(cell.shot.key in self.missing for cell in group.cells)

    def shown(self, cell: Cell) -> Rendered | None:
        """For the sheet: grey where there is no picture."""
        if cell.shot.key not in self._lost:
            return self._folder.find(cell)
        sampling = cell.request.sampling
        grey = bytes([_GREY]) * (sampling.width * sampling.height * 3)
        picture = Picture(sampling.width, sampling.height, grey)
        return Rendered(cell.request, picture, Timings(), fingerprint="")

    def _made(self, cell: Cell) -> Rendered | None:
        return None if cell.shot.key in self._lost else self._found(cell)

    def _base_pictures(self, base: Sequence[Group]) -> dict[str, np.ndarray]:
        """By prompt, all of them; raises `NotFinite` where the base has none."""
        for group in base:
            for cell in group.cells:
                if nothing := self._lost.get(cell.shot.key):
                    raise nothing
        return {group.prompt: pixels(self._pictures(group).values()) for group in base}

    def _pictures(self, group: Group) -> dict[int, Picture]:
        """By the place of their cell; of those that are not lost."""
        return {
            at: self._found(cell).picture
            for at, cell in enumerate(group.cells)
            if cell.shot.key not in self._lost
        }

    def _found(self, cell: Cell) -> Rendered:
        rendered = self._folder.find(cell)
        if rendered is None:
            raise FileError(
                f"The picture “{cell.id}.png” is no longer in “{self._folder.path}”, or is not "
                "what it was."
            )
        return rendered


def _unit_of(group: Group) -> tuple[int, str]:
    """Equal for what is made together: the number of a way, or the group itself."""
    return (group.condition.order, "") if group.condition.visit else (0, group.id)
