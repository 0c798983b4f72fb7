"""An experiment through the studio on a real engine: its numbers are those of a local run."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.app.experiments import experiment_services
from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.stack import StackEntry
from tests.bridge.conftest import dispose
from tests.fakes import PATIENCE_S
from tests.listeners import silent


@pytest.fixture
def studio(services, tiny_folder, tmp_path, qtbot):
    from loraviewer.engine.studio_engine import StudioEngine
    from loraviewer.lab.experiments.picture_lab import PictureLab

    thread = EngineThread(lambda: StudioEngine("cpu", picture_lab=PictureLab()))
    told = replace(services, experiments=experiment_services(tmp_path / "experiments"))
    studio = StudioController(thread, told)
    studio.start()
    studio.base.open(str(tiny_folder / "sd"))
    qtbot.waitUntil(lambda: studio.base.info is not None, timeout=60_000)
    for number, name in enumerate(("style", "words")):
        path = tiny_folder / f"{name}.safetensors"
        sha256 = file_sha256(path)
        row = StackEntry(entry_id=str(number), name=name, path=str(path), sha256=sha256, scale=0.8)
        studio.stack.add(row)
    yield studio
    dispose(studio)


def asked(studio: StudioController) -> Experiment:
    draft = studio.experiments.draft("ladder")
    sampling = msgspec.structs.replace(draft.base.sampling, steps=2, width=32, height=32)
    return msgspec.structs.replace(
        draft,
        base=msgspec.structs.replace(draft.base, sampling=sampling),
        prompts=("a cat",),
        seeds=(1, 2),
        depths=(1, 2),
        orders=1,
        measures=("difference", "contrast", "ssim"),
    )


def local(experiment: Experiment, base: str, path: Path) -> bytes:
    from loraviewer.engine.studio_engine import StudioEngine
    from loraviewer.lab.experiments.drawn_twins import drawn_twins
    from loraviewer.lab.experiments.known_measures import measures_of
    from loraviewer.lab.experiments.measuring import Measuring
    from loraviewer.lab.experiments.result_folder import ResultFolder
    from loraviewer.lab.experiments.run import run_experiment
    from loraviewer.lab.runners.local import LocalRunner

    engine = StudioEngine("cpu", stand_ins=drawn_twins(experiment.adapters, experiment.orders))
    engine.load_checkpoint(base, CancelToken(), silent)
    measurer = Measuring(measures_of(experiment))
    run_experiment(experiment, ResultFolder(path), LocalRunner(engine), measurer)
    return (path / "results.csv").read_bytes()


def test_a_ladder_with_random_twins_gives_the_numbers_of_a_local_run(
    studio, tiny_folder, tmp_path, qtbot
):
    experiment = asked(studio)
    assert "random" in experiment.arms
    studio.experiments.start(experiment)
    finished = lambda: studio.experiments.state.phase != "running"  # noqa: E731
    qtbot.waitUntil(finished, timeout=int(5_000 * PATIENCE_S))
    assert studio.experiments.state.phase == "finished", studio.experiments.state.sentence
    folder = studio.experiments.state.folder
    assert folder is not None
    wanted = local(experiment, str(tiny_folder / "sd"), tmp_path / "local")
    assert (folder / "results.csv").read_bytes() == wanted


def test_weights_and_outputs_are_compared_at_equal_steps_as_on_the_command_line(
    studio, tiny_folder, tmp_path, qtbot
):
    from loraviewer.engine.studio_engine import StudioEngine
    from loraviewer.lab.experiments.calibrating import calibrated
    from loraviewer.lab.experiments.stand_ins_of import stand_ins_of
    from loraviewer.lab.experiments.step_gauge import StepGauge

    experiment = msgspec.structs.replace(
        asked(studio), kind="outputs", depths=(), arms=("real",), energies=(0.05,), draws=1
    )
    studio.experiments.start(experiment)
    finished = lambda: studio.experiments.state.phase != "running"  # noqa: E731
    qtbot.waitUntil(finished, timeout=int(5_000 * PATIENCE_S))
    assert studio.experiments.state.phase == "finished", studio.experiments.state.sentence
    engine = StudioEngine("cpu", stand_ins=stand_ins_of(experiment))
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    wanted = calibrated(experiment, StepGauge(engine, experiment))
    assert studio.experiments.state.experiment == wanted
    assert len(wanted.nominals) == 7


def test_a_file_that_vanishes_pauses_and_goes_on_once_it_is_back(
    studio, tiny_folder, tmp_path, qtbot
):
    draft = asked(studio)
    moved = tmp_path / "moved.safetensors"
    moved.write_bytes((tiny_folder / "words.safetensors").read_bytes())
    adapters = (draft.adapters[0], msgspec.structs.replace(draft.adapters[1], path=str(moved)))
    hidden = moved.rename(tmp_path / "hidden.safetensors")
    # Nobody has loaded it under this name of its content yet.
    blank = msgspec.structs.replace(adapters[1], sha256="0" * 64)
    experiment = msgspec.structs.replace(draft, adapters=(adapters[0], blank), arms=("real",))
    studio.experiments.start(experiment)
    qtbot.waitUntil(lambda: studio.experiments.state.phase == "paused", timeout=60_000)
    assert "is no longer there" in studio.experiments.state.sentence
    hidden.rename(moved)
    studio.experiments.go_on()
    qtbot.waitUntil(lambda: studio.experiments.state.phase == "paused", timeout=60_000)
    assert "has changed since it was added" in studio.experiments.state.sentence
