"""Weights and outputs in the studio: what moves one step by as much is measured first."""

import msgspec

from loraviewer.bridge.controller import StudioController
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.outputs import OUTPUT_ARMS
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured, StepWanted
from loraviewer.lab.experiments.calibrating import calibrated
from tests.bridge.experiments.studios import (
    Bench,
    Heard,
    PaintingEngine,
    StraightGauge,
    files,
    reference,
    small,
)


class HeldEngine(PaintingEngine):
    """`hold` and `release` count what is measured of one step, too."""

    def measure_pictures(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        if isinstance(wanted, StepWanted):
            self._wait(token)
            token.raise_if_cancelled()
        return super().measure_pictures(wanted, token)


def outputs(studio: StudioController) -> Experiment:
    return small(studio.experiments.draft("outputs"), energies=(0.1, 0.2), seeds=(1, 2))


def calibrating(studio: StudioController) -> bool:
    going = studio.experiments.state.going
    return going is not None and going.stage == "calibrating" and going.done > 0


def finish(bench: Bench, studio: StudioController) -> dict[str, bytes]:
    bench.until(lambda: studio.experiments.state.phase == "finished")
    folder = studio.experiments.state.folder
    assert folder is not None
    return files(folder)


def test_it_is_measured_before_the_folder_says_what_it_is(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    heard, asked = Heard(studio), outputs(studio)
    studio.experiments.start(asked)
    made = finish(bench, studio)
    wanted = calibrated(asked, StraightGauge(asked))
    assert studio.experiments.state.experiment == wanted
    assert made == reference(wanted, tmp_path / "local", PaintingEngine())
    first = [going for going in heard.goings if going.stage == "calibrating"]
    assert [going.done for going in first] == list(range(2 * len(OUTPUT_ARMS)))
    assert {going.total for going in first} == {2 * len(OUTPUT_ARMS)}
    assert heard.goings[len(first)].stage == "pictures"
    assert len({cell.id for cell in heard.cells}) == len(heard.cells) == 2 * (1 + len(first))


def test_a_fader_gets_its_picture_in_between(bench, tmp_path):
    engine = HeldEngine()
    studio = bench.open(engine)
    asked = outputs(studio)
    engine.hold()
    studio.experiments.start(asked)
    engine.release(4)
    bench.until(lambda: calibrating(studio))
    begun = len(engine.started)
    studio.prompt.change(seed=77)
    bench.until(lambda: len(engine.started) > begun)
    assert len(engine.measured) <= 1 + 4, "what was measured was broken off"
    assert not any(request.sampling.seed in asked.seeds for request in engine.rendered)
    engine.release(10_000)
    made = finish(bench, studio)
    wanted = calibrated(asked, StraightGauge(asked))
    assert made == reference(wanted, tmp_path / "local", PaintingEngine())


def test_a_pause_while_it_is_measured_leaves_no_trace(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    heard, asked, paused = Heard(studio), outputs(studio), list[int]()

    def pause_once() -> None:
        if not paused and calibrating(studio):
            paused.append(1)
            studio.experiments.pause()

    studio.experiments.progressed.connect(lambda _: pause_once())
    studio.experiments.start(asked)
    bench.until(lambda: studio.experiments.state.phase == "paused")
    for _ in range(50):
        bench.turn()
    measured = len(engine.measured)
    for _ in range(50):
        bench.turn()
    assert len(engine.measured) == measured
    studio.experiments.go_on()
    made = finish(bench, studio)
    wanted = calibrated(asked, StraightGauge(asked))
    assert made == reference(wanted, tmp_path / "local", PaintingEngine())
    assert not heard.failures


def test_a_stop_while_it_is_measured_leaves_nothing(bench):
    engine = HeldEngine()
    studio = bench.open(engine)
    engine.hold()
    studio.experiments.start(outputs(studio))
    engine.release(4)
    bench.until(lambda: calibrating(studio))
    studio.experiments.stop()
    assert studio.experiments.state.phase == "idle"
    engine.release(10_000)
    results = bench.folder / "experiments"
    bench.until(lambda: not list(results.iterdir()))
    studio.experiments.start(msgspec.structs.replace(outputs(studio), energies=(0.1,)))
    finish(bench, studio)


def test_another_base_meanwhile_pauses_it_and_it_goes_on_once_it_is_back(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    asked = outputs(studio)
    loaded = list[int]()

    def load_once() -> None:
        if not loaded and calibrating(studio):
            loaded.append(1)
            studio.base.open("other")

    studio.experiments.progressed.connect(lambda _: load_once())
    studio.experiments.start(asked)
    bench.until(lambda: studio.experiments.state.phase == "paused")
    assert "is of another base" in studio.experiments.state.sentence
    bench.until(lambda: not studio.base.is_loading)
    studio.base.open("demo")
    bench.until(lambda: not studio.base.is_loading)
    studio.experiments.go_on()
    made = finish(bench, studio)
    wanted = calibrated(asked, StraightGauge(asked))
    assert made == reference(wanted, tmp_path / "local", PaintingEngine())
