"""A window with a filmstrip: of this session, and of earlier ones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Rendered
from loraviewer.pictures.store import PictureStore
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, entry
from tests.ui.filmstrip.shown_strip import BLUE, DAY_S, GREEN, NOW, RED, ROWS, listed, made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def yesterday(folder: Path) -> list[Rendered]:
    """Two pictures of another session, on two days."""
    pictures = [made(1, GREEN), made(2, BLUE)]
    for picture, age in zip(pictures, (2, 1), strict=True):
        store = PictureStore(folder, 1 << 30, "another", clock=lambda age=age: NOW - age * DAY_S)
        assert store.keep(picture, ROWS) is not None
    return pictures


@pytest.fixture
def controller(qapp, folder: Path) -> Iterator[Desk]:
    desk = Desk(open_pictures=lambda: PictureStore(folder, 1 << 30))
    yield desk
    desk.dispose()


@pytest.fixture
def open_window(
    qtbot: QtBot, controller: Desk, geometry: QSettings
) -> Iterator[Callable[[], MainWindow]]:
    shown: list[MainWindow] = []

    def open_window() -> MainWindow:
        window = MainWindow(controller, geometry)
        qtbot.addWidget(window)
        window.resize(1300, 860)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        controller.use_checkpoint()
        controller.stack.add(entry("birds", 0.7))
        controller.stop()
        shown.append(window)
        return window

    yield open_window
    for window in shown:
        window.close()


@pytest.fixture
def strip(open_window, controller: Desk, qtbot: QtBot) -> MainWindow:
    """A window whose filmstrip has three pictures of this session, 30 the newest."""
    window = open_window()
    for seed, colour in ((10, RED), (20, GREEN), (30, BLUE)):
        controller.store.pictures.keep(made(seed, colour), ROWS)
    qtbot.waitUntil(lambda: all(one.path for one in listed(controller)))
    controller.engine.works.clear()
    return window
