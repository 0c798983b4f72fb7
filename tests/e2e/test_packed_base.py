"""The command line on bases that stay in fp8 and nf4: rendered, made again, and not baked into."""

import json
from pathlib import Path

import platformdirs
import pytest

from loraviewer.cli.commands import run
from loraviewer.core.resources import demo_adapters, demo_checkpoint
from loraviewer.core.settings import Settings
from loraviewer.core.settings_file import SettingsFile
from tests.engine import packed_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("packed")
    packed_files.repacked(demo_checkpoint(), made / "fp8", packed_files.plain_fp8)
    packed_files.repacked(demo_checkpoint(), made / "nf4", packed_files.four_bits())
    packed_files.repacked(demo_checkpoint(), made / "int8", packed_files.int8)
    return made


def render(folder: Path, base: str, out: str, *options: str) -> None:
    lora = next(path for path in demo_adapters() if path.stem == "manga")
    words = ["--prompt", "a girl in a meadow", "--steps", "1", "--size", "64x64", "--json"]
    stack = ["--lora", f"{lora}:0.8", "-o", str(folder / out)]
    assert run(["render", "--base", str(folder / base), *stack, *words, *options]) == 0


@pytest.mark.parametrize("base", ["fp8", "nf4"])
def test_a_picture_of_it_is_made_again(base: str, folder: Path, capsys) -> None:
    render(folder, base, f"{base}.png", "--quantised", "packed")
    made = json.loads(capsys.readouterr().out)
    assert "unmerged" in json.dumps(made)
    assert made["quantised"] == "packed"
    assert run(["verify", str(folder / f"{base}.png"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"] == "identical"


def test_the_studio_s_choices_for_a_base_are_not_those_of_a_command(
    folder: Path, capsys, monkeypatch, tmp_path: Path
) -> None:
    """The same arguments have the same result, whatever was clicked."""
    base = str(folder / "fp8")
    chosen = Settings().with_packing(base, "packed").with_manner(base, "streamed")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = platformdirs.user_config_path("loraviewer", appauthor=False)
    SettingsFile(config / "settings.json").save(chosen)
    render(folder, "fp8", "as-given.png")
    made = json.loads(capsys.readouterr().out)
    assert (made["quantised"], made["moved"], made["streamed"]) == ("widened", [], [])


@pytest.mark.parametrize("base", ["fp8", "nf4", "int8"])
@pytest.mark.parametrize("packing", ["packed", "widened"])
def test_its_plan_names_what_stays_and_not_what_lies_beside_it(
    base: str, packing: str, folder: Path, capsys
) -> None:
    """Most bytes of these are convolutions in bfloat16."""
    path = str(folder / base)
    assert run(["inspect", path, "--plan", "--memory-gb", "6", "--quantised", packing]) == 0
    assert f"stay{'s' if packing == 'packed' else ''} in {base}, " in capsys.readouterr().out


def test_nothing_is_baked_into_four_bits(folder: Path, capsys) -> None:
    lora = demo_adapters()[0]
    out = folder / "baked"
    assert run(["bake", "--base", str(folder / "nf4"), "--lora", str(lora), "-o", str(out)]) == 1
    told = capsys.readouterr().err
    assert "quantised (NF4)" in told
    assert len(told.strip().splitlines()) == 1
    assert not out.exists()
