"""Experiments of the studio whose pictures others make: the files are those of any other run."""

import threading

import pytest

from loraviewer.app import experiments as app_experiments
from loraviewer.core.cancel import Cancelled
from loraviewer.core.experiments.cells import cost
from loraviewer.core.experiments.hands import IN_STUDIO, AtWork, RunsOn
from loraviewer.core.outcome import AdapterError
from loraviewer.core.settings import Settings
from loraviewer.lab.experiments.known_measures import measures_of
from loraviewer.lab.experiments.measuring import Measuring
from loraviewer.lab.experiments.result_folder import ResultFolder
from loraviewer.lab.experiments.run import run_experiment
from loraviewer.lab.runners.local import LocalRunner
from loraviewer.lab.runners.processes import ProcessRunner
from loraviewer.lab.runners.stored import StoredRunner
from loraviewer.lab.runners.told import ToldRunner
from tests.bridge.experiments.studios import Heard, PaintingEngine, files, small
from tests.lab.experiments.painters import NoisePainter

PROCESSES = RunsOn(who="processes", workers=2)


def by(make):
    """In place of who would open the base: a runner made by `make`, which is given `check`."""

    def elsewhere(experiment, hands, hashes):
        hands.working(AtWork(1, 2, 2))
        runner = StoredRunner(make(hands.check), hands)
        return ToldRunner(runner, lambda made: hands.told(made.asked, made.rendered))

    return elsewhere


def alone(experiment, path):
    """All files, as one painter makes them without a studio."""
    measurer = Measuring(measures_of(experiment))
    run_experiment(experiment, ResultFolder(path), LocalRunner(NoisePainter()), measurer)
    return files(path)


def processes(check):
    return ProcessRunner(NoisePainter, 2, check)


class Failing:
    def made(self, batches):
        raise AdapterError("“b.safetensors” is no longer there.")
        yield


@pytest.fixture
def begun(bench, monkeypatch):
    def call(make=processes, *, stores=False):
        monkeypatch.setattr(app_experiments, "elsewhere", by(make))
        engine = PaintingEngine()
        studio = bench.open(engine, stores=stores)
        studio.experiments.run_on(PROCESSES)
        draft = studio.experiments.draft("ladder")
        experiment = small(draft, depths=(1, 2), orders=1, arms=("real", "copies"))
        return studio, experiment, engine

    return call


def test_all_files_are_those_of_a_local_run(bench, begun, tmp_path):
    studio, experiment, _ = begun()
    heard = Heard(studio)
    workers = []
    studio.experiments.hands_changed.connect(lambda: workers.append(studio.experiments.at_work))
    studio.experiments.start(experiment)
    bench.until(lambda: studio.experiments.state.phase == "finished")
    folder = studio.experiments.state.folder
    assert AtWork(1, 2, 2) in workers
    assert studio.experiments.at_work is None
    assert sorted(cell.id for cell in heard.cells) == sorted({cell.id for cell in heard.cells})
    assert files(folder) == alone(experiment, tmp_path / "local")


class Gated(NoisePainter):
    """Makes three pictures, and more once the gate is open."""

    def __init__(self, gate, check):
        super().__init__()
        self._gate, self._check = gate, check
        self.is_waiting = self.has_ended = False

    def render(self, request, token, on_progress):
        while len(self.asked) >= 3 and not self._gate.wait(0.01):
            self.is_waiting = True
            self._check_or_end()
        return super().render(request, token, on_progress)

    def _check_or_end(self):
        try:
            self._check()
        except Cancelled:
            self.has_ended = True
            raise


def test_pausing_ends_the_others_and_going_on_takes_up_what_is_there(bench, begun, tmp_path):
    gate = threading.Event()
    painters = []

    def gated(check):
        painters.append(Gated(gate, check))
        return LocalRunner(painters[-1])

    studio, experiment, _ = begun(gated)
    heard = Heard(studio)
    studio.experiments.start(experiment)
    bench.until(lambda: any(going.done == 3 for going in heard.goings))
    bench.until(lambda: painters[0].is_waiting)
    studio.experiments.pause()
    assert studio.experiments.state.phase == "paused"
    assert studio.experiments.at_work is None
    bench.until(lambda: painters[0].has_ended)
    gate.set()
    studio.experiments.go_on()
    bench.until(lambda: studio.experiments.state.phase == "finished")
    total = cost(experiment).pictures
    assert [len(one.asked) for one in painters] == [3, total - 3]
    assert files(studio.experiments.state.folder) == alone(experiment, tmp_path / "local")
    assert heard.failures == []


def test_pictures_that_others_made_are_in_the_store_and_are_not_made_again(bench, begun):
    painters = []

    def noise(check):
        painters.append(NoisePainter())
        return LocalRunner(painters[-1])

    studio, experiment, _ = begun(noise, stores=True)
    for _ in range(2):
        studio.experiments.start(experiment)
        bench.until(lambda: studio.experiments.state.phase == "finished")
        bench.until(lambda: bench.store().find(painters[0].asked[-1]) is not None)
    assert len(painters[0].asked) == cost(experiment).pictures
    assert len(painters) == 1 or not painters[1].asked


def test_a_failure_is_told_in_one_sentence_and_pauses(bench, begun):
    studio, experiment, _ = begun(lambda check: Failing())
    heard = Heard(studio)
    studio.experiments.start(experiment)
    bench.until(lambda: bool(heard.failures))
    assert heard.failures[0].message == "“b.safetensors” is no longer there."
    assert studio.experiments.state.phase == "paused" or not studio.experiments.is_running


def test_what_cannot_be_is_refused(bench, begun):
    studio, _, _ = begun()
    heard = Heard(studio)
    studio.experiments.run_on(RunsOn(who="cluster", address=" "))
    assert "address" in heard.failures[0].message
    assert studio.experiments.runs_on == PROCESSES


def test_the_choice_is_kept_with_the_settings_and_told_once(bench, begun):
    studio, _, _ = begun()
    told = []
    studio.experiments.hands_changed.connect(lambda: told.append(studio.experiments.runs_on))
    far = RunsOn(who="cluster", address="10.0.0.5:6379", workers=0)
    for _ in range(2):
        studio.experiments.run_on(far)
    assert studio.settings.settings.experiments_on == far
    assert told == [far]
    studio.settings.change(theme="dark")
    assert told == [far]


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        (PROCESSES, PROCESSES),
        (RunsOn(who="cluster", address="10.0.0.5:6379"),) * 2,
        (RunsOn(who="processes", workers=100_000), IN_STUDIO),
    ],
)
def test_a_studio_begins_with_what_was_chosen(bench, monkeypatch, kept, found):
    """Nobody is asked for a cluster that may be gone before a run begins."""
    asked = []
    monkeypatch.setattr(app_experiments, "elsewhere", lambda *given: asked.append(given))
    studio = bench.open(PaintingEngine(), settings=Settings(experiments_on=kept))
    assert studio.experiments.runs_on == found
    assert asked == []
