"""Merge rules on the demo, from the command line and back: made again, and baked both ways."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from loraviewer.cli.commands import run
from loraviewer.core.foreign.read import read_picture
from loraviewer.core.merge_rules import read_rule

SMALL = ["--prompt", "a girl in a meadow", "--steps", "2", "--size", "64x64", "--seed", "3"]
STACK = ["--lora", "night:0.8", "--lora", "birds:0.9:0.5"]
RENDER = ["render", "--base", "demo", *SMALL]
BAKE = ["bake", "--base", "demo", *STACK]
TIES = ["--merge-rule", "ties:0.2"]


def command(*words: object) -> None:
    assert run([str(word) for word in words]) == 0


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"), dtype=float)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """With `ties.png`, and `sum.png` of the same stack."""
    folder = tmp_path_factory.mktemp("rules")
    command(*RENDER, *STACK, *TIES, "-o", folder / "ties.png")
    command(*RENDER, *STACK, "-o", folder / "sum.png")
    return folder


def test_it_is_another_picture_and_says_so(folder):
    assert np.abs(pixels(folder / "ties.png") - pixels(folder / "sum.png")).mean() > 1
    with Image.open(folder / "ties.png") as opened:
        texts = dict(opened.text)  # type: ignore[attr-defined]
    own = read_picture(texts)
    assert own is not None
    assert own.request is not None
    assert own.request.merge_rule == read_rule("ties:0.2")
    assert 'Merge rule: "ties:0.2"' in texts["parameters"]


def test_verify_makes_it_again(folder, capsys):
    capsys.readouterr()
    command("verify", folder / "ties.png", "--json")
    assert json.loads(capsys.readouterr().out)["result"] == "identical"


def test_a_checkpoint_that_is_baked_makes_it(folder):
    command(*BAKE, *TIES, "-o", folder / "baked")
    command("render", "--base", folder / "baked", *SMALL, "-o", folder / "baked.png")
    assert np.abs(pixels(folder / "baked.png") - pixels(folder / "ties.png")).max() <= 1


def test_one_adapter_that_is_baked_tells_its_error(folder, capsys):
    out = folder / "baked.safetensors"
    capsys.readouterr()
    command(*BAKE, *TIES, "--as", "adapter", "--rank", "16", "-o", out, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["merge_rule"] == "ties:0.2"
    assert 0.01 < told["relative_error"] < 0.9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*RENDER, "--merge-rule", "tie"], "There is no merge rule “tie”"),
        ([*RENDER, "--merge-rule", "ties:2"], "takes a number from 0.01 to 1"),
        ([*BAKE, "--merge-rule", "switch"], "acts while a picture is denoised"),
    ],
)
def test_what_cannot_be_asked_is_wrong_usage(tmp_path, capsys, words, said):
    assert run([*words, "-o", str(tmp_path / "a.png")]) == 2
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert not list(tmp_path.iterdir())
