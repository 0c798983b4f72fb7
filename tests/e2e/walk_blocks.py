"""What a clumsy person does with drawn blocks: paints, types, presses keys, chooses anything."""

import random

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.blocks.block_window import BlockWindow

KEYS = ("Left", "Right", "Up", "Down", "Home", "End", "PageUp", "Delete", "Return", "Escape", "5")
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def paint_blocks(window: MainWindow, row: str, chance: random.Random) -> None:
    """Opens the drawing of a row, or does something on it."""
    shown = window.blocks.window(row)
    if shown is None:
        window.blocks.open(row)
    elif chance.random() < 0.1:
        shown.close()
    else:
        chance.choice((_drag, _drag, _keys, _brush, _menu))(shown, chance)


def _drag(shown: BlockWindow, chance: random.Random) -> None:
    drawing = shown.drawing
    width, height = max(1, drawing.width()), max(1, drawing.height())
    spots = [
        QPoint(chance.randrange(width), chance.randrange(height))
        for _ in range(chance.randrange(1, 6))
    ]
    button, held = chance.choice(BUTTONS), chance.choice(MODIFIERS)
    QTest.mousePress(drawing, button, held, spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(drawing, spot)
        QApplication.processEvents()
    QTest.mouseRelease(drawing, button, held, spots[-1])


def _keys(shown: BlockWindow, chance: random.Random) -> None:
    shown.drawing.take_focus(Qt.FocusReason.OtherFocusReason)
    for _ in range(chance.randrange(1, 5)):
        target = shown.focusWidget()
        if target is not None and shown.isVisible():
            key = getattr(Qt.Key, f"Key_{chance.choice(KEYS)}")
            QTest.keyClick(target, key, chance.choice(MODIFIERS))


def _brush(shown: BlockWindow, chance: random.Random) -> None:
    chance.choice(shown.brushes.chips).click()


def _menu(shown: BlockWindow, chance: random.Random) -> None:
    actions = [a for a in shown.presets.menu.actions() if a.isEnabled() and not a.isSeparator()]
    chance.choice(actions).trigger()
