"""`loraviewer lab drift` in this process."""

import csv
import json

import pytest
from PIL import Image

from loraviewer.__main__ import COMMANDS
from loraviewer.cli import commands as cli
from loraviewer.lab import drift_plot


@pytest.fixture
def run(tiny_folder, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        status = cli.run(["lab", *map(str, arguments)])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def asked(tiny_folder):
    base, words = tiny_folder / "sd", tiny_folder / "words.safetensors"
    return ("drift", "--base", base, "--lora", f"{words}:0.7", "--cycles", 3)


def test_drift_writes_numbers_and_a_picture(run, asked, tmp_path):
    status, out, err = run(*asked, "-o", "drift", "--json")
    assert (status, err) == (0, "")
    rows = json.loads(out)["rows"]
    assert {row["dtype"] for row in rows} == {"float32", "bfloat16", "float16"}
    assert all(row["relative"] == 0.0 for row in rows if row["arm"] == "ours")
    assert all(row["relative"] > 0.0 for row in rows if row["arm"] == "subtract")
    with (tmp_path / "drift" / "drift.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    assert Image.open(tmp_path / "drift" / "drift.png").format == "PNG"
    assert len(list((tmp_path / "drift").iterdir())) == 2


def test_drift_prints_a_table(run, asked):
    status, out, _ = run(*asked, "-o", "drift", "--dtype", "bfloat16")
    assert status == 0
    lines = out.splitlines()
    assert len(lines) == 6
    assert lines[1].split()[:4] == ["bfloat16", "ours", "0", "0"]


def test_dtypes_are_measured_once_however_often_they_are_named(run, asked):
    flags = [part for name in ("float16", "float32", "float16") for part in ("--dtype", name)]
    status, out, _ = run(*asked, "-o", "drift", *flags, "--json")
    assert status == 0
    rows = json.loads(out)["rows"]
    assert list(dict.fromkeys(row["dtype"] for row in rows)) == ["float16", "float32"]
    assert len(rows) == 2 * 5 * 2  # dtypes, arms, cycle counts 1 and 3


def test_a_silent_stack_is_all_zeros(run, asked):
    lora = asked[4].rpartition(":")[0]
    status, out, _ = run(*asked[:3], "--lora", f"{lora}:0", "--cycles", 1, "-o", "drift", "--json")
    assert status == 0
    assert {row["relative"] for row in json.loads(out)["rows"]} == {0.0}


def test_wrong_usage(run, asked):
    assert run("drift", "--base", "demo", "-o", "x")[0] == 2
    status, _, err = run("crystal", "--base", "demo")
    assert status == 2
    assert (
        "“crystal” is no experiment; there is weights, ladder, sweep, ablate, seeds, return, "
        in err
    )
    assert "rules, outputs, run, claims, drift." in err
    assert run(*asked, "-o", "drift", "--dtype", "float8")[0] == 2
    assert run(*asked, "-o", "drift", "--cycles", 0)[0] == 2


def test_failures_are_one_line(run, asked, tmp_path):
    for bad in (("-o", "no/such/folder"), ("-o", "drift", "--base", "nothing")):
        status, out, err = run(*asked, *bad)
        assert (status, out) == (1, "")
        assert err.count("\n") == 1
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def full_disk(monkeypatch):
    def no_room(rows):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(drift_plot, "plot_drift", no_room)


def test_a_full_disk_leaves_no_half_result(run, asked, tmp_path, full_disk):
    status, out, err = run(*asked, "-o", "drift", "--dtype", "float16")
    assert (status, out) == (1, "")
    assert "No space left" in err
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_the_last_result(run, asked, tmp_path, full_disk):
    folder = tmp_path / "drift"
    folder.mkdir()
    (folder / "drift.csv").write_text("the last one")
    assert run(*asked, "-o", folder, "--dtype", "float16")[0] == 1
    assert [file.read_text() for file in folder.iterdir()] == ["the last one"]


def test_lab_is_a_command_and_no_path():
    assert "lab" in COMMANDS
