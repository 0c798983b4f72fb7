"""A window over a desk, and the ways tests touch it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, entry


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
