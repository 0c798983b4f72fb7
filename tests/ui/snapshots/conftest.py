"""A window in which snapshots were taken."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QMenu

from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk
from tests.ui.pane_windows import CONTROL, SHIFT, press
from tests.ui.snapshots.shown_rows import Key


@pytest.fixture
def taken(panes: MainWindow, controller: Desk) -> MainWindow:
    """Of manga at 0.1, 0.2 and 0.3, which is there now."""
    for scale in (0.1, 0.2, 0.3):
        controller.stack.set_scale("manga", scale)
        press(panes, Key.Key_N, CONTROL | SHIFT)
    QApplication.processEvents()
    return panes


@pytest.fixture
def menus() -> Iterator[None]:
    yield
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QMenu) and widget.isVisible():
            widget.close()
