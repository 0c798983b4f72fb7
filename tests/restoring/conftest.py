"""Studios on a profile of the test, and files for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.core.examples import OPENING
from loraviewer.core.resources import demo_adapters
from tests.restoring.opened import Opened, until


@pytest.fixture
def opened(qapp, qtbot: QtBot, tmp_path: Path) -> Iterator:
    """Opens studios, and waits until their base is loaded."""
    studios: list[Opened] = []

    def opened(*paths: str, profile: str = "profile") -> Opened:
        studio = Opened(tmp_path / profile, *paths)
        studios.append(studio)
        until(qtbot, lambda: bool(studio.engine.loaded) and not studio.controller.base.is_loading)
        return studio

    yield opened
    for studio in studios:
        studio.end()


@pytest.fixture
def opened_with_rows(opened, qtbot: QtBot):
    """As at a first start, once its rows are there."""

    def opened_with_rows(profile: str = "profile") -> Opened:
        studio = opened(profile=profile)
        until(qtbot, lambda: len(studio.rows) == len(OPENING.rows))
        return studio

    return opened_with_rows


@pytest.fixture
def base_folder(tmp_path: Path) -> Path:
    """What the engine of the tests takes for a base."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "model_index.json").touch()
    return folder


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    """An adapter that is nowhere else, in a folder of its own."""
    (tmp_path / "loras").mkdir()
    path = tmp_path / "loras" / "mine.safetensors"
    data = bytearray(demo_adapters()[0].read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    return path
