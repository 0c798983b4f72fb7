"""Widgets come, move and go; nothing of the layouts that they lie in stays behind in Python."""

from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, entry
from tests.ui.layout_items import items_held


def test_rows_that_move_leave_nothing_behind(window: MainWindow, controller: Desk) -> None:
    controller.stack.add_all([entry(name, 0.8) for name in ("one", "two", "three")])
    rows = [strip.entry_id for strip in window.stack_panel.strips.strips()]
    for row in rows:
        controller.stack.move(row, 2)
        controller.stack.move(row, 0)
    layout = window.stack_panel.strips.layout()
    assert layout is not None
    assert items_held(layout) == []
