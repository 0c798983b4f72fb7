"""Studios in which experiments run, on engines that need no network."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from loraviewer.app.experiments import experiment_services
from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.services import Services
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.cells import Cell
from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean, Row
from loraviewer.core.experiments.past import Concluded
from loraviewer.core.experiments.progress import Going, Plan, RunState
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.experiments.verdicts import Verdict
from loraviewer.core.outcome import Failure, NotFinite, Progress, Rendered, Timings
from loraviewer.core.picture_measurements import (
    PictureMeasurement,
    PicturesMeasured,
    StepMoved,
    StepWanted,
)
from loraviewer.core.request import GenerationRequest
from loraviewer.core.settings import Settings
from loraviewer.lab.experiments.known_measures import measures_of
from loraviewer.lab.experiments.measuring import Measuring
from loraviewer.lab.experiments.picture_lab import PictureLab
from loraviewer.lab.experiments.result_folder import ResultFolder
from loraviewer.lab.experiments.run import run_experiment
from loraviewer.lab.runners.local import LocalRunner
from loraviewer.pictures.store import PictureStore
from tests.bridge.conftest import both_shown, dispose
from tests.fakes import PATIENCE_S, ScriptedEngine
from tests.lab.experiments.painters import painted

MEASURES = ("difference", "contrast", "vendi")


class PaintingEngine(ScriptedEngine):
    """Seeded patterns, and noise that grows with the strengths on them. `overflows`: strength from
    which on there is no picture."""

    def __init__(self, overflows: float = 1e9) -> None:
        super().__init__()
        self._lab = PictureLab()
        self._overflows = overflows
        self.measured: list[PictureMeasurement] = []

    def render(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        if any(adapter.scale >= self._overflows for adapter in request.adapters):
            raise NotFinite("There is no picture.")
        rendered = super().render(request, token, on_progress)
        return msgspec.structs.replace(rendered, picture=painted(request))

    def measure_pictures(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        self._enter()
        self.measured.append(wanted)
        if isinstance(wanted, StepWanted):
            return StepMoved(step_of(wanted.condition))
        return self._lab.measure(wanted, token)

    def render_disturbed(
        self,
        request: GenerationRequest,
        disturbance: Disturbance,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        self._enter()
        return Rendered(request, painted(request), Timings(), fingerprint="weights")


def step_of(condition: Condition) -> float:
    """What it moves one step by: twice what it is given."""
    if condition.disturbance is not None:
        return 2 * condition.disturbance.energy
    return 2 * abs(condition.adapters[0].scale)


class StraightGauge:
    """As `PaintingEngine` answers."""

    def __init__(self, experiment: Experiment) -> None:
        self._prompts = len(experiment.prompts)

    def changes(self, condition: Condition) -> tuple[float, ...]:
        return (step_of(condition),) * self._prompts


class Heard(QObject):
    """All that a studio's experiments told."""

    def __init__(self, studio: StudioController) -> None:
        super().__init__(studio)
        self.states: list[RunState] = []
        self.goings: list[Going] = []
        self.cells: list[Cell] = []
        self.pictures: list[Rendered | None] = []
        self.rows: list[Row] = []
        self.means: tuple[Mean, ...] | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        self.failures: list[Failure] = []
        self.plans: list[Plan] = []
        experiments = studio.experiments
        experiments.state_changed.connect(self.states.append)
        experiments.progressed.connect(self.goings.append)
        experiments.started.connect(self._on_started)
        experiments.cell_answered.connect(self._on_answered)
        experiments.rows_added.connect(self.rows.extend)
        experiments.finished.connect(self._on_finished)
        experiments.failed.connect(self.failures.append)
        experiments.planned.connect(self.plans.append)

    def _on_started(self, _: RunState) -> None:
        self.rows.clear()
        self.cells.clear()
        self.pictures.clear()

    def _on_answered(self, cell: Cell, rendered: Rendered | None) -> None:
        self.cells.append(cell)
        self.pictures.append(rendered)

    def _on_finished(self, concluded: Concluded, _: Path) -> None:
        self.means, self.verdicts = concluded.means, concluded.verdicts


class Bench:
    """Opens one studio after the other on the same folders."""

    def __init__(self, services: Services, folder: Path, qtbot) -> None:
        self._services = services
        self.folder = folder
        self._qtbot = qtbot
        self._open: list[StudioController] = []

    def open(
        self,
        engine: ScriptedEngine,
        rows: tuple[str, ...] = ("manga", "ink"),
        *,
        stores=False,
        settings: Settings | None = None,
    ) -> StudioController:
        """With the demo and these rows shown."""
        services = replace(
            self._services,
            experiments=experiment_services(self.folder / "experiments"),
            open_pictures=self.store if stores else None,
        )
        studio = StudioController(EngineThread(lambda: engine), services, settings)
        self._open.append(studio)
        studio.start()
        studio.base.open("demo")
        self.until(lambda: both_shown(studio))
        if rows:
            studio.intake.add([f"/adapters/{name}.safetensors" for name in rows])
            self.until(lambda: len(studio.stack.stack.entries) == len(rows) and both_shown(studio))
        return studio

    def store(self) -> PictureStore:
        return PictureStore(self.folder / "pictures", 1 << 30)

    def until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))

    def turn(self) -> None:
        """Of the event loop, and a moment for the other threads."""
        QApplication.processEvents()
        time.sleep(0.002)

    def close(self) -> None:
        for studio in self._open:
            dispose(studio)
        self._open.clear()


def small(experiment: Experiment, **changes) -> Experiment:
    """Quick to make."""
    base = experiment.base
    sampling = msgspec.structs.replace(base.sampling, steps=2)
    base = msgspec.structs.replace(base, sampling=sampling)
    fields = {"base": base, "measures": MEASURES, "seeds": (1, 2, 3), **changes}
    return msgspec.structs.replace(experiment, **fields)


def files(path: Path) -> dict[str, bytes]:
    found = [file for file in path.rglob("*") if file.is_file()]
    return {str(file.relative_to(path)): file.read_bytes() for file in found}


def reference(experiment: Experiment, path: Path, engine: ScriptedEngine) -> dict[str, bytes]:
    """All files, as they come without a studio and without interruption."""
    measurer = Measuring(measures_of(experiment))
    run_experiment(experiment, ResultFolder(path), LocalRunner(engine), measurer)
    return files(path)
