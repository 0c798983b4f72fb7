"""A window over a desk, and the ways tests touch it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.pair.wipe_view import WipeView
from loraviewer.ui.strips.blocks.block_window import BlockWindow
from tests.ui.drawn_blocks import opened, row_of_blocks
from tests.ui.fakes import Desk, entry
from tests.ui.looks import red_and_green, start_wipe


@pytest.fixture
def controller(qapp) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.dispose()


@pytest.fixture
def geometry(tmp_path: Path) -> QSettings:
    """Window geometry in a file of the test, never the person's own."""
    return QSettings(str(tmp_path / "geometry.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def window(qtbot: QtBot, controller: Desk, geometry: QSettings) -> Iterator[MainWindow]:
    """A shown window with the demo checkpoint loaded and nothing in the stack."""
    shown = MainWindow(controller, geometry)
    qtbot.addWidget(shown)
    shown.resize(1200, 760)
    shown.show()
    qtbot.waitExposed(shown)
    controller.use_checkpoint()
    yield shown
    shown.close()


@pytest.fixture
def panes(window: MainWindow, controller: Desk) -> MainWindow:
    """A window with a row in the stack, and the keyboard on the picture."""
    window.activateWindow()
    controller.stack.add(entry("manga", 0.8))
    window.compare.take_focus()
    QApplication.processEvents()
    return window


@pytest.fixture
def wipe(panes: MainWindow, controller: Desk) -> WipeView:
    """The red base wiped over the green current pane."""
    red_and_green(controller)
    return start_wipe(panes)


@pytest.fixture
def block_studio(window: MainWindow, controller: Desk) -> MainWindow:
    """A window with one row, whose adapter changes some blocks of an SD 1.5 base."""
    row_of_blocks(controller)
    return window


@pytest.fixture
def blocks(block_studio: MainWindow) -> BlockWindow:
    """The drawing of that row."""
    return opened(block_studio)
