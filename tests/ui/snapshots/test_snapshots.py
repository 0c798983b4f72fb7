"""Snapshots below the strips: taken, applied, renamed, moved, walked through, by mouse and key."""

from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.top_bar import ActionButton
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.ui.fakes import Desk
from tests.ui.focus import focused
from tests.ui.pane_windows import ALT, CONTROL, SHIFT, press
from tests.ui.snapshots.shown_rows import LEFT, Key, click, editor, names, place, rows, scale


def test_without_snapshots_there_is_only_a_button(panes: MainWindow) -> None:
    assert not panes.stack_panel.snapshots.isVisible()
    button = next(b for b in panes.findChildren(ActionButton) if b.accessibleName() == "Snapshot")
    assert button.isVisible()
    QTest.mouseClick(button, LEFT)
    assert names(panes) == ["manga .8"]
    assert panes.stack_panel.snapshots.isVisible()
    panes.actions_table["undo"].trigger()
    assert not panes.stack_panel.snapshots.isVisible()


def test_a_click_applies_one_which_undo_takes_back(taken: MainWindow, controller: Desk) -> None:
    click(taken, 0)
    assert scale(controller) == 0.1
    assert controller.snapshots.present == controller.snapshots.snapshots[0].snapshot_id
    taken.actions_table["undo"].trigger()
    assert scale(controller) == 0.3


def test_brackets_walk_round_and_are_one_step(taken: MainWindow, controller: Desk) -> None:
    seen = []
    for key in (Key.Key_BracketRight, Key.Key_BracketRight, Key.Key_BracketLeft):
        press(taken, key)
        seen.append(scale(controller))
    assert seen == [0.1, 0.2, 0.1]
    assert rows(taken).currentIndex().row() == 0
    press(taken, Key.Key_Z, CONTROL)
    assert scale(controller) == 0.3


@pytest.mark.parametrize("name", ["Prompt", "Without", "Seed", "Size"])
def test_brackets_are_letters_where_one_types(taken: MainWindow, controller: Desk, name) -> None:
    fields = taken.prompt_panel.findChildren(QWidget)
    next(field for field in fields if field.accessibleName() == name).setFocus()
    before = scale(controller)
    for key in (Key.Key_BracketLeft, Key.Key_BracketRight):
        press(taken, key)
    assert scale(controller) == before
    taken.prompt_panel.commit()


def test_brackets_without_snapshots_cannot_be_used(panes: MainWindow) -> None:
    assert not panes.actions_table["next_snapshot"].isEnabled()
    press(panes, Key.Key_N, CONTROL | SHIFT)
    assert panes.actions_table["next_snapshot"].isEnabled()


def test_what_is_being_typed_belongs_to_the_snapshot(panes: MainWindow, controller: Desk) -> None:
    panes.prompt_panel.focus_prompt()
    QTest.keyClicks(focused(), "a red cat")
    press(panes, Key.Key_N, CONTROL | SHIFT)
    assert controller.snapshots.snapshots[0].sampling.prompt == "a red cat"
    number = next(
        w for w in panes.findChildren(NumberEdit) if w.accessibleName() == "Strength as a number"
    )
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "0.4")
    press(panes, Key.Key_N, CONTROL | SHIFT)
    assert names(panes)[-1] == "manga .4"


def test_the_same_twice_is_said_and_not_taken(taken: MainWindow) -> None:
    press(taken, Key.Key_N, CONTROL | SHIFT)
    assert len(names(taken)) == 3
    assert "“manga .3”" in taken.notices.bars[0].sentence


def test_f2_renames_in_place(taken: MainWindow, controller: Desk) -> None:
    rows(taken).setFocus()
    rows(taken).setCurrentIndex(rows(taken).model().index(1, 0))
    press(taken, Key.Key_F2)
    line = editor(taken)
    assert line.selectedText() == "manga .2"
    QTest.keyClicks(line, "best [of] 3 ? P")
    press(taken, Key.Key_Return)
    assert names(taken) == ["manga .1", "best [of] 3 ? P", "manga .3"]
    assert scale(controller) == 0.3
    assert focused() is rows(taken)
    press(taken, Key.Key_Z, CONTROL)
    assert names(taken)[1] == "manga .2"


def test_escape_while_renaming_puts_the_name_back(taken: MainWindow) -> None:
    rows(taken).setFocus()
    press(taken, Key.Key_F2)
    QTest.keyClicks(editor(taken), "nothing")
    press(taken, Key.Key_Escape)
    assert names(taken) == ["manga .1", "manga .2", "manga .3"]
    assert focused() is rows(taken)


def test_a_double_click_renames(taken: MainWindow) -> None:
    click(taken, 0)
    QTest.mouseDClick(rows(taken).viewport(), LEFT, pos=place(taken, 0))
    QTest.keyClicks(editor(taken), "best")
    press(taken, Key.Key_Return)
    assert names(taken)[0] == "best"


def test_enter_applies_and_arrows_only_look(taken: MainWindow, controller: Desk) -> None:
    rows(taken).setFocus()
    press(taken, Key.Key_Up)
    assert scale(controller) == 0.3
    press(taken, Key.Key_Return)
    assert scale(controller) == 0.2


def test_delete_deletes_and_the_keyboard_stays(taken: MainWindow, controller: Desk) -> None:
    rows(taken).setFocus()
    rows(taken).setCurrentIndex(rows(taken).model().index(0, 0))
    press(taken, Key.Key_Delete)
    assert names(taken) == ["manga .2", "manga .3"]
    assert focused() is rows(taken)
    press(taken, Key.Key_Delete)
    press(taken, Key.Key_Delete)
    assert focused().accessibleName() == "Snapshot"
    for _ in range(3):
        taken.actions_table["undo"].trigger()
    assert names(taken) == ["manga .1", "manga .2", "manga .3"]
    assert len(controller.stack.stack.entries) == 1


def test_b_holds_the_base_up_from_the_list(taken: MainWindow) -> None:
    rows(taken).setFocus()
    QTest.keyPress(focused(), Key.Key_B)
    assert taken.compare.active.title == "Base (held)"
    QTest.keyRelease(focused(), Key.Key_B)
    assert taken.compare.active.title == "Current"


def test_alt_and_arrows_move_one(taken: MainWindow) -> None:
    rows(taken).setFocus()
    rows(taken).setCurrentIndex(rows(taken).model().index(2, 0))
    press(taken, Key.Key_Up, ALT)
    press(taken, Key.Key_Up, ALT)
    press(taken, Key.Key_Up, ALT)  # it is the first by now
    assert names(taken) == ["manga .3", "manga .1", "manga .2"]
    assert rows(taken).currentIndex().row() == 0


def drag(window: MainWindow, start: int, end: QPoint, *, is_cancelled: bool = False) -> None:
    view = rows(window).viewport()
    QTest.mousePress(view, LEFT, pos=place(window, start))
    QTest.mouseMove(view, place(window, start) + QPoint(0, 3))
    QTest.mouseMove(view, end)
    if is_cancelled:
        QTest.keyClick(rows(window), Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, pos=end)


@pytest.mark.parametrize(("start", "end", "order"), [(0, 2, "231"), (2, 0, "312"), (0, 1, "213")])
def test_dragging_moves_one(taken: MainWindow, controller: Desk, start, end, order) -> None:
    drag(taken, start, place(taken, end) + QPoint(0, 6 if end > start else -6))
    assert "".join(name[-1] for name in names(taken)) == order
    assert scale(controller) == 0.3, "a drag applies nothing"
    taken.actions_table["undo"].trigger()
    assert names(taken) == ["manga .1", "manga .2", "manga .3"]


def test_a_drag_to_its_own_place_is_no_step(taken: MainWindow, controller: Desk) -> None:
    count = controller.document.undo_stack.count()
    drag(taken, 0, place(taken, 0) + QPoint(14, 4))
    assert controller.document.undo_stack.count() == count
    assert scale(controller) == 0.3


def test_escape_ends_a_drag(taken: MainWindow) -> None:
    drag(taken, 0, place(taken, 2) + QPoint(0, 6), is_cancelled=True)
    assert names(taken) == ["manga .1", "manga .2", "manga .3"]


def test_few_rows_are_seen_and_the_others_scroll(
    taken: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    for value in (0.4, 0.5, 0.6, 0.7):
        controller.stack.set_scale("manga", value)
        controller.snapshots.take()
    view = rows(taken)
    row_height = view.visualRect(view.model().index(0, 0)).height()
    qtbot.waitUntil(lambda: view.height() == 4 * row_height)
    assert view.viewport().rect().contains(place(taken, 6)), "the newest is seen"
    taken.resize(taken.width(), 500)
    qtbot.waitUntil(lambda: view.height() == 2 * row_height)


def test_an_adapter_that_is_gone_keeps_its_row(taken: MainWindow, controller: Desk) -> None:
    controller.stack.remove("manga")
    controller.learn("manga", Failure(FailureKind.FILE, "“manga” is no longer there."))
    click(taken, 1)
    strip = taken.stack_panel.strips.strips()[0]
    assert (strip.entry.name, strip.entry.scale) == ("manga", 0.2)
    assert strip.trouble_sentence == "“manga” is no longer there."


def test_applying_while_the_base_is_active_goes_beside_it(
    taken: MainWindow, controller: Desk
) -> None:
    controller.places.activate("base")
    click(taken, 0)
    assert controller.document.document.active == "current"
    assert scale(controller) == 0.1


def test_snapshots_start_nothing_that_was_stopped(taken: MainWindow, controller: Desk) -> None:
    controller.stack.set_scale("manga", 0.9)
    controller.stop()
    controller.snapshots.take()
    assert controller._wishes.is_stopped


def test_a_name_from_outside_is_no_markup(taken: MainWindow, controller: Desk) -> None:
    controller.snapshots.rename(controller.snapshots.snapshots[0].snapshot_id, "<b>x</b> & y")
    taken.actions_table["compare_stacks"].trigger()
    assert "<b>x</b> & y" in names(taken)[0]
    held = controller.document.document
    assert msgspec.json.decode(msgspec.json.encode(held), type=type(held)) == held


def test_a_row_tells_what_it_holds_as_plain_text(taken: MainWindow, controller: Desk) -> None:
    controller.prompt.change(prompt="<b>a cat</b>")
    controller.snapshots.update(controller.snapshots.snapshots[2].snapshot_id)
    view = rows(taken)
    where = place(taken, 2)
    event = QHelpEvent(QEvent.Type.ToolTip, where, view.viewport().mapToGlobal(where))
    QApplication.sendEvent(view.viewport(), event)
    assert "manga .3\nSeed 7\n&lt;b&gt;a cat&lt;/b&gt;" in QToolTip.text()
    QToolTip.hideText()


def test_the_present_one_is_said_to_screen_readers(taken: MainWindow) -> None:
    model = rows(taken).model()
    said = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert said == ["manga .1", "manga .2", "manga .3, present"]


def test_a_narrow_panel_has_room_for_all_its_buttons(taken: MainWindow) -> None:
    panel = taken.stack_panel
    button = next(b for b in panel.findChildren(ActionButton) if b.accessibleName() == "Snapshot")
    assert button.text() == "Snapshot"
    panel.setFixedWidth(260)
    QApplication.processEvents()
    assert button.text() == ""
    tools = sorted(
        (b.geometry() for b in panel.findChildren(ActionButton)), key=lambda place: place.left()
    )
    assert all(one.right() < other.left() for one, other in pairwise(tools))
