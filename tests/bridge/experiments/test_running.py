"""Experiments in the studio: the files are those of any other run, whatever comes in between."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from loraviewer.bridge.controller import StudioController
from loraviewer.core.atomic import new_file
from loraviewer.core.experiments.cells import cost, groups
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.outcome import AdapterError, FailureKind, Rendered
from loraviewer.lab.experiments import result_folder
from tests.bridge.conftest import both_shown
from tests.bridge.experiments.studios import (
    Bench,
    Heard,
    PaintingEngine,
    files,
    reference,
    small,
)


def ladder(studio: StudioController) -> Experiment:
    draft = studio.experiments.draft("ladder")
    return small(draft, depths=(1, 2), orders=1, arms=("real", "copies"))


def finish(bench: Bench, studio: StudioController) -> Path:
    bench.until(lambda: studio.experiments.state.phase == "finished")
    folder = studio.experiments.state.folder
    assert folder is not None
    return folder


def pause_of_failure(bench: Bench, studio: StudioController) -> str:
    bench.until(lambda: studio.experiments.state.phase == "paused")
    return studio.experiments.state.sentence


def has_a_picture(studio: StudioController) -> bool:
    going = studio.experiments.state.going
    return going is not None and going.done > 0


@pytest.mark.parametrize("kind", ["ladder", "sweep", "ablation", "return", "seeds"])
def test_all_files_are_those_of_a_local_run(bench, tmp_path, kind):
    studio = bench.open(PaintingEngine())
    experiment = small(studio.experiments.draft(kind), arms=("real",))
    studio.experiments.start(experiment)
    folder = finish(bench, studio)
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())
    assert folder.parent == bench.folder / "experiments"
    assert folder.name.endswith(f"-{kind}-1")


def test_everything_is_told_once(bench):
    studio = bench.open(PaintingEngine())
    heard, experiment = Heard(studio), ladder(studio)
    studio.experiments.start(experiment)
    folder = finish(bench, studio)
    cells = [cell for group in groups(experiment) for cell in group.cells]
    assert sorted(cell.id for cell in heard.cells) == sorted(cell.id for cell in cells)
    for cell, rendered in zip(heard.cells, heard.pictures, strict=True):
        assert isinstance(rendered, Rendered)
        assert rendered.request.sha256() == cell.request.sha256()
    assert len(heard.rows) == len((folder / "results.csv").read_text().splitlines()) - 1
    assert heard.goings[-1].done == heard.goings[-1].total == cost(experiment).pictures
    assert heard.means is not None
    assert len(heard.means) == len((folder / "summary.csv").read_text().splitlines()) - 1
    assert [state.phase for state in heard.states] == ["running", "finished"]


def test_rows_that_take_more_than_one_group_are_told_too(bench):
    studio = bench.open(PaintingEngine())
    heard = Heard(studio)
    studio.experiments.start(small(studio.experiments.draft("ablation")))
    folder = finish(bench, studio)
    assert "interaction" in {row.arm for row in heard.rows}
    assert len(heard.rows) == len((folder / "results.csv").read_text().splitlines()) - 1


def test_a_stack_that_gives_no_picture_is_told_as_none(bench, tmp_path):
    studio = bench.open(PaintingEngine(overflows=1.5))
    heard, experiment = Heard(studio), small(studio.experiments.draft("sweep"))
    studio.experiments.start(experiment)
    folder = finish(bench, studio)
    wanted = reference(experiment, tmp_path / "local", PaintingEngine(overflows=1.5))
    assert files(folder) == wanted
    lost = {
        cell.id
        for cell, rendered in zip(heard.cells, heard.pictures, strict=True)
        if rendered is None
    }
    strong = {cell.id for cell in heard.cells if any(a.scale >= 1.5 for a in cell.request.adapters)}
    assert lost == strong != set()
    assert {row.cell for row in heard.rows if row.measure == "finite"} == lost


def test_the_engine_thread_measures_and_the_run_has_a_thread_of_its_own(bench, monkeypatch):
    engine, encoding = PaintingEngine(), set[int]()

    def encode(picture, record, stack):
        encoding.add(threading.get_ident())
        return real(picture, record, stack)

    real = result_folder.encode_stored
    monkeypatch.setattr(result_folder, "encode_stored", encode)
    studio = bench.open(engine)
    studio.experiments.start(ladder(studio))
    finish(bench, studio)
    assert engine.measured
    assert len(engine.threads) == len(encoding) == 1
    assert threading.get_ident() not in encoding | engine.threads
    assert not encoding & engine.threads


def test_the_thread_of_a_run_needs_no_torch():
    """All of it, with hands that know the answers, in a process that has not imported torch."""
    script = "tests.bridge.experiments.without_torch"
    ran = subprocess.run(
        [sys.executable, "-m", script], capture_output=True, text=True, env=dict(os.environ)
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["rows", "1", "torch", "False"]


# -- while a person works -----------------------------------------------------------------


def test_a_fader_gets_its_picture_first_and_the_experiment_goes_on(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    experiment = ladder(studio)
    made_before = len(engine.started)
    engine.hold()
    studio.experiments.start(experiment)
    bench.until(lambda: len(engine.started) > made_before)
    broken_off = engine.started[-1]
    row = studio.stack.stack.entries[0].entry_id
    studio.stack.set_scale(row, 0.123)
    wanted = studio.stack.stack.applied()
    engine.release(10_000)
    bench.until(lambda: both_shown(studio))
    finish(bench, studio)
    first = engine.rendered[made_before]
    assert first.adapters == wanted, "the pane's picture was not the first that was finished"
    assert broken_off in engine.rendered
    assert files(studio.experiments.state.folder) == reference(
        experiment, tmp_path / "local", PaintingEngine()
    )


def test_while_a_fader_is_held_nothing_is_begun(bench):
    engine = PaintingEngine()
    studio = bench.open(engine)
    studio.stack.begin_drag()
    made_before = len(engine.started)
    studio.experiments.start(ladder(studio))
    bench.until(lambda: studio.experiments._lane.is_busy)
    for _ in range(50):
        bench.turn()
    assert len(engine.started) == made_before
    assert not engine.measured
    studio.stack.end_drag()
    finish(bench, studio)


def test_a_way_keeps_its_order_with_a_pane_in_between(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    experiment = small(studio.experiments.draft("return"))
    made_before = len(engine.started)
    engine.hold()
    studio.experiments.start(experiment)
    bench.until(lambda: len(engine.started) > made_before)
    engine.release(9)
    studio.prompt.change(prompt="a girl")
    engine.release(10_000)
    folder = finish(bench, studio)
    stops = [c.shot for group in groups(experiment) for c in group.cells if c.shot.visit]
    made = [r for r in engine.rendered[made_before:] if r.sampling.seed in experiment.seeds]
    on_the_way = [r.sha256() for r in made if r.sampling.steps == 2][-len(stops) :]
    assert sorted(on_the_way) == sorted(shot.request.sha256() for shot in stops)
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())


# -- pauses -------------------------------------------------------------------------------


def test_a_pause_and_going_on_leave_no_trace(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    heard, experiment = Heard(studio), ladder(studio)
    engine.hold()  # else all of it may be made before anybody hears of the first
    studio.experiments.start(experiment)
    while not heard.pictures:
        engine.release(1)
        bench.turn()
    studio.experiments.pause()
    engine.release(1_000)
    assert pause_of_failure(bench, studio) == "It was paused."
    for _ in range(50):
        bench.turn()
    made = len(engine.rendered)
    for _ in range(50):
        bench.turn()
    assert len(engine.rendered) == made
    studio.experiments.go_on()
    folder = finish(bench, studio)
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())
    assert [state.phase for state in heard.states] == ["running", "paused", "running", "finished"]


def test_stop_of_the_studio_pauses_it(bench):
    engine = PaintingEngine()
    engine.hold()
    engine.release(100)
    studio = bench.open(engine)
    studio.experiments.start(ladder(studio))
    bench.until(lambda: studio.experiments.state.phase == "running")
    assert studio.stop()
    assert studio.experiments.state.phase == "paused"
    engine.release(10_000)
    studio.experiments.go_on()
    finish(bench, studio)


def test_it_runs_while_panes_wait_for_somebody_to_ask(bench, tmp_path):
    """Of a studio that is not live, a pane may lack its picture for hours."""
    studio = bench.open(PaintingEngine())
    experiment = ladder(studio)
    studio.set_live(False)
    studio.prompt.change(prompt="a girl")
    assert studio.panes.pane("current").is_outdated
    studio.experiments.start(experiment)
    folder = finish(bench, studio)
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())
    assert studio.panes.pane("current").is_outdated


def test_a_vanished_adapter_pauses_with_its_sentence(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    heard, experiment = Heard(studio), ladder(studio)
    engine.raises = AdapterError("“ink.safetensors” is no longer there; put it back.", subject="b")
    studio.experiments.start(experiment)
    assert "put it back" in pause_of_failure(bench, studio)
    assert heard.failures[-1].kind is FailureKind.ADAPTER
    studio.experiments.go_on()
    folder = finish(bench, studio)
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())


def test_a_full_disk_pauses_and_nothing_is_lost(bench, tmp_path, monkeypatch):
    engine = PaintingEngine()
    studio = bench.open(engine)
    experiment, written = ladder(studio), []
    is_full = [True]

    class Full(type(Path())):
        def write_bytes(self, data):
            written.append(data)
            if is_full[0] and len(written) > 4:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write_bytes(data)

    class NewFile:
        def __init__(self, out):
            self._inner = new_file(out)

        def __enter__(self):
            return Full(self._inner.__enter__())

        def __exit__(self, *told):
            return self._inner.__exit__(*told)

    monkeypatch.setattr(result_folder, "new_file", NewFile)
    studio.experiments.start(experiment)
    assert os.strerror(errno.ENOSPC) in pause_of_failure(bench, studio)
    made = len(engine.rendered)
    is_full[0] = False
    studio.experiments.go_on()
    folder = finish(bench, studio)
    monkeypatch.undo()
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())
    assert len(engine.rendered) < made + cost(experiment).pictures  # what was there stayed


def test_another_base_pauses_until_it_is_back(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    heard, experiment = Heard(studio), ladder(studio)
    engine.hold()
    studio.experiments.start(experiment)
    bench.until(lambda: studio.experiments._lane.is_busy)
    studio.base.open("other")
    engine.release(10_000)
    assert "another base" in pause_of_failure(bench, studio)
    bench.until(lambda: not studio.base.is_loading)
    studio.experiments.go_on()
    assert studio.experiments.state.phase == "paused"
    assert "another base" in heard.failures[-1].message
    studio.base.open("demo")
    bench.until(lambda: not studio.base.is_loading)
    studio.experiments.go_on()
    folder = finish(bench, studio)
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())


def test_a_folder_of_another_experiment_is_refused(bench, tmp_path):
    studio = bench.open(PaintingEngine())
    heard, experiment = Heard(studio), ladder(studio)
    reference(experiment, tmp_path / "taken", PaintingEngine())
    other = msgspec.structs.replace(experiment, seeds=(7, 8, 9))
    studio.experiments.start(other, tmp_path / "taken")
    bench.until(lambda: bool(heard.failures))
    assert "holds another experiment" in heard.failures[0].message
    assert studio.experiments.state.phase == "idle"


def test_only_one_runs_at_a_time(bench):
    engine = PaintingEngine()
    studio = bench.open(engine)
    heard, experiment = Heard(studio), ladder(studio)
    engine.hold()
    studio.experiments.start(experiment)
    studio.experiments.start(experiment)
    assert heard.failures[0].message == "An experiment is under way; stop it first."
    engine.release(10_000)
    finish(bench, studio)


@pytest.mark.parametrize("measures", [(), ("fidelity",), ("share-red",), ("charm",)])
def test_what_cannot_be_measured_is_said_before_any_picture_is_made(bench, measures):
    engine = PaintingEngine()
    studio = bench.open(engine)
    heard, made_before = Heard(studio), len(engine.started)
    studio.experiments.start(msgspec.structs.replace(ladder(studio), measures=measures))
    bench.until(lambda: bool(heard.failures))
    named = ("one measure", "Shows what was asked for", "Share of “red”", "charm")
    assert any(words in heard.failures[0].message for words in named)
    assert len(engine.started) == made_before
    assert studio.experiments.state.phase == "idle"


# -- ends ---------------------------------------------------------------------------------


def test_a_stopped_run_is_taken_up_again_from_its_folder(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    experiment = ladder(studio)
    engine.hold()
    studio.experiments.start(experiment)
    engine.release(9)
    bench.until(
        lambda: bool(studio.experiments.state.going and studio.experiments.state.going.done)
    )
    folder = studio.experiments.state.folder
    studio.experiments.stop()
    assert studio.experiments.state.phase == "idle"
    engine.release(10_000)
    studio.experiments.go_on(folder)
    assert finish(bench, studio) == folder
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())


def test_a_window_that_closes_ends_the_run_and_the_next_one_goes_on(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine)
    experiment = ladder(studio)
    engine.hold()
    studio.experiments.start(experiment)
    engine.release(9)
    bench.until(
        lambda: bool(studio.experiments.state.going and studio.experiments.state.going.done)
    )
    folder = studio.experiments.state.folder
    assert folder is not None
    bench.close()
    whole = {name for name in files(folder) if name.endswith(".png")}
    assert whole
    assert not [name for name in files(folder) if ".part" in name]

    later = bench.open(PaintingEngine())
    later.experiments.look_for_known()
    bench.until(lambda: bool(later.experiments.known()))
    known = later.experiments.known()[0]
    assert (known.folder, known.is_finished, known.experiment) == (folder, False, experiment)
    later.experiments.go_on(folder)
    assert finish(bench, later) == folder
    assert files(folder) == reference(experiment, tmp_path / "local", PaintingEngine())


def test_closing_waits_for_nothing_that_the_engine_does(bench):
    """`no_leftovers` finds threads that still run."""
    engine = PaintingEngine()
    studio = bench.open(engine)
    engine.hold()
    studio.experiments.start(ladder(studio))
    bench.until(lambda: studio.experiments._lane.is_busy)
    bench.close()


def test_what_a_killed_process_leaves_is_gone_on_with(bench, tmp_path):
    """Half a line of numbers, half a file that was not renamed yet, no sheet."""
    studio = bench.open(PaintingEngine())
    experiment, folder = ladder(studio), tmp_path / "killed"
    wanted = reference(experiment, folder, PaintingEngine())
    pictures = sorted((folder / "pictures").iterdir())
    for name in ("sheet.png", "summary.csv"):
        (folder / name).unlink()
    for path in pictures[3:]:
        path.unlink()
    half = wanted["results.csv"]
    (folder / "results.csv").write_bytes(half[: len(half) // 2])
    studio.experiments.go_on(folder)
    assert finish(bench, studio) == folder
    assert files(folder) == wanted
