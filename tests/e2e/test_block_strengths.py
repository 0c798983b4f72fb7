"""Strengths in single blocks on the demo, from the command line and back: a picture with them is
made again, restored, baked both ways, and the same in both merge modes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from loraviewer.cli.commands import run
from loraviewer.core.blocks import block_of, block_scales
from loraviewer.core.foreign.read import read_picture
from loraviewer.core.resources import demo_checkpoint

BLOCKS = {"IN01": 0.0, "M00": -0.5, "OUT04": 0.25, "TE1.01": 0.0}
PAINTED = "birds:0.8:0.6@" + ",".join(f"{name}={factor}" for name, factor in BLOCKS.items())
SMALL = ["--prompt", "a girl in a meadow", "--steps", "2", "--size", "64x64", "--seed", "3"]
UNET = "unet/diffusion_pytorch_model.safetensors"
NIGHT = ["--lora", "night:0.5"]


def command(*words: object) -> None:
    assert run([str(word) for word in words]) == 0


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"), dtype=float)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """With `painted.png`, of two adapters of which one is painted, and `plain.png`."""
    folder = tmp_path_factory.mktemp("blocks")
    base = ["render", "--base", "demo", "--dtype", "float32", *SMALL, *NIGHT]
    command(*base, "--lora", PAINTED, "-o", folder / "painted.png")
    command(*base, "--lora", "birds:0.8:0.6", "-o", folder / "plain.png")
    return folder


def test_it_is_another_picture_and_both_say_which(folder):
    assert np.abs(pixels(folder / "painted.png") - pixels(folder / "plain.png")).mean() > 2
    with Image.open(folder / "painted.png") as opened:
        texts = dict(opened.text)  # type: ignore[attr-defined]
    own = read_picture(texts)
    others = read_picture({"parameters": texts["parameters"]})
    for read in (own, others):
        assert read is not None
        assert read.not_understood == ()
        (birds,) = [adapter for adapter in read.loras if adapter.name == "birds"]
        assert birds.block_scales == block_scales(BLOCKS)
        assert (birds.scale, birds.text_scale) == (0.8, 0.6)


def test_verify_makes_it_again(folder, capsys):
    capsys.readouterr()
    command("verify", folder / "painted.png", "--json")
    assert json.loads(capsys.readouterr().out)["result"] == "identical"


def test_both_merge_modes_make_it(folder):
    command(
        *("render", "--base", "demo", "--dtype", "float32", *SMALL, *NIGHT, "--lora", PAINTED),
        *("--merge-mode", "unmerged", "-o", folder / "beside.png"),
    )
    beside, merged = pixels(folder / "beside.png"), pixels(folder / "painted.png")
    assert np.abs(beside - merged).max() <= 1


def test_one_adapter_that_is_baked_of_it_makes_it(folder):
    out = folder / "both.safetensors"
    command("bake", "--base", "demo", *NIGHT, "--lora", PAINTED, "--as", "adapter", "-o", out)
    render = ["render", "--base", "demo", "--dtype", "float32", *SMALL]
    command(*render, "--lora", out, "-o", folder / "baked.png")
    assert np.abs(pixels(folder / "baked.png") - pixels(folder / "painted.png")).max() <= 1


def test_a_checkpoint_that_is_baked_of_it_is_the_base_where_a_block_is_at_0(folder):
    command("bake", "--base", "demo", "--lora", "birds:0.8", "-o", folder / "whole")
    command("bake", "--base", "demo", "--lora", PAINTED, "-o", folder / "parts")
    base = load_file(demo_checkpoint() / UNET)
    whole, parts = load_file(folder / "whole" / UNET), load_file(folder / "parts" / UNET)
    touched = {name for name in base if not base[name].equal(whole[name])}
    left = {name for name in base if base[name].equal(parts[name])}
    silent = {name for name in touched if block_of("unet", name) == "IN01"}
    assert silent
    assert touched & left == silent
    for name in touched:
        if block_of("unet", name) == "M00":
            start, full, turned = (w[name].double() for w in (base, whole, parts))
            error = (turned - start + 0.5 * (full - start)).abs()
            largest = torch.stack([start, full, turned]).abs().amax(0)
            assert (error <= 1e-3 * largest.clamp(min=1e-4)).all(), name  # float16, rounded twice


def test_a_block_that_no_adapter_has_is_told(folder, capsys):
    capsys.readouterr()
    out = folder / "elsewhere.png"
    command("render", "--base", "demo", *SMALL, "--lora", "birds@D07=0.5", "-o", out)
    assert "it changes nothing in D07" in capsys.readouterr().err
