"""Selecting, editing, copying and undoing in any order: seeded walks of quick hands."""

import random

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.fader_ranges import PRESET_RANGES
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.buttons import LetterButton, ToggleSwitch
from tests.ui.fakes import Desk, entry

LEFT = Qt.MouseButton.LeftButton
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ACTIONS = (
    "select_rows", "copy_rows", "paste_rows", "remove_rows", "undo", "undo", "redo", "all_off",
    "duplicate_pane", "next_pane", "close_pane", "previous_pane",
)  # fmt: skip
KEYS = (
    (Qt.Key.Key_Up, NONE), (Qt.Key.Key_Down, SHIFT), (Qt.Key.Key_Up, CONTROL | SHIFT),
    (Qt.Key.Key_Down, CONTROL | SHIFT), (Qt.Key.Key_Up, ALT), (Qt.Key.Key_Down, ALT),
    (Qt.Key.Key_A, CONTROL), (Qt.Key.Key_C, CONTROL), (Qt.Key.Key_V, CONTROL),
    (Qt.Key.Key_Tab, NONE), (Qt.Key.Key_Backtab, SHIFT), (Qt.Key.Key_Escape, NONE),
    (Qt.Key.Key_Delete, NONE), (Qt.Key.Key_Left, NONE), (Qt.Key.Key_Home, NONE),
)  # fmt: skip
MANY = 16


def step(window: MainWindow, controller: Desk, chance: random.Random) -> None:
    strips = window.stack_panel.strips.strips()
    what = chance.random()
    if not strips:
        controller.stack.add_all([entry(f"{i}{chance.random()}", 0.5) for i in range(3)])
    elif what < 0.3:
        press(chance.choice(strips), chance.choice((NONE, CONTROL, CONTROL, SHIFT)))
    elif what < 0.45:
        operate(chance.choice(strips), chance)
    elif what < 0.7 or len(strips) > MANY:
        names = ACTIONS if len(strips) <= MANY else ("remove_rows", "undo")
        window.actions_table[chance.choice(names)].trigger()
    else:
        focused = QApplication.focusWidget()
        if focused is None or not window.stack_panel.strips.isAncestorOf(focused):
            focused = chance.choice(strips)
            focused.take_focus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(focused, *chance.choice(KEYS))
    QApplication.processEvents()


def press(strip: ChannelStrip, held: Qt.KeyboardModifier) -> None:
    strip.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.mouseClick(strip, LEFT, held, QPoint(4, 4))


def operate(strip: ChannelStrip, chance: random.Random) -> None:
    """One of its controls; where it is one of several, all of them follow."""
    strip.build()
    what = chance.random()
    if what < 0.25:
        QTest.mouseClick(strip.findChildren(ToggleSwitch)[0], LEFT)
    elif what < 0.4:
        QTest.mouseClick(strip.findChildren(LetterButton)[0], LEFT)
    elif what < 0.5:
        strip._rows.set_fader_range(strip.entry_id, chance.choice(PRESET_RANGES))
    elif what < 0.6:
        strip._rows.set_text_apart(strip.entry_id, chance.random() < 0.6)
    else:
        fader = strip.findChildren(StrengthSlider)[0]
        y = fader.height() // 2
        QTest.mousePress(fader, LEFT, pos=QPoint(chance.randrange(200), y))
        for _ in range(3):
            QTest.mouseMove(fader, QPoint(chance.randrange(200), y))
        QTest.mouseRelease(fader, LEFT, pos=QPoint(chance.randrange(200), y))


def check(window: MainWindow, controller: Desk) -> None:
    rows = controller.stack.stack.entries
    strips = window.stack_panel.strips.strips()
    selection = window.stack_panel.strips.selection
    assert [strip.entry for strip in strips] == list(rows)
    assert len({row.entry_id for row in rows}) == len(rows)
    assert tuple(s.entry_id for s in strips if s.is_selected) == selection.ids
    for strip in strips:
        for fader in strip.findChildren(StrengthSlider):
            assert fader.ends == strip.entry.fader_ends
            expected = len(selection.ids) if strip.is_selected else 0
            is_of_picture = fader.accessibleName() == "Strength"
            says_all = fader.toolTip().startswith(f"Moves all {expected} selected rows")
            assert says_all is (is_of_picture and expected > 1)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("seed", range(4))
def test_any_walk_leaves_rows_and_selection_in_step(
    window: MainWindow, controller: Desk, seed: int
) -> None:
    chance = random.Random(seed)
    window.activateWindow()
    for _ in range(150):
        step(window, controller, chance)
        check(window, controller)
    steps, panes = controller.document.undo_stack, controller.document.document.panes
    here = steps.index()
    steps.setIndex(0)
    check(window, controller)
    steps.setIndex(here)
    assert controller.document.document.panes == panes
    QGuiApplication.clipboard().clear()
