"""A window with panes, and what a person does to it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.empty_place import EmptyPlace
from tests.ui.focus import focused

RED, GREEN = (220, 20, 20), (20, 200, 20)
CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def press(window: MainWindow, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused() or window, key, modifiers)
    QApplication.processEvents()


def titles(window: MainWindow) -> list[str]:
    return [pane.title for pane in window.compare.shown()]


def empties(window: MainWindow) -> list[EmptyPlace]:
    return [e for e in window.compare.findChildren(EmptyPlace) if e.isVisible()]


def rows(window: MainWindow) -> list[str]:
    return [strip.entry.name for strip in window.stack_panel.strips.strips()]
