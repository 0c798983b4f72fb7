"""Experiments that are only told of: what a window asks is written down, what it hears is said by
the test."""

from pathlib import Path

from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.core.experiments.cells import Cell, cost
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.hands import IN_STUDIO, AtWork, RunsOn
from loraviewer.core.experiments.numbers import CountedShare, Mean, Row
from loraviewer.core.experiments.past import Concluded, OpenedExperiment, PastExperiment
from loraviewer.core.experiments.progress import Going, Plan, RunState
from loraviewer.core.experiments.verdicts import Verdict
from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter

BASE = GenerationRequest(
    checkpoint=CheckpointRef("/demo", "d" * 64), sampling=Sampling(steps=2, width=8, height=8)
)
FOLDER = Path("/experiments/one")


def adapters(*names: str) -> tuple[AppliedAdapter, ...]:
    return tuple(AppliedAdapter(name, 1.0, 1.0, name, f"/adapters/{name}") for name in names)


class FakeExperiments(Experiments):
    """`names`: of the adapters that are applied in the active pane."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names
        self.prompt = "a cat"
        self._state = RunState()
        self.asked: list[str] = []
        self.plans: list[Experiment] = []
        self.begun: list[Experiment] = []
        self.read: list[tuple[Path, str]] = []
        self.past: tuple[PastExperiment, ...] = ()
        self.problem = ""
        self.hands = IN_STUDIO
        self.others: AtWork | None = None
        self.no_cluster = ""

    # -- what is asked of it --------------------------------------------------------------

    @property
    def state(self) -> RunState:
        return self._state

    @property
    def runs_on(self) -> RunsOn:
        return self.hands

    @property
    def at_work(self) -> AtWork | None:
        return self.others

    @property
    def cluster_problem(self) -> str:
        return self.no_cluster

    def run_on(self, runs_on: RunsOn) -> None:
        self.hands = runs_on
        self.hands_changed.emit()

    def draft(self, kind: Kind) -> Experiment:
        return Experiment(
            kind=kind,
            base=BASE,
            adapters=adapters(*self.names),
            prompts=(self.prompt,) if self.prompt else (),
            seeds=(7, 8, 9, 10),
        )

    def plan(self, experiment: Experiment) -> Plan:
        self.plans.append(experiment)
        price = cost(experiment)
        return Plan(experiment, price.cells, price.stacks, problem=self.problem)

    def start(self, experiment: Experiment, folder: Path | None = None) -> None:
        self.begun.append(experiment)

    def pause(self) -> None:
        self.asked.append("pause")

    def go_on(self, folder: Path | None = None) -> None:
        self.asked.append(f"go on {folder}" if folder is not None else "go on")

    def stop(self) -> None:
        self.asked.append("stop")

    def known(self) -> tuple[PastExperiment, ...]:
        return self.past

    def look_for_known(self) -> None:
        self.asked.append("look")

    def open_past(self, folder: Path) -> None:
        self.asked.append(f"open {folder}")

    def read_picture(self, folder: Path, cell_id: str) -> None:
        self.read.append((folder, cell_id))

    # -- what the test says ---------------------------------------------------------------

    def say_counted(self, missing: int, seconds: float | None = None) -> None:
        """Of what was planned last."""
        experiment = self.plans[-1]
        price = cost(experiment)
        plan = Plan(experiment, price.cells, price.stacks, price.pictures, missing, seconds)
        self.planned.emit(plan)

    def say_started(self, experiment: Experiment, folder: Path | None = FOLDER) -> None:
        total = cost(experiment).pictures
        self._state = RunState("running", "", experiment, folder, Going(0, total, None))
        self.started.emit(self._state)
        self.state_changed.emit(self._state)

    def say_phase(self, phase: str, sentence: str = "", going: Going | None = None) -> None:
        state = RunState(
            phase,  # pyright: ignore[reportArgumentType]
            sentence,
            self._state.experiment,
            self._state.folder,
            going or self._state.going,
        )
        self._state = state
        self.state_changed.emit(state)

    def say_hands(self, others: AtWork | None) -> None:
        self.others = others
        self.hands_changed.emit()

    def say_going(self, done: int, total: int, left_s: float | None) -> None:
        self._state = _with_going(self._state, Going(done, total, left_s))
        self.progressed.emit(Going(done, total, left_s))

    def answer(self, cell: Cell, colour: tuple[int, int, int] = (200, 10, 10)) -> None:
        self.cell_answered.emit(cell, rendered(cell, colour))

    def answer_read(self, colour: tuple[int, int, int] = (10, 200, 10), cell: Cell | None = None):
        """Of what was asked for last; cell: None for a picture that is not there."""
        folder, cell_id = self.read[-1]
        found = rendered(cell, colour) if cell is not None else None
        self.picture_read.emit(folder, cell_id, found)

    def say_finished(
        self, means: tuple[Mean, ...], *told: Verdict, counted: tuple[CountedShare, ...] = ()
    ) -> None:
        self.say_phase("finished")
        self.finished.emit(Concluded(means, told, counted), FOLDER)

    def say_opened(self, experiment: Experiment, means: tuple[Mean, ...] = (),
                   rows: tuple[Row, ...] = (), *told: Verdict) -> None:  # fmt: skip
        folder = Path("/experiments/old")
        self.opened.emit(OpenedExperiment(folder, experiment, rows, means, bool(means), told))


def _with_going(state: RunState, going: Going) -> RunState:
    return RunState(state.phase, state.sentence, state.experiment, state.folder, going)


def rendered(cell: Cell, colour: tuple[int, int, int]) -> Rendered:
    picture = Picture(8, 8, bytes(colour) * 64)
    return Rendered(cell.request, picture, Timings(), fingerprint="")


def verdict(sentence: str, measure: str, value: float, unit: str = "seed spreads") -> Verdict:
    """Decided."""
    return Verdict(sentence, measure, value, None, None, 0.95, unit, 8, 16, True, "")
