"""An experiment from its description to its folder, whatever makes the pictures."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, takewhile

import numpy as np

from loraviewer.core.experiments.cells import AllGroups, Cell, Group, cell_of, conditions
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import CountedShare, Mean, Row
from loraviewer.core.experiments.progress import Going
from loraviewer.core.experiments.verdicts import Verdict, verdicts
from loraviewer.core.outcome import FileError, NotFinite, Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.sentences import say
from loraviewer.lab.experiments.counted_shares import counted_shares, counted_table
from loraviewer.lab.experiments.evidence import FromRows
from loraviewer.lab.experiments.fresh_pictures import FreshPictures
from loraviewer.lab.experiments.interactions import interactions
from loraviewer.lab.experiments.measured_steps import measured_steps
from loraviewer.lab.experiments.measuring import Measurer, pixels
from loraviewer.lab.experiments.result_folder import (
    CHOICES,
    REPORT,
    RESULTS,
    SHEET,
    SUMMARY,
    ResultFolder,
)
from loraviewer.lab.experiments.returns import returned
from loraviewer.lab.experiments.sheet import sheet_of
from loraviewer.lab.experiments.summary import summary
from loraviewer.lab.experiments.tables import RowWriter, summary_table
from loraviewer.lab.reports.experiment_page import (
    MOST_THUMBNAILS,
    ExperimentReport,
    experiment_page,
)
from loraviewer.lab.runners.runner import Batch, Made, Runner
from loraviewer.pictures.contact_sheet import encoded_sheet

_GREY = 128

_Place = tuple[int, int, int]
"""A cell: which condition, the number of its prompt from 1, and its seed."""


@dataclass(frozen=True)
class Outcome:
    """`made`: pictures that were neither in the folder nor in the picture store. `verdicts`: what
    the means say. `counted`: options of prompts that leave something to the seed."""

    means: list[Mean]
    made: int
    verdicts: tuple[Verdict, ...] = ()
    counted: tuple[CountedShare, ...] = ()


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
    told = verdicts(experiment, means, FromRows(rows, means))
    sheet = encoded_sheet(sheet_of(experiment, run.shown))
    folder.write(SHEET, sheet)
    folder.write(SUMMARY, summary_table(means))
    counted = counted_shares(experiment, rows)
    if counted:
        folder.write(CHOICES, counted_table(counted))
    folder.write(REPORT, run.report(means, told, sheet, counted))
    return Outcome(means, tell.made, told, counted)


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
        self._total, self._done, self._began = total, done_before, clock()
        self.made = 0
        on_progress(Going(done_before, total, None))

    def count(self, *, is_stored: bool) -> None:
        """is_stored: it was made before, and took no time that others would take."""
        self._done += 1
        self.made += not is_stored
        if is_stored and not self.made:
            self._began = self._clock()
            self._on_progress(Going(self._done, self._total, None))
            return
        pace_s = (self._clock() - self._began) / self.made
        self._on_progress(Going(self._done, self._total, pace_s * (self._total - self._done)))


class _Run:
    """Cells that ask for the same picture get it together. It holds two names for each cell, and
    no cells."""

    def __init__(self, experiment: Experiment, folder: ResultFolder) -> None:
        self._experiment = experiment
        self._folder = folder
        self._groups = AllGroups(experiment)
        self._conditions = conditions(experiment)
        self._keys = dict[str, str]()
        """Of each cell by its id. Cells themselves are made when they are needed."""
        self._askers = dict[str, tuple[_Place, ...]]()
        self._look_through()
        self.total = len(self._askers)
        self.missing = self._missing()
        self._lost: dict[str, NotFinite] = {}
        self._fresh = FreshPictures()

    def _look_through(self) -> None:
        for at, condition in enumerate(self._conditions):
            for number in range(1, len(self._experiment.prompts) + 1):
                for seed in self._experiment.seeds:
                    cell = cell_of(self._experiment, condition, number, seed)
                    key = self._keys[cell.id] = cell.shot.key
                    self._askers[key] = (*self._askers.get(key, ()), (at, number, seed))

    def _askers_of(self, key: str) -> list[Cell]:
        return [
            cell_of(self._experiment, self._conditions[at], number, seed)
            for at, number, seed in self._askers[key]
        ]

    def measured(self, runner: Runner, measurer: Measurer, tell: _Telling) -> Generator[list[Row]]:
        """The rows of group after group, in their order, each as soon as its pictures are there."""
        waiting = iter(self._groups)
        following = next(waiting, None)
        base = [*takewhile(lambda group: group.condition == self._conditions[0], self._groups)]
        has_begun = False
        with closing(runner.made(_AsAsked(self._batches))) as made:
            for _ in self._kept(made, tell):
                if not has_begun and all(map(self._is_there, base)):
                    measurer.begin(self._base_pictures(base))
                    has_begun = True
                while has_begun and following is not None and self._is_there(following):
                    yield measurer.rows(following, self._pictures(following))
                    for cell in following.cells:
                        self._fresh.drop(self._keys[cell.id])
                    following = next(waiting, None)

    def _kept(self, made: Iterable[Made], tell: _Telling) -> Iterator[None]:
        """Once at the start, then after each picture."""
        yield
        for asked, rendered in made:
            key = asked.key
            if isinstance(rendered, NotFinite):
                self._lost[key] = rendered
            else:
                self._folder.keep(self._askers_of(key), rendered)
                self._fresh.add(key, rendered)
            self.missing.discard(key)
            tell.count(is_stored=isinstance(rendered, Rendered) and rendered.is_from_store)
            yield

    def _batches(self) -> Iterator[Batch]:
        """Of what is made together what is missing, and was not asked for before."""
        asked = set[str]()
        for made_together in self._units():
            batch = {
                self._keys[cell.id]: cell.shot
                for group in made_together
                for cell in group.cells
                if self._keys[cell.id] in self.missing and self._keys[cell.id] not in asked
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
            lost = {self._keys[cell.id] for cell in cells if self._folder.find(cell) is None}
            is_way = made_together[0].condition.visit > 0
            missing |= {self._keys[cell.id] for cell in cells} if is_way and lost else lost
        return missing

    def derived(self, rows: Sequence[Row]) -> list[Row]:
        """Numbers that take more than one group."""
        if self._experiment.kind == "ablation":
            return interactions(self._experiment, rows)
        if self._experiment.kind == "return":
            return returned(self._groups, self._made)
        if self._experiment.kind == "outputs":
            return measured_steps(self._experiment, self._groups)
        return []

    def _cells(self) -> Iterator[Cell]:
        return (cell for group in self._groups for cell in group.cells)

    def _is_there(self, group: Group) -> bool:
        return not any(self._keys[cell.id] in self.missing for cell in group.cells)

    def shown(self, cell: Cell) -> Rendered | None:
        """For the sheet: grey where there is no picture."""
        if self._keys[cell.id] not in self._lost:
            return self._folder.find(cell)
        sampling = cell.request.sampling
        grey = bytes([_GREY]) * (sampling.width * sampling.height * 3)
        picture = Picture(sampling.width, sampling.height, grey)
        return Rendered(cell.request, picture, Timings(), fingerprint="")

    def _made(self, cell: Cell) -> Rendered | None:
        return None if self._keys[cell.id] in self._lost else self._found(cell)

    def report(
        self,
        means: Sequence[Mean],
        told: Sequence[Verdict],
        sheet: bytes,
        counted: Sequence[CountedShare],
    ) -> bytes:
        """The page; with the pictures themselves where they are few."""
        shown = list(self._cells()) if len(self._keys) <= MOST_THUMBNAILS else []
        known = [cell for cell in shown if self._keys[cell.id] not in self._lost]
        pictures = {cell.id: self._found(cell).picture for cell in known}
        report = ExperimentReport(
            self._experiment, means, told, sheet, self._groups, pictures, counted
        )
        return experiment_page(report).encode()

    def _base_pictures(self, base: Sequence[Group]) -> dict[str, np.ndarray]:
        """By prompt, all of them; raises `NotFinite` where the base has none."""
        for group in base:
            for cell in group.cells:
                if nothing := self._lost.get(self._keys[cell.id]):
                    raise nothing
        return {group.prompt: pixels(self._pictures(group).values()) for group in base}

    def _pictures(self, group: Group) -> dict[int, Picture]:
        """By the place of their cell; of those that are not lost."""
        return {
            at: self._found(cell).picture
            for at, cell in enumerate(group.cells)
            if self._keys[cell.id] not in self._lost
        }

    def _found(self, cell: Cell) -> Rendered:
        rendered = self._fresh.find(self._keys[cell.id]) or self._folder.find(cell)
        if rendered is None:
            raise FileError(
                say(
                    "The picture “{name}” is no longer in “{folder}”, or is not what it was.",
                    name=f"{cell.id}.png",
                    folder=str(self._folder.path),
                )
            )
        return rendered


class _AsAsked:
    """Batches that are made anew each time that somebody goes through them, of what is missing
    then."""

    def __init__(self, begin: Callable[[], Iterator[Batch]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[Batch]:
        return self._begin()


def _unit_of(group: Group) -> tuple[int, str]:
    """Equal for what is made together: the number of a way, or the group itself."""
    return (group.condition.order, "") if group.condition.visit else (0, group.id)
