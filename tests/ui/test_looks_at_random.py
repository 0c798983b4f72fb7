"""Ways of looking while panes come, go, and get pictures of all sizes: seeded walks."""

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.pair.pair_view import Look
from tests.ui.fakes import Desk, plain_picture
from tests.ui.looks import paint
from tests.ui.pane_windows import GREEN, RED

ACTIONS = (
    "look_grid", "look_wipe", "look_difference", "loupe", "blink", "pin_pane", "duplicate_pane",
    "close_pane", "undo", "redo", "next_pane", "previous_pane", "swap_next", "compare_with",
    "layout_1", "layout_2", "layout_4", "layout_6", "zoom_in", "zoom_fit", "freeze_pane", "smooth",
)  # fmt: skip
KEYS = (
    Qt.Key.Key_X, Qt.Key.Key_T, Qt.Key.Key_M, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Left,
    Qt.Key.Key_Up, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Escape,
)  # fmt: skip


def step(panes: MainWindow, controller: Desk, chance: random.Random) -> None:
    what = chance.random()
    if what < 0.5:
        panes.actions_table[chance.choice(ACTIONS)].trigger()
    elif what < 0.75:
        QTest.keyClick(QApplication.focusWidget() or panes, chance.choice(KEYS))
    else:
        pane_id = chance.choice(controller.document.document.panes).pane_id
        size = chance.choice([8, 8, 12])
        paint(controller, pane_id, plain_picture(chance.choice([RED, GREEN]), size, size))


def check(panes: MainWindow, controller: Desk) -> None:
    compare, document = panes.compare, controller.document.document
    is_grid = compare.look is Look.GRID
    assert compare.pair.isVisible() is not is_grid
    assert all(pane.isVisible() is is_grid for pane in compare.shown())
    assert panes.actions_table[f"look_{compare.look}"].isChecked()
    assert panes.actions_table["loupe"].isChecked() is compare.viewport.loupe.is_on
    if not is_grid:
        pair = compare.pair.pair.ids
        assert len(set(pair)) == 2
        assert set(pair) <= {pane.pane_id for pane in document.panes}
        assert document.active in pair
        found = compare.pair.difference.found
        if compare.look is Look.DIFFERENCE:
            assert (found is None) is bool(compare.pair.difference.reason)


@pytest.mark.parametrize("seed", range(4))
def test_any_walk_leaves_the_view_whole(panes: MainWindow, controller: Desk, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        step(panes, controller, chance)
        check(panes, controller)
    QApplication.processEvents()
    assert not panes.compare.grab().isNull()
    if panes.actions_table["blink"].isChecked():
        panes.actions_table["blink"].trigger()
