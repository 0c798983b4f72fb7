"""The experiment that is looked at: the one that runs, or one of earlier."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.core.experiments.cells import Cell
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import CountedShare, Mean, Row
from loraviewer.core.experiments.past import Concluded, OpenedExperiment
from loraviewer.core.experiments.progress import Going, Phase, RunState, Stage
from loraviewer.core.experiments.verdicts import Verdict
from loraviewer.core.outcome import Rendered
from loraviewer.ui.lab.experiments.picture_shelf import PictureShelf
from loraviewer.ui.lab.experiments.running_means import RunningMeans


class ShownExperiment(QObject):
    """Follows the run, until one of earlier is opened; `show_run` goes back to it. GUI thread
    only."""

    changed = Signal()  # which it is, or its folder, or whether it is finished
    means_changed = Signal()

    def __init__(self, experiments: Experiments, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._experiments = experiments
        self.pictures = PictureShelf(experiments, self)
        self._experiment: Experiment | None = None
        self._folder: Path | None = None
        self._means: tuple[Mean, ...] = ()
        self._verdicts: tuple[Verdict, ...] = ()
        self._counted: tuple[CountedShare, ...] = ()
        self._is_finished = False
        self._is_run = False
        self._run: RunState = experiments.state
        self._stage: Stage = "pictures"
        self._running = RunningMeans("ladder")
        self._concluded: Concluded | None = None
        self._answered: set[str] = set()
        """Ids of the cells that the run answered, also while another one is looked at."""
        experiments.started.connect(self._on_started)
        experiments.state_changed.connect(self._on_state_changed)
        experiments.progressed.connect(self._on_progressed)
        experiments.cell_answered.connect(self._on_cell_answered)
        experiments.rows_added.connect(self._on_rows_added)
        experiments.finished.connect(self._on_finished)
        experiments.opened.connect(self._on_opened)
        if self._run.experiment is not None:
            self._on_started(self._run)

    @property
    def experiment(self) -> Experiment | None:
        return self._experiment

    @property
    def folder(self) -> Path | None:
        return self._folder

    @property
    def is_finished(self) -> bool:
        return self._is_finished

    @property
    def is_run(self) -> bool:
        """Whether it is what the studio works on, or worked on last."""
        return self._is_run

    @property
    def phase(self) -> Phase:
        """Of the run, where it is shown; what was opened is idle or finished."""
        if self._is_finished:
            return "finished"
        return self._run.phase if self._is_run else "idle"

    @property
    def is_calibrating(self) -> bool:
        """Whether the run is shown, and measures before it makes pictures."""
        return self._is_run and self._stage == "calibrating" and self.phase == "running"

    @property
    def has_other_run(self) -> bool:
        """Whether something runs that is not shown."""
        return not self._is_run and self._run.phase in ("running", "paused")

    @property
    def means(self) -> tuple[Mean, ...]:
        """As far as there are any: without intervals until it is finished."""
        if self._is_run and not self._is_finished:
            return self._running.means()
        return self._means

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What its numbers say; none until it is finished."""
        return self._verdicts if self._is_finished else ()

    @property
    def counted(self) -> tuple[CountedShare, ...]:
        """Options that its prompts left to the seed; none until it is finished."""
        return self._counted if self._is_finished else ()

    @Slot()
    def show_run(self) -> None:
        """What runs, instead of what was opened."""
        if self._run.experiment is not None and not self._is_run:
            self._show(self._run.experiment, self._run.folder, (), is_run=True, is_finished=False)

    def _show(
        self,
        experiment: Experiment,
        folder: Path | None,
        means: Sequence[Mean],
        told: Sequence[Verdict] = (),
        counted: Sequence[CountedShare] = (),
        *,
        is_run: bool,
        is_finished: bool,
    ) -> None:
        self._experiment, self._folder = experiment, folder
        self._means, self._is_run, self._is_finished = tuple(means), is_run, is_finished
        self._verdicts, self._counted = tuple(told), tuple(counted)
        if is_run and self._concluded is not None:
            self._take(self._concluded)
        self.pictures.show(folder, self._answered if is_run else None)
        self.changed.emit()
        self.means_changed.emit()

    # -- the run ------------------------------------------------------------------------------

    @Slot(object)
    def _on_started(self, state: RunState) -> None:
        if state.experiment is None:
            return
        self._run, self._concluded = state, None
        self._running = RunningMeans(state.experiment.kind)
        self._answered.clear()
        is_same = self._is_run and state.experiment == self._experiment
        if is_same and self._folder == state.folder:
            self._is_finished = False
            self.changed.emit()
            return
        self._show(state.experiment, state.folder, (), is_run=True, is_finished=False)

    @Slot(object)
    def _on_state_changed(self, state: RunState) -> None:
        self._run = state
        if self._is_run and state.folder is not None and state.folder != self._folder:
            self._folder = state.folder
            self.pictures.use_folder(state.folder)
        self.changed.emit()

    @Slot(object)
    def _on_progressed(self, going: Going) -> None:
        if going.stage != self._stage:
            self._stage = going.stage
            self.changed.emit()

    @Slot(object, object)
    def _on_cell_answered(self, cell: Cell, rendered: Rendered | None) -> None:
        self._answered.add(cell.id)
        if self._is_run:
            self.pictures.put(cell, rendered)

    @Slot(object)
    def _on_rows_added(self, rows: Sequence[Row]) -> None:
        self._running.add(rows)
        if self._is_run:
            self.means_changed.emit()

    @Slot(object, object)
    def _on_finished(self, concluded: Concluded, folder: Path) -> None:
        self._concluded = concluded
        if not self._is_run:
            return
        self._folder = folder
        self._take(concluded)
        self.pictures.use_folder(folder)
        self.changed.emit()
        self.means_changed.emit()

    def _take(self, concluded: Concluded) -> None:
        self._means, self._verdicts = concluded.means, concluded.verdicts
        self._counted = concluded.counted
        self._is_finished = True

    # -- one of earlier -----------------------------------------------------------------------

    @Slot(object)
    def _on_opened(self, opened: OpenedExperiment) -> None:
        means = opened.means
        if not opened.is_finished:
            running = RunningMeans(opened.experiment.kind)
            running.add(opened.rows)
            means = running.means()
        self._show(
            opened.experiment,
            opened.folder,
            means,
            opened.verdicts,
            opened.counted,
            is_run=False,
            is_finished=opened.is_finished,
        )
