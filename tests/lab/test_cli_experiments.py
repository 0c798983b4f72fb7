"""`loraviewer lab ladder` and `lab sweep` on a tiny pipeline."""

import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
import sys

import pytest

from loraviewer.cli import commands as cli
from loraviewer.core.experiments.cells import cost
from loraviewer.core.experiments.description import read_description
from loraviewer.pictures.png import read_record

SEEDS = ("--prompt", "a cat", "--prompt", "a tree", "--seeds", "2")
FAST = ("--steps", "2", "--size", "32x32", "--workers", "1", "--measure", "difference,contrast")
QUICK = (*FAST, "--no-store")
SMALL = ("--arms", "real", "--orders", "1")


LORAS = ("--lora", "style.safetensors:0.9", "--lora", "words.safetensors")


def go_to(folder, tiny_folder, tmp_path_factory, patch):
    """Work in this folder, with two adapters there and a profile of its own."""
    patch.chdir(folder)
    for name in ("DATA", "CONFIG", "CACHE"):
        profile = tmp_path_factory.mktemp(name.lower())
        patch.setenv(f"XDG_{name}_HOME", str(profile))
    for name in ("style", "words"):
        shutil.copy(tiny_folder / f"{name}.safetensors", folder)


@pytest.fixture
def run(tiny_folder, tmp_path, tmp_path_factory, monkeypatch, capfd):
    go_to(tmp_path, tiny_folder, tmp_path_factory, monkeypatch)

    def call(*arguments):
        status = cli.run(["lab", *map(str, arguments)])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def ladder(tiny_folder):
    return ("ladder", "--base", tiny_folder / "sd", *LORAS, *SEEDS, *QUICK)


@pytest.fixture(scope="module")
def small_ladder(tiny_folder, tmp_path_factory):
    """(folder of results, what was printed) of a ladder of one order of real adapters, carried out
    once; tests only read it."""
    folder, told = tmp_path_factory.mktemp("small ladder"), io.StringIO()
    asked = ("--base", str(tiny_folder / "sd"), *LORAS, *SEEDS, *QUICK)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(told):
        go_to(folder, tiny_folder, tmp_path_factory, patch)
        assert cli.run(["lab", "ladder", *asked, *SMALL, "-o", "out"]) == 0
    return folder / "out", told.getvalue()


@pytest.fixture
def sweep(ladder):
    return ("sweep", *ladder[1:], "--from", "-1", "--to", "1", "--points", "3")


def table(folder, name="results.csv"):
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def files(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_ladder_writes_its_folder_and_one_json_object(run, ladder, tmp_path):
    status, out, err = run(*ladder, "--arms", "real,random,copies", "-o", "out", "--json")
    assert status == 0, err
    told = json.loads(out)
    out_folder = tmp_path / "out"
    experiment = read_description(out_folder / "description.json")
    assert (experiment.depths, experiment.orders) == ((1, 2), 2)
    assert told["made"] == told["pictures"] == cost(experiment).pictures
    assert [adapter.scale for adapter in experiment.adapters] == [0.9, 1.0]
    assert experiment.base.checkpoint.identity
    rows = table(out_folder)
    assert {row["arm"] for row in rows} == {"base", "real", "random", "copies"}
    assert {row["measure"] for row in rows} == {"difference", "contrast"}
    assert len(list((out_folder / "pictures").iterdir())) == told["cells"] == (1 + 3 * 2 * 2) * 4
    moved = [float(r["value"]) for r in rows if r["measure"] == "difference" and r["arm"] != "base"]
    assert min(moved) > 0
    assert "cells" in err
    assert told["summary"][0]["arm"] == "base"
    assert {one["measure"] for one in told["verdicts"]} == {"difference", "contrast"}
    assert all(one["prompts"] == 2 and one["overturned_by"] for one in told["verdicts"])
    page = (out_folder / "report.html").read_text()
    assert str(out_folder / "report.html").endswith(told["files"][-1])
    assert all(one["sentence"] in page for one in told["verdicts"])


def test_what_the_numbers_say_follows_the_table(small_ladder):
    said = small_ladder[1].partition("\n\n")[2]
    assert "difference from the base" in said.lower()
    assert "2 prompts, 4 pictures" in said


def test_pictures_say_what_made_them(small_ladder):
    record = read_record(small_ladder[0] / "pictures" / "real-one-o1-d002-p01-s1.png").record
    assert (record.request.sampling.prompt, record.request.sampling.seed) == ("a cat", 1)
    assert sorted(adapter.name for adapter in record.request.adapters) == ["style", "words"]
    assert record.threads == 1


def test_a_process_makes_them_on_one_thread_too(ladder, tiny_folder, tmp_path, run):
    """Where nobody has imported torch, or told it how many to use."""
    environment = {n: v for n, v in os.environ.items() if n != "OMP_NUM_THREADS"}
    asked = [*map(str, ladder), *SMALL, "--depths", "1", "-o", "out"]
    command = [sys.executable, "-m", "loraviewer", "lab", *asked]
    subprocess.run(command, check=True, env=environment, cwd=tmp_path, capture_output=True)
    made = [read_record(path).record for path in (tmp_path / "out" / "pictures").iterdir()]
    assert made
    assert {record.threads for record in made} == {1}


def test_pictures_are_those_of_render_on_one_thread(run, small_ladder, tiny_folder, tmp_path):
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    asked = ("--lora", "style.safetensors:0.9", "--lora", "words.safetensors", "--prompt", "a cat")
    status = cli.run(
        ["render", "--base", str(tiny_folder / "sd"), *asked, "--seed", "1", "--steps", "2",
         "--size", "32x32", "-o", "one.png"]
    )  # fmt: skip
    torch.set_num_threads(threads)
    assert status == 0
    cell = small_ladder[0] / "pictures" / "real-one-o1-d002-p01-s1.png"
    assert read_record(cell).record.request.sha256() == (
        read_record(tmp_path / "one.png").record.request.sha256()
    )
    assert _pixels(cell) == _pixels(tmp_path / "one.png")


def test_a_sweep_passes_through_the_base(run, sweep, tmp_path):
    status, out, _ = run(*sweep, "-o", "out")
    assert status == 0
    assert "sweep" not in out.splitlines()[0]
    middle = [r for r in table(tmp_path / "out") if r["scales"] == "0 + 0"]
    assert {r["value"] for r in middle if r["measure"] == "difference"} == {"0"}
    assert {r["in_seed_spreads"] for r in middle} == {"0"}
    assert [row["scales"] for row in table(tmp_path / "out", "summary.csv")][::2] == [
        "", "-0.9 + -1", "0 + 0", "0.9 + 1"]  # fmt: skip


def test_an_ablation_has_a_line_for_each_stack(run, ladder, tmp_path):
    status, out, _ = run("ablate", *ladder[1:], "-o", "out")
    assert status == 0
    stacks = ["base", "all style + words", "alone style", "alone words", "without words",
              "without style", "interaction style + words"]  # fmt: skip
    assert [line[:36].strip() for line in out.partition("\n\n")[0].splitlines()[2:]] == stacks
    assert len(list((tmp_path / "out" / "pictures").iterdir())) == 6 * 4


def test_a_description_repeats_the_experiment(run, ladder, tmp_path):
    asked = (*ladder, "--arms", "real,random", "--orders", "1")
    assert run(*asked, "-o", "out")[0] == 0
    status, _, err = run("run", "out/description.json", "--workers", "1", "-o", "again")
    assert status == 0, err
    assert files(tmp_path / "out") == files(tmp_path / "again")


def test_a_description_of_another_base_is_refused(run, small_ladder, tmp_path):
    told = json.loads((small_ladder[0] / "description.json").read_text())
    told["base"]["checkpoint"]["identity"] = "0" * 32
    (tmp_path / "other.json").write_text(json.dumps(told))
    status, out, err = run("run", "other.json", "--workers", "1", "-o", "again")
    assert (status, out) == (1, "")
    assert "another checkpoint" in err
    assert run("run", "style.safetensors", "-o", "again")[0] == 1


def test_a_vanished_adapter_stops_it_and_it_goes_on(run, ladder, tmp_path, monkeypatch):
    from loraviewer.lab.experiments.result_folder import ResultFolder

    asked = (*ladder, *SMALL)
    assert run(*asked, "-o", "at once")[0] == 0
    kept, moved = ResultFolder.keep, tmp_path / "elsewhere"

    def keep_and_lose(folder, cells, rendered):
        kept(folder, cells, rendered)
        for name in ("style", "words"):
            file = tmp_path / f"{name}.safetensors"
            if file.exists():
                file.rename(moved.with_name(f"gone-{name}"))

    with monkeypatch.context() as patch:
        patch.setattr(ResultFolder, "keep", keep_and_lose)
        patch.setattr("loraviewer.cli.lab.settling.landings_of", lambda *told: [])
        status, out, err = run(*asked, "-o", "out")
    assert (status, out) == (1, "")
    assert "no longer there" in err
    assert err.rstrip().endswith("--resume goes on from there.")
    for name in ("style", "words"):
        (tmp_path / f"gone-{name}").rename(tmp_path / f"{name}.safetensors")
    assert run(*asked, "-o", "out")[0] == 1  # not without being told to
    status, out, _ = run(*asked, "-o", "out", "--resume", "--json")
    assert status == 0
    assert json.loads(out)["made"] < json.loads(out)["pictures"]
    assert files(tmp_path / "out") == files(tmp_path / "at once")


def test_whoever_stops_it_is_told_how_it_goes_on(run, ladder, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("loraviewer.lab.experiments.result_folder.ResultFolder.keep", stop)
    status, out, err = run(*ladder, *SMALL, "-o", "out")
    assert (status, out) == (130, "")
    assert err.endswith(
        "note: what is done is kept; --resume goes on from there\nloraviewer: stopped.\n"
    )


def test_wrong_usage(run, ladder, sweep):
    for bad in (
        ladder[:3],
        (*ladder[:5],),
        (*ladder, "--seeds", "1"),
        (*ladder, "--seeds", "4-2"),
        (*ladder, "--depths", "3", "--arms", "real"),
        (*ladder, "--policy", "half"),
        (*ladder, "--arms", "unreal"),
        (*ladder, "--measure", "beauty"),
        (*ladder, "--size", "33x32"),
        (*ladder, "--prompt", "a cat"),
        (*ladder, "--prompt", "<lora:manga:1>"),
        (*sweep, "--points", "0"),
        (*sweep, "--from", "nan"),
    ):
        status, out, err = run(*bad, "-o", "out")
        assert (status, out) == (2, ""), bad
        assert "Traceback" not in err


def test_failures_are_one_line_and_leave_nothing(run, ladder, tmp_path):
    for bad in (("-o", "no/such/folder"), ("-o", "out", "--base", "nothing"),
                ("-o", "out", "--measure", "fidelity"), ("-o", "style.safetensors")):  # fmt: skip
        status, out, err = run(*ladder, *bad)
        assert (status, out) == (1, ""), bad
        assert "Traceback" not in err
    assert {file.name for file in tmp_path.iterdir()} == {"style.safetensors", "words.safetensors"}


def test_choices_that_nobody_makes_are_told(run, ladder):
    quick = ("--arms", "real", "--orders", "1", "--depths", "1")
    status, _, err = run(*ladder, *quick, "--prompt", "a {red|blue} cat", "-o", "out")
    assert status == 0
    assert "note: Read as letters: “{red|blue}”" in err
    assert "note: Of all experiments only a seed wall leaves words" in err
    nowhere = ("--base", "nowhere", "-o", "none", "--prompt", "a {red|blue} cat")
    assert "with --variants each seed chooses" in run("seeds", *ladder[1:], *nowhere)[2]
    assert "--variants" not in run("seeds", *ladder[1:], *nowhere, "--variants")[2]


def test_a_folder_of_something_else_is_left_alone(run, ladder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    for more in ((), ("--resume",)):
        assert run(*ladder, "-o", "out", *more)[0] == 1
    assert files(tmp_path / "out") == {"notes.txt": b"mine"}


def _pixels(path):
    from PIL import Image

    return Image.open(path).tobytes()
