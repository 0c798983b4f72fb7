"""`bake --rank-errors` says what a rank loses before anything is written; `--prove` loads what was
written and compares its pictures."""

import json
import shutil

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from loraviewer.cli import commands as cli


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


def test_another_precision_is_written_and_proven(run, tmp_path):
    to = ("--dtype", "bfloat16", "--layout", "folder", "-o", "narrow", "--prove", "1", "--json")
    status, out, err = run(*to)
    assert status == 0, err
    told = json.loads(out)
    assert (told["dtype"], told["layout"]) == ("bfloat16", "folder")
    assert told["proof"][0]["mean_levels"] < 4
    weights = load_file(tmp_path / "narrow" / "unet" / "diffusion_pytorch_model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.bfloat16}
    notes = json.loads((tmp_path / "narrow" / "loraviewer.json").read_text())
    assert [(part["role"], part["name"]) for part in notes["parts"]] == [
        ("base", "sd"), ("adapter", "style"), ("adapter", "words")
    ]  # fmt: skip
    assert notes["parts"][1]["scale"] == 0.9
    assert {part["licence"] for part in notes["parts"]} == {"unknown"}


def test_what_cannot_become_one_file_is_told_before_anything_is_written(run, tmp_path):
    before = sorted(tmp_path.iterdir())
    status, out, err = run("--layout", "file", "-o", "one.safetensors")
    assert (status, out) == (1, "")
    assert "only these can become one file" in err
    assert sorted(tmp_path.iterdir()) == before


def test_licences_of_parts_are_told_and_written(run, tmp_path):
    info = {"creator": {"username": "somebody"}, "model": {"allowCommercialUse": "None"}}
    (tmp_path / "style.civitai.info").write_text(json.dumps(info))
    status, out, _ = run("--parts", "--json")
    assert status == 0
    told = json.loads(out)
    licence = "Civitai permissions: no commercial use"
    assert told["licence_note"] == f"sd: unknown; style: {licence}; words: unknown"
    assert told["warnings"] == [f"The licence of “style” says non-commercial: “{licence}”."]
    status, out, err = run("--as", "adapter", "-o", "one.safetensors", "--json")
    assert status == 0
    assert "says non-commercial" in err
    with safe_open(tmp_path / "one.safetensors", "pt") as file:
        metadata = file.metadata()
    assert metadata["modelspec.license"] == told["licence_note"]
    parts = json.loads(metadata["loraviewer.parts"])
    assert [part["author"] for part in parts] == ["unknown", "somebody", "unknown"]
    assert len(parts[1]["sha256"]) == 64


def test_wrong_usage(run):
    forms = (("--layout", "file", "-o", "out"), ("--layout", "folder", "-o", "out.safetensors"),
             ("--as", "adapter", "--dtype", "float16", "-o", "out.safetensors"))  # fmt: skip
    for bad in (*forms, (), ("--rank-errors",), ("-o", "out", "--rank", "2")):
        status, out, err = run(*bad)
        assert (status, out) == (2, ""), bad
        assert "Traceback" not in err
