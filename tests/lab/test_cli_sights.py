"""Measures on what the base's networks see, and a network of one's own, on a tiny pipeline."""

import json

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from transformers import Dinov2Config, Dinov2Model

from loraviewer.lab.experiments.measuring import pixels
from loraviewer.lab.images.base_features import LatentFeatures
from loraviewer.lab.images.diversity import vendi
from loraviewer.pictures.stored_png import decode_stored
from tests.lab.test_cli_experiments import SEEDS, run, table  # noqa: F401

QUICK = ("--steps", "2", "--size", "32x32", "--workers", "1", "--no-store", "--no-alone")


@pytest.fixture
def wall(tiny_folder):
    loras = ("--lora", "style.safetensors:0.9", "--lora", "words.safetensors")
    return ("seeds", "--base", tiny_folder / "sd", *loras, *SEEDS[:-1], "3", *QUICK)


def test_the_base_itself_looks_at_the_pictures(run, wall, tiny_folder, tmp_path):  # noqa: F811
    asked = ("--measure", "vendi,vendi-latents,drift-latents,pairwise-middle", "-o", "out")
    status, _, err = run(*wall, *asked)
    assert status == 0, err
    rows = table(tmp_path / "out")
    assert {row["measure"] for row in rows} == set(asked[1].split(","))
    told = [r for r in rows if (r["measure"], r["arm"], r["prompt"]) == (
        "vendi-latents", "stack", "a cat")]  # fmt: skip
    files = sorted((tmp_path / "out" / "pictures").glob("stack-p01-s*.png"))
    shown = pixels(decode_stored(file.read_bytes()).picture for file in files)
    vae = StableDiffusionPipeline.from_pretrained(tiny_folder / "sd", safety_checker=None).vae
    assert [float(r["value"]) for r in told] == [
        pytest.approx(vendi(LatentFeatures(vae)(shown)), rel=1e-5)
    ]
    drifts = {r["arm"]: float(r["value"]) for r in rows if r["measure"] == "drift-latents"}
    assert drifts["base"] == 0 < drifts["stack"]


def test_networks_in_a_folder_are_named_in_the_description(run, wall, tmp_path):  # noqa: F811
    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                          image_size=28, patch_size=14)  # fmt: skip
    Dinov2Model(config).save_pretrained(tmp_path / "dino")
    prepared = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 28},
                "crop_size": {"height": 28, "width": 28}}  # fmt: skip
    (tmp_path / "dino" / "preprocessor_config.json").write_text(json.dumps(prepared))
    asked = ("--measure", "drift-encoder", "--encoder", "dino")
    status, _, err = run(*wall, *asked, "-o", "out")
    assert status == 0, err
    moved = [float(row["value"]) for row in table(tmp_path / "out") if row["arm"] == "stack"]
    assert np.min(moved) > 0
    again = ("run", "out/description.json", "--workers", "1", "--no-store", "-o", "again")
    status, _, err = run(*again)
    assert status == 0, err
    assert table(tmp_path / "again") == table(tmp_path / "out")


def test_what_cannot_be_seen_is_told_before_anything_is_made(
    run, wall, tiny_folder, tmp_path  # noqa: F811
):  # fmt: skip
    status, _, err = run(*wall, "--measure", "drift-encoder", "-o", "out")
    assert status == 2
    assert "--encoder" in err
    status, _, err = run(*wall, "--measure", "drift-encoder", "--encoder", "none", "-o", "out")
    assert status == 1
    assert "holds no network" in err
    xl = ("seeds", "--base", tiny_folder / "xl", *wall[3:], "--measure", "pairwise-middle")
    status, _, err = run(*xl, "-o", "out")
    assert status == 1
    assert "no UNet whose middle block can be asked" in err
    assert not list(tmp_path.glob("out/pictures/*"))
