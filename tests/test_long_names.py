"""Names that no file system takes: one sentence, never an unexpected error."""

from pathlib import Path

import pytest

from loraviewer.core.adapter_paths import adapter_file, has_other_adapter
from loraviewer.core.atomic import new_file, new_folder
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import AdapterError, CheckpointError, FileError
from loraviewer.core.outputs import check_layout, check_output, check_output_folder
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint, open_stored_networks
from tests.cli.test_cli import SMALL, fails_in_one_line, run, sd, words  # noqa: F401 - fixtures
from tests.engine.conftest import silent

LONG = ["x" * 300, "x" * 300 + ".safetensors", "a/" * 3000 + "b", "x\0y"]


@pytest.mark.parametrize("name", LONG)
def test_a_base_is_not_there(name):
    with pytest.raises(CheckpointError, match="there is no such file or folder"):
        open_checkpoint(name, choose_compute("cpu"), CancelToken(), silent)
    with pytest.raises(CheckpointError, match="there is no such file or folder"):
        open_stored_networks(name, CancelToken(), silent)


@pytest.mark.parametrize("name", LONG)
def test_an_adapter_is_not_there(name, engine_of_sd):
    assert adapter_file(Path(name)) == Path(name)
    assert not has_other_adapter(Path(name) / "a.safetensors")
    with pytest.raises((AdapterError, FileError)):
        engine_of_sd.report(name, "0" * 64, CancelToken())


@pytest.fixture(scope="module")
def engine_of_sd(tiny_folder):
    from loraviewer.engine.studio_engine import StudioEngine

    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    return engine


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "a" * 255 + "b"])
def test_an_output_is_told_to_have_too_long_a_name(name, tmp_path):
    out, sentence = tmp_path / name, "its name is too long; choose a shorter one"
    with pytest.raises(FileError, match=sentence):
        check_output(out, [tmp_path], is_forced=False)
    with pytest.raises(FileError, match=sentence):
        check_output_folder(out, tmp_path / "base")
    with pytest.raises(FileError, match=sentence), new_file(out) as temporary:
        temporary.write_bytes(b"")
    with pytest.raises(FileError, match=sentence), new_folder(out) as temporary:
        temporary.mkdir()
    check_layout(out, tmp_path / name)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".safetensors"])
def test_the_command_line_says_one_sentence(run, sd, words, name):  # noqa: F811
    output = ("-o", "out.png")
    missing = "there is no such file or folder"
    fails_in_one_line(run("render", "--base", name, *SMALL, *output), name, missing)
    fails_in_one_line(run("render", "--base", sd, "--lora", name, *SMALL, *output), name)
    fails_in_one_line(run("inspect", name), name)
    fails_in_one_line(run("bake", "--base", name, "--lora", words, "-o", "out"), name, missing)
    shorter = "choose a shorter one"
    fails_in_one_line(run("render", "--base", sd, *SMALL, "-o", name + ".png"), shorter)
    fails_in_one_line(run("lab", "drift", "--base", sd, "--lora", words, "-o", name), name)
