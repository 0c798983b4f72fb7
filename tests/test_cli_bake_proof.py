"""`bake --rank-errors` says what a rank loses before anything is written; `--prove` loads what was
written and compares its pictures."""

import json
import shutil

import pytest

from loraviewer import cli


@pytest.fixture
def run(tiny_folder, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for name in ("style", "words"):
        shutil.copy(tiny_folder / f"{name}.safetensors", tmp_path)

    def call(*arguments):
        loras = ("--lora", "style.safetensors:0.9", "--lora", "words.safetensors:0.5")
        status = cli.run(["bake", "--base", str(tiny_folder / "sd"), *loras, *arguments])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


def test_what_a_rank_loses_is_what_its_file_reports(run, tmp_path):
    status, out, err = run("--as", "adapter", "--rank-errors", "--json")
    assert status == 0, err
    told = json.loads(out)
    assert sorted(map(int, told["rank_errors"]))[-1] == told["exact_rank"]
    assert not list(tmp_path.glob("*.safetensors.*"))
    rank = sorted(map(int, told["rank_errors"]))[0]
    status, out, _ = run("--as", "adapter", "--rank", str(rank), "-o", "out.safetensors", "--json")
    assert status == 0
    expected = told["rank_errors"][str(rank)]
    assert json.loads(out)["relative_error"] == pytest.approx(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("to", [("-o", "whole"), ("--as", "adapter", "-o", "one.safetensors")])
def test_an_export_is_loaded_again_and_makes_the_same_pictures(run, to):
    status, out, err = run(*to, "--prove", "2", "--prompt", "a cat", "--json", "--progress-lines")
    assert status == 0, err
    proof = json.loads(out)["proof"]
    assert [one["seed"] for one in proof] == [1, 2]
    assert max(one["largest_levels"] for one in proof) <= 2
    assert "progress 100 comparing pictures" in err


def test_what_a_rank_cuts_off_is_seen(run):
    to = ("--as", "adapter", "--rank", "1", "-o", "one.safetensors")
    status, out, err = run(*to, "--prove", "1", "--json")
    assert status == 0, err
    told = json.loads(out)
    assert told["relative_error"] > 0.01
    assert told["proof"][0]["mean_levels"] > 0


def test_wrong_usage(run):
    for bad in ((), ("--rank-errors",), ("-o", "out", "--rank", "2")):
        status, out, err = run(*bad)
        assert (status, out) == (2, ""), bad
        assert "Traceback" not in err
