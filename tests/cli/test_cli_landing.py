"""What did not land is told by every command that uses a stack, and refused when asked to."""

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.cli.test_cli import SMALL, fails_in_one_line, run, sd, words

__all__ = ["run", "sd", "words"]


@pytest.fixture
def half(words, tmp_path_factory) -> Path:
    """Of each module that lands also a twin under a name that the base does not have."""
    tensors = load_file(words)
    tensors |= {f"lora_unet_elsewhere_{name}": t.clone() for name, t in tensors.items()}
    path = tmp_path_factory.mktemp("half") / "half.safetensors"
    save_file(tensors, path)
    return path


def commands(sd, lora, *more):
    """Every command with a stack, and where its facts lie."""
    stack = ("--base", sd, "--lora", lora, *more)
    return {
        "render": ("render", *stack, *SMALL, "-o", "out.png"),
        "checkpoint": ("bake", *stack, "-o", "baked"),
        "adapter": ("bake", *stack, "--as", "adapter", "-o", "one.safetensors"),
        "drift": ("lab", "drift", *stack, "--cycles", "2", "--dtype", "float32", "-o", "drift"),
    }


@pytest.mark.parametrize("command", ["render", "checkpoint", "adapter", "drift"])
def test_what_did_not_land_is_told(run, sd, half, command):
    status, out, err = run(*commands(sd, half)[command], "--json")
    assert status == 0
    (adapter,) = json.loads(out)["adapters"]
    assert adapter["total"] == 2 * adapter["matched"] == 10
    assert len(adapter["unmatched"]) == 5
    assert adapter["energy_share"] == pytest.approx(0.5)
    assert str(half) in err
    assert "5 of 10 modules fit this checkpoint: 5 not in the base" in err
    assert "lora_unet_elsewhere_" in err


@pytest.mark.parametrize("command", ["render", "checkpoint", "adapter", "drift"])
def test_strict_leaves_nothing_behind(run, sd, half, words, command):
    fails_in_one_line(run(*commands(sd, half, "--strict")[command]), str(half), "5 not in the base")
    assert run(*commands(sd, words, "--strict")[command])[0] == 0


@pytest.mark.parametrize("command", ["render", "checkpoint", "adapter", "drift"])
def test_what_is_uncertain_is_told(run, sd, words, tmp_path_factory, command):
    """Here that alpha stands in the header and in other words in the tensors."""
    path = tmp_path_factory.mktemp("alpha") / "a.safetensors"
    tensors = load_file(words)
    modules = {name.partition(".lora")[0] for name in tensors}
    tensors |= {f"{module}.alpha": torch.tensor(1.0) for module in modules}
    save_file(tensors, path, {"lora_alpha": "1000"})
    status, out, err = run(*commands(sd, path)[command], "--json")
    assert status == 0
    (note,) = json.loads(out)["adapters"][0]["notes"]
    assert note in err
    assert "not ×" in note


@pytest.mark.parametrize("command", ["render", "checkpoint", "adapter", "drift"])
def test_strengths_of_blocks_that_are_not_there_are_told(run, sd, words, command):
    status, out, err = run(*commands(sd, f"{words}:0.8@S00=0.5")[command], "--json")
    assert status == 0
    (note,) = json.loads(out)["adapters"][0]["notes"]
    assert note.startswith("it changes nothing in S00, so that strengths there do nothing; it has ")
    assert note in err


def test_of_many_blocks_that_are_not_there_some_are_named(run, sd, words):
    many = ",".join(f"S{number:02}=0" for number in range(7))
    _, out, _ = run(*commands(sd, f"{words}@{many}")["adapter"], "--json")
    (note,) = json.loads(out)["adapters"][0]["notes"]
    assert note.startswith("it changes nothing in S00, S01, S02 and 4 more, so that")


def test_strengths_of_blocks_that_are_there_need_no_words(run, sd, words):
    _, out, _ = run(*commands(sd, f"{words}@S00=0.5")["adapter"], "--json")
    (note,) = json.loads(out)["adapters"][0]["notes"]
    block = note.removesuffix(".").split()[-1]
    again = commands(sd, f"{words}@{block}=0.5")["adapter"]
    status, out, _ = run(*again, "--json", "--force")
    assert status == 0
    assert not json.loads(out)["adapters"][0]["notes"]


def test_whatever_landed_needs_no_words(run, sd, words):
    for command in commands(sd, words).values():
        assert run(*command)[::2] == (0, "")


@pytest.mark.parametrize("option", ["--prompt", "--negative"])
def test_tags_in_a_prompt_are_wrong_usage(run, sd, option):
    prompts = {"--prompt": "a cat"} | {option: "a cat <lora:manga:0.8>"}
    words = [part for pair in prompts.items() for part in pair]
    status, out, err = run("render", "--base", sd, *words, "-o", "out.png")
    assert (status, out) == (2, "")
    said = " ".join(err.replace("│", " ").split())
    assert "take it out and give --lora manga:0.8" in said
    assert not list(Path().iterdir())


def test_relative_error_is_of_the_whole_file(run, sd, half):
    out = run(*commands(sd, half)["adapter"], "--json")[1]
    assert json.loads(out)["relative_error"] == pytest.approx(math.sqrt(0.5), rel=1e-4)


def test_relative_error_is_not_known_where_what_is_missing_is_not(run, sd, words, tmp_path_factory):
    """A rotation of a weight that is not there has no size."""
    tensors = load_file(words) | {"lora_unet_elsewhere.oft_blocks": torch.randn(4, 4, 4)}
    path = tmp_path_factory.mktemp("oft") / "a.safetensors"
    save_file(tensors, path)
    status, out, err = run(*commands(sd, path)["adapter"], "--json")
    assert (status, json.loads(out)["relative_error"]) == (0, None)
    assert "1 not in the base" in err


def test_what_has_no_place_in_the_names_is_told(run, sd, words, tmp_path_factory):
    """A bias among PEFT names, which have none; kohya's hold it, and diffusers refuses that."""
    path = tmp_path_factory.mktemp("bias") / "a.safetensors"
    bias = load_file(sd / "unet" / "diffusion_pytorch_model.safetensors")["conv_in.bias"]
    save_file(load_file(words) | {"lora_unet_conv_in.diff_b": torch.ones_like(bias)}, path)
    told = {
        "peft": "1 change has no place in PEFT names (“unet.conv_in.bias”)",
        "kohya": "diffusers refuses the file for 1 change (“unet.conv_in.bias”)",
    }
    for names, left in (("peft", ["unet.conv_in.bias"]), ("kohya", [])):
        status, out, err = run(
            *commands(sd, path, "--names", names)["adapter"], "--force", "--json"
        )
        assert (status, json.loads(out)["left_out"]) == (0, left)
        assert told[names] in err
        assert [told[names] in note for note in json.loads(out)["notes"]] == [True]
        assert bool(json.loads(out)["relative_error"] > 1e-3) == bool(left)
    Path("one.safetensors").unlink()
    strictly = commands(sd, path, "--names", "peft", "--strict")["adapter"]
    status, out, err = run(*strictly)
    assert (status, out) == (1, "")
    assert "1 change has no place in PEFT names (“unet.conv_in.bias”)" in err
    assert not list(Path().iterdir())
