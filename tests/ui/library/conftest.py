"""A window whose library lies in memory."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from tests.bridge.library.conftest import is_at_rest
from tests.bridge.library.fake_index import FOLDER, FakeIndex, adapter, checkpoint, unreadable
from tests.ui.fakes import Desk

TORN = "“torn.safetensors” is shorter than its header says; download it again."


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex(
        adapter("birds", trigger_words=("blue bird", "sky")),
        adapter("manga", kinds={"loha": 9}, ranks=(4, 64)),
        adapter("night", ""),
        adapter("ghibli", "sd1"),
        checkpoint("dreams"),
        unreadable("torn", TORN),
    )


@pytest.fixture
def controller(qapp, index: FakeIndex) -> Iterator[Desk]:
    desk = Desk(open_library=lambda: index)
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
        shown.append(window)
        return window

    yield open_window
    for window in shown:
        window.close()


@pytest.fixture
def library(open_window: Callable[[], MainWindow], controller: Desk, qtbot: QtBot) -> MainWindow:
    """A window whose library is open and looked through, with its rows read."""
    window = open_window()
    window.actions_table["library"].trigger()
    qtbot.waitUntil(lambda: is_at_rest(controller))
    qtbot.waitUntil(lambda: read_rows(controller, "birds", "manga", "night"))
    return window


def read_rows(desk: Desk, *names: str) -> bool:
    files = desk.library.list
    return all(files.entry(f"{FOLDER}/{name}.safetensors") is not None for name in names)
