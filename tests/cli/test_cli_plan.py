"""`inspect --plan`: one object for programs, a few lines for people."""

import json
from pathlib import Path

import pytest

from loraviewer.cli.commands import run
from loraviewer.core.resources import demo_checkpoint
from tests.adapters.sparse import sparse_file, sparse_listing
from tests.full_size_files import companions, component_shapes, sparse_folder


def planned(capsys, *arguments: str) -> dict:
    assert run(["inspect", *arguments, "--plan", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_plan_for_a_card_has_all_its_fields(capsys, tmp_path: Path) -> None:
    folder = str(sparse_folder(tmp_path / "sdxl", "sdxl"))
    told = planned(capsys, folder, "--memory-gb", "12")
    assert (told["type"], told["family"], told["manner"]) == ("plan", "sdxl", "pinned")
    assert (told["device"], told["precision"]) == ("card", "float16")
    assert told["memory_bytes"] == 12_000_000_000
    assert sum(told["parts"].values()) == told["peak_bytes"]
    assert told["peak_bytes"] + told["left_bytes"] == told["memory_bytes"]
    assert told["base_weights"]["policy"] == "pinned"
    assert told["picture"]["is_estimate"]
    assert (told["picture"]["width"], told["picture"]["height"]) == (1024, 1024)
    assert {one["name"] for one in told["components"]} == {
        "unet", "text_encoder", "text_encoder_2", "vae",
    }  # fmt: skip
    assert told["assumed_speeds"]["bus"] == 12.0
    assert told == planned(capsys, folder, "--memory-gb", "12")


def test_size_and_main_memory_change_the_plan(capsys, tmp_path: Path) -> None:
    folder = str(sparse_folder(tmp_path / "sdxl", "sdxl"))
    small = planned(capsys, folder, "--memory-gb", "12", "--size", "512x768")
    assert (small["picture"]["width"], small["picture"]["height"]) == (512, 768)
    short = planned(capsys, folder, "--memory-gb", "12", "--main-memory-gb", "10")
    assert short["manner"] == "lean"


def test_without_a_card_it_plans_for_what_is_free_here(capsys, tmp_path: Path) -> None:
    told = planned(capsys, "demo", "--main-memory-gb", "2")
    assert (told["device"], told["precision"], told["fits"]) == ("main memory", "float32", True)
    assert told["memory_bytes"] == 2_000_000_000


def test_people_read_it_in_lines(capsys, tmp_path: Path) -> None:
    shapes = component_shapes("flux1-dev")["transformer"]
    path = sparse_file(tmp_path / "flux.safetensors", shapes)
    assert run(["inspect", str(path), "--plan", "--memory-gb", "24"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Fits with its denoiser brought block by block at every step")
    assert "transformer: 23.8 GB as F16, 23.8 GB computed with; streamed" in "\n".join(lines)
    assert "not in the file, counted by the family: text_encoder, text_encoder_2, vae" in lines
    assert any(
        line.startswith("merged_streamed: waits 49 s a picture, 4.6 s a tick") for line in lines
    )
    assert any("assuming 12 GB/s between main memory and card" in line for line in lines)
    assert any(line.startswith("peak while encoding: 21.") for line in lines)


def test_fp8_stays_so_where_it_would_not_fit_or_as_is_asked(capsys, tmp_path: Path) -> None:
    shapes = component_shapes("flux1-dev")["transformer"]
    eight = dict.fromkeys(shapes, "F8_E4M3")
    path = str(sparse_file(tmp_path / "flux.safetensors", shapes, dtypes=eight))
    parts = ("--components", str(companions(tmp_path / "parts", "flux1-dev")))
    small = planned(capsys, path, "--memory-gb", "16", *parts)
    assert (small["fits"], small["denoiser_stays_packed"]) == (True, True)
    assert "stays in fp8, which saves 11.9 GB" in small["sentence"]
    large = planned(capsys, path, "--memory-gb", "80", *parts)
    assert not large["denoiser_stays_packed"]
    asked = planned(capsys, path, "--memory-gb", "80", "--quantised", "packed", *parts)
    assert asked["denoiser_stays_packed"]
    used = {
        name: next(c["computed_bytes"] for c in told["components"] if c["kind"] == "denoiser")
        for name, told in (("large", large), ("asked", asked))
    }
    assert used["large"] - used["asked"] == large["packing_saves"] == small["packing_saves"]
    never = planned(capsys, path, "--memory-gb", "16", "--quantised", "widened", *parts)
    assert "streamed" in never["manner"]


def test_a_plan_that_does_not_fit_is_an_answer_and_no_failure(capsys, tmp_path: Path) -> None:
    told = planned(capsys, str(sparse_folder(tmp_path / "sdxl", "sdxl")), "--memory-gb", "2")
    assert not told["fits"]
    assert told["left_bytes"] < 0
    assert "GGUF" in told["sentence"]


def test_short_waits_are_told_in_words_without_powers(capsys) -> None:
    """Those of a small base."""
    assert run(["inspect", str(demo_checkpoint()), "--plan", "--memory-gb", "6"]) == 0
    told = capsys.readouterr().out
    assert "under 1 ms a tick" in told
    assert " ms a new prompt" in told
    assert "e-0" not in told


def test_a_base_that_is_not_there_is_named(capsys) -> None:
    assert run(["inspect", "nothing.safetensors", "--plan"]) == 1
    err = capsys.readouterr().err
    assert "“nothing.safetensors” cannot be read: No such file" in err


def test_an_adapter_has_no_plan(capsys, tmp_path: Path) -> None:
    adapter = sparse_listing(tmp_path / "a.safetensors", "flux_lora_diffusers_format")
    assert run(["inspect", str(adapter), "--plan", "--memory-gb", "8"]) == 1
    assert "a.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [("--memory-gb", "8"), ("--size", "512x512"), ("--quantised", "packed")]
)
def test_what_belongs_to_a_plan_is_refused_without_one(capsys, option) -> None:
    assert run(["inspect", str(demo_checkpoint()), *option]) == 2
    assert "--plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "asked", "gigabytes"),
    [
        ("flux1-dev", "packed", 15), ("flux1-dev", "widened", 27),
        ("sdxl", "packed", 4), ("sdxl", "widened", 6),
    ],
)  # fmt: skip
def test_the_cards_that_the_readme_names(
    capsys, tmp_path: Path, config: str, asked: str, gigabytes: int
) -> None:
    """All of a base in fp8: the smallest card on which no step waits for weights."""
    folder = str(sparse_folder(tmp_path / "base", config, "F8_E4M3"))
    for card, is_enough in ((gigabytes - 1, False), (gigabytes, True)):
        told = planned(capsys, folder, "--memory-gb", str(card), "--quantised", asked)
        is_whole = told["fits"] and "streamed" not in told["manner"]
        assert is_whole is is_enough, card
