"""Folders as drives, editors and other systems hand them over open like any other."""

import shutil
from pathlib import Path

import pytest

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from tests.engine.conftest import silent

APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(200)


@pytest.fixture(params=["sd", "xl"])
def base(request, tiny_folder, tmp_path) -> Path:
    return shutil.copytree(tiny_folder / request.param, tmp_path / "base")


def opened(folder: Path) -> Checkpoint:
    return open_checkpoint(str(folder), choose_compute("cpu", "float32"), CancelToken(), silent)


def test_macos_companions_are_passed_over(base):
    for path in list(base.rglob("*")):
        if path.is_file():
            path.with_name(f"._{path.name}").write_bytes(APPLE_DOUBLE)
    assert opened(base).networks


@pytest.mark.parametrize(
    "name", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json", "words.txt"]
)
def test_byte_order_marks_are_passed_over(tiny_folder, tmp_path, name):
    base = shutil.copytree(tiny_folder / "sd", tmp_path / "base")
    (base / "words.txt").write_text("cat girl", encoding="utf-8")
    path = base / name
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert opened(base).known_words == {"cat", "girl"}


@pytest.mark.parametrize("name", ["text_encoder/config.json", "tokenizer/tokenizer_config.json"])
def test_a_mark_that_the_libraries_cannot_read_is_told(tiny_folder, tmp_path, name):
    base = shutil.copytree(tiny_folder / "sd", tmp_path / "base")
    (base / name).write_bytes(b"\xef\xbb\xbf" + (base / name).read_bytes())
    with pytest.raises(CheckpointError, match=f"{name}.*byte order mark.*save it as UTF-8"):
        opened(base)


def test_folders_behind_links_are_part_of_it(base, tmp_path):
    (tmp_path / "store").mkdir()
    for part in [path for path in base.iterdir() if path.is_dir()]:
        shutil.move(part, tmp_path / "store" / part.name)
        part.symlink_to(tmp_path / "store" / part.name)
    (base / "round").symlink_to(base)
    assert opened(base).networks
