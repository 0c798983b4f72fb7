"""An experiment from its description to its folder, whatever makes the pictures."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

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
        if experiment.kind == "ablation":
            together = interactions(rows)
            writer.write(together)
            rows += together
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

    def _batches(self) -> Iterable[Batch]:
        """Of each group what is missing, and was not asked for by one before it."""
        asked = set[str]()
        for group in self._groups:
            batch = dict[str, Cell]()
            for cell in group.cells:
                key = cell.shot.key
                if key in self.missing and key not in asked:
                    batch[key] = cell
            asked |= batch.keys()
            if batch:
                yield tuple(cell.shot for cell in batch.values())

    def _missing(self) -> set[str]:
        found = (c.shot.key for c in self._cells() if self._folder.find(c) is None)
        return set(found)

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
            at: self._found(cell)
            for at, cell in enumerate(group.cells)
            if cell.shot.key not in self._lost
        }

    def _found(self, cell: Cell) -> Picture:
        rendered = self._folder.find(cell)
        if rendered is None:
            raise FileError(
                f"The picture “{cell.id}.png” is no longer in “{self._folder.path}”, or is not "
                "what it was."
            )
        return rendered.picture
