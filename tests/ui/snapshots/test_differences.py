"""What differs between two stacks, shown in a window of its own."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.snapshots.diff_window import DiffWindow
from loraviewer.ui.widgets.buttons import IconButton
from tests.ui.fakes import Desk, entry
from tests.ui.pane_windows import CONTROL
from tests.ui.snapshots.shown_rows import LEFT, Key, choose, open_menu, rows, scale


def diffs(window: MainWindow) -> DiffWindow:
    return next(d for d in window.findChildren(DiffWindow) if d.isVisible())


def test_the_difference_to_the_present_is_live(
    taken: MainWindow, controller: Desk, menus, qtbot: QtBot
) -> None:
    choose(open_menu(taken, 0), "Compare with the present…")
    shown = diffs(taken)
    qtbot.waitExposed(shown)
    assert shown.table.shown_rows() == [("manga", "0.1", "0.3", "+0.2")]
    assert shown.summary == "One line differs."
    controller.stack.set_scale("manga", 0.5)
    controller.stack.add(entry("neon", 0.6))
    controller.prompt.change(seed=9)
    assert shown.table.shown_rows() == [
        ("manga", "0.1", "0.5", "+0.4"),
        ("+ neon", "", "0.6", "added"),
        ("Seed", "7", "9", ""),
    ]
    controller.snapshots.apply(controller.snapshots.snapshots[0].snapshot_id, with_sampling=True)
    assert shown.summary == "Nothing differs."
    controller.stack.add(entry("off", is_enabled=False))
    assert shown.summary == "One line differs; the picture does not."


def test_two_snapshots_are_compared_and_copied_as_text(
    taken: MainWindow, controller: Desk, menus
) -> None:
    menu = open_menu(taken, 0)
    submenu = next(a for a in menu.actions() if a.text() == "Compare with").menu()
    assert isinstance(submenu, QMenu)
    assert [action.text() for action in submenu.actions()] == ["manga .2", "manga .3"]
    choose(submenu, "manga .2")
    menu.close()
    QTest.mouseClick(diffs(taken)._swap, LEFT)
    QTest.mouseClick(diffs(taken)._copy, LEFT)
    assert QGuiApplication.clipboard().text().splitlines() == [
        "\t\t“manga .2”\t“manga .1”\tchange",
        "≠\tmanga\t0.2\t0.1\t−0.1",
    ]


def test_a_side_that_goes_gives_way_to_the_present(
    taken: MainWindow, controller: Desk, menus
) -> None:
    choose(open_menu(taken, 0), "Compare with the present…")
    controller.snapshots.rename(controller.snapshots.snapshots[0].snapshot_id, "first")
    assert diffs(taken)._left.currentText() == "“first”"
    controller.snapshots.remove(controller.snapshots.snapshots[0].snapshot_id)
    assert diffs(taken)._left.currentText() == "Present"


def test_panes_are_compared_from_the_menu_bar(taken: MainWindow, controller: Desk) -> None:
    controller.places.pin()
    controller.stack.set_scale("manga", 1.0)
    taken.actions_table["compare_stacks"].trigger()
    shown = diffs(taken)
    assert shown._left.currentText() == "“manga .3”"
    assert shown._right.currentText() == "Present"
    for box, name in ((shown._left, "Pane B"), (shown._right, "Pane C")):
        box.setCurrentText(name)
        box.activated.emit(box.currentIndex())
    assert shown.table.shown_rows() == [("manga", "1", "0.3", "−0.7")]
    taken.actions_table["compare_stacks"].trigger()
    assert len(taken.findChildren(DiffWindow)) == 1


def test_keys_of_the_history_work_in_the_difference(taken: MainWindow, controller: Desk) -> None:
    taken.actions_table["compare_stacks"].trigger()
    QApplication.setActiveWindow(diffs(taken))
    press_in = diffs(taken).table
    press_in.setFocus()
    QTest.keyClick(press_in, Key.Key_BracketRight)
    assert scale(controller) == 0.1
    QTest.keyClick(press_in, Key.Key_Z, CONTROL)
    assert scale(controller) == 0.3


def test_the_button_compares_with_one_that_is_not_there_already(
    taken: MainWindow, controller: Desk
) -> None:
    button = next(b for b in taken.findChildren(IconButton) if b.accessibleName() == "Compare")
    QTest.mouseClick(button, LEFT)
    assert diffs(taken)._left.currentText() == "“manga .2”"
    rows(taken).setCurrentIndex(rows(taken).model().index(0, 0))
    QTest.mouseClick(button, LEFT)
    assert diffs(taken)._left.currentText() == "“manga .1”"
    for snapshot in controller.snapshots.snapshots[:2]:
        controller.snapshots.remove(snapshot.snapshot_id)
    QTest.mouseClick(button, LEFT)
    assert diffs(taken).summary == "Nothing differs."
