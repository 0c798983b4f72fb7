"""A studio with snapshots, on the stage."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.presenter.presenter_window import PresenterWindow
from tests.ui.fakes import Desk, entry, plain_picture, rendered
from tests.ui.focus import focused

SCALES = (0.1, 0.3, 0.5)


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    """Manga and birds, a snapshot for each strength of manga, the second one present; pictures
    of the base (red) and of the stack (green)."""
    window.activateWindow()
    for row in (entry("manga", 0.8), entry("birds", 0.4)):
        controller.stack.add(row)
        controller.adapters.abandon(row.sha256)
    for scale in SCALES:
        controller.stack.set_scale("manga", scale)
        controller.snapshots.take()
    controller.snapshots.apply(controller.snapshots.snapshots[1].snapshot_id)
    show(controller)
    QApplication.processEvents()
    return window


@pytest.fixture
def stage(studio: MainWindow) -> Iterator[PresenterWindow]:
    press(Qt.Key.Key_F11)
    shown = studio.stage.window
    assert shown is not None
    QApplication.processEvents()
    yield shown
    studio.stage.leave()


def show(desk: Desk, colour: tuple[int, int, int] = (0, 200, 0)) -> None:
    """The active pane shows its stack in a colour, as if the engine had answered."""
    desk.show("base", shown=rendered(plain_picture((200, 0, 0))))
    stack = desk.stack.stack
    picture = rendered(plain_picture(colour), stack)
    desk.show(desk.document.document.active, shown=picture, shown_stack=stack)


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused(), key, modifiers)
    QApplication.processEvents()


def manga(desk: Desk) -> float:
    return desk.stack.stack.entry("manga").scale
