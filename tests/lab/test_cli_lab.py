"""`loraviewer lab drift` in this process."""

import csv
import json

import pytest
from PIL import Image

from loraviewer import cli
from loraviewer.__main__ import COMMANDS


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


def test_wrong_usage(run, asked):
    assert run("drift", "--base", "demo", "-o", "x")[0] == 2
    assert run("ladder", "--base", "demo")[0] == 2
    assert run(*asked, "-o", "drift", "--cycles", 0)[0] == 2


def test_failures_are_one_line(run, asked, tmp_path):
    for bad in (("-o", "no/such/folder"), ("-o", "drift", "--base", "nothing")):
        status, out, err = run(*asked, *bad)
        assert (status, out) == (1, "")
        assert err.count("\n") == 1
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_lab_is_a_command_and_no_path():
    assert "lab" in COMMANDS
