"""The window of the history, and undo where one types."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.snapshots.history_window import HistoryList, HistoryWindow
from tests.ui.fakes import Desk, entry
from tests.ui.focus import focused
from tests.ui.pane_windows import CONTROL, SHIFT, press

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def steps(panes: MainWindow, controller: Desk, qtbot: QtBot) -> HistoryList:
    """Of a row that was added and set to 0.1, 0.2 and 0.3."""
    for value in (0.1, 0.2, 0.3):
        controller.stack.set_scale("manga", value)
    press(panes, Key.Key_H, CONTROL | SHIFT)
    shown = next(iter(panes.findChildren(HistoryWindow)))
    qtbot.waitExposed(shown)
    shown.activateWindow()
    shown.steps.setFocus()
    return shown.steps


def texts(steps: HistoryList) -> list[str]:
    return [steps.model().index(row, 0).data() for row in range(steps.model().rowCount())]


def click(steps: HistoryList, row: int) -> None:
    where = steps.visualRect(steps.model().index(row, 0)).center()
    QTest.mouseClick(steps.viewport(), LEFT, pos=where)


def scale(controller: Desk) -> float:
    return controller.stack.stack.entries[0].scale


def test_it_lists_all_steps_and_the_last_is_present(steps: HistoryList) -> None:
    assert texts(steps) == [
        "As opened",
        "Add manga",
        "Strength of manga to 0.1",
        "Strength of manga to 0.2",
        "Strength of manga to 0.3",
    ]
    assert steps.currentIndex().row() == 4


def test_a_click_goes_to_a_step_and_back(steps: HistoryList, controller: Desk) -> None:
    click(steps, 2)
    assert scale(controller) == 0.1
    click(steps, 4)
    assert scale(controller) == 0.3
    click(steps, 0)
    assert controller.stack.stack.entries == ()


def test_arrows_walk_and_take_the_document_along(steps: HistoryList, controller: Desk) -> None:
    for value in (0.2, 0.1):
        QTest.keyClick(steps, Key.Key_Up)
        assert scale(controller) == value
    QTest.keyClick(steps, Key.Key_End)
    assert scale(controller) == 0.3
    QTest.keyClick(steps, Key.Key_Home)
    assert controller.stack.stack.entries == ()
    QTest.keyClick(steps, Key.Key_Z, CONTROL | SHIFT)
    assert steps.currentIndex().row() == 1


def test_it_follows_what_is_done_beside_it(
    steps: HistoryList, panes: MainWindow, controller: Desk
) -> None:
    panes.actions_table["undo"].trigger()
    assert steps.currentIndex().row() == 3
    controller.prompt.change(prompt="a red cat")
    assert texts(steps)[-1] == "Prompt “a red cat”"
    assert steps.currentIndex().row() == 4
    press(panes, Key.Key_N, CONTROL | SHIFT)
    assert texts(steps)[-1] == "Take snapshot “manga .2”"


def test_a_held_fader_is_one_row_that_goes_along(steps: HistoryList, controller: Desk) -> None:
    controller.stack.begin_drag()
    for value in (0.5, 0.6):
        controller.stack.set_scale("manga", value)
    assert texts(steps)[5:] == ["Strength of manga to 0.6"]
    assert steps.currentIndex().row() == 5
    controller.stack.end_drag()


def test_there_is_one_window_and_escape_closes_it(
    steps: HistoryList, panes: MainWindow, qtbot: QtBot
) -> None:
    panes.actions_table["history"].trigger()
    assert len(panes.findChildren(HistoryWindow)) == 1
    window = steps.window()
    QTest.keyClick(steps, Key.Key_Escape)
    qtbot.waitUntil(lambda: not panes.findChildren(HistoryWindow))
    assert window is not panes


def test_the_keyboard_waits_at_the_pane_that_a_step_leads_to(
    panes: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    panes.actions_table["pin_pane"].trigger()
    pinned = controller.places.document.panes[-1].pane_id
    controller.places.activate(pinned)
    controller.stack.set_scale("manga", 0.1)
    panes.compare.take_focus()
    press(panes, Key.Key_H, CONTROL | SHIFT)
    shown = next(iter(panes.findChildren(HistoryWindow)))
    qtbot.waitExposed(shown)
    shown.activateWindow()
    shown.steps.setFocus()
    click(shown.steps, 1)
    assert controller.places.document.active != pinned
    assert panes.focusWidget() is panes.compare.active.view
    assert focused() is shown.steps


def test_the_keyboard_waits_at_the_row_beside_one_that_a_step_takes_away(
    panes: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.stack.add(entry("birds", 0.5))
    strips = panes.stack_panel.strips
    strips.strips()[1].take_focus(Qt.FocusReason.OtherFocusReason)
    press(panes, Key.Key_H, CONTROL | SHIFT)
    shown = next(iter(panes.findChildren(HistoryWindow)))
    qtbot.waitExposed(shown)
    shown.activateWindow()
    shown.steps.setFocus()
    click(shown.steps, 1)
    waiting = panes.focusWidget()
    assert waiting is not None
    assert strips.strips()[0].isAncestorOf(waiting)


def test_a_jump_over_hundreds_of_steps_is_one_change(panes: MainWindow, controller: Desk) -> None:
    for step in range(300):
        controller.stack.set_scale("manga", step / 300)
    heard: list[object] = []
    controller.stack.stack_changed.connect(heard.append)
    controller.document.go_to(2)
    assert scale(controller) == 0.0
    assert len(heard) == 1


# Undo where one types.


def field(window: MainWindow, name: str) -> QWidget:
    widgets = window.prompt_panel.findChildren(QWidget)
    return next(w for w in widgets if w.accessibleName() == name)


@pytest.mark.parametrize("name", ["Prompt", "Without"])
def test_undo_takes_back_what_is_being_typed_at_once(
    panes: MainWindow, controller: Desk, name: str
) -> None:
    line = field(panes, name)
    assert isinstance(line, QLineEdit)
    line.setFocus()
    QTest.keyClicks(line, "a cat")
    panes.prompt_panel.commit()
    QTest.keyClicks(line, " on a beach")  # not yet sent
    press(panes, Key.Key_Z, CONTROL)
    assert line.text() == "a cat"
    assert focused() is line
    press(panes, Key.Key_Z, CONTROL)
    assert line.text() == ""
    press(panes, Key.Key_Z, CONTROL)
    assert controller.stack.stack.entries == (), "the history goes on where the prompt's ends"
    for text in ("", "a cat", "a cat on a beach"):
        press(panes, Key.Key_Z, CONTROL | SHIFT)
        assert line.text() == text


def test_before_any_step_undo_is_the_fields_own(window: MainWindow, controller: Desk) -> None:
    window.activateWindow()
    line = field(window, "Prompt")
    assert isinstance(line, QLineEdit)
    line.setFocus()
    QTest.keyClicks(line, "a cat")
    press(window, Key.Key_Z, CONTROL)
    assert line.text() == ""
    window.prompt_panel.commit()
    assert controller.document.undo_stack.count() == 0


def test_undo_in_the_size_is_the_windows(panes: MainWindow, controller: Desk) -> None:
    field(panes, "Size").setFocus()
    before = controller.prompt.sampling.width
    controller.prompt.change(width=before + 64)
    press(panes, Key.Key_Z, CONTROL)
    assert controller.prompt.sampling.width == before


def test_undo_by_its_button_takes_what_is_being_typed(panes: MainWindow, controller: Desk) -> None:
    line = field(panes, "Prompt")
    line.setFocus()
    QTest.keyClicks(line, "a cat")
    panes.actions_table["undo"].trigger()
    assert controller.prompt.sampling.prompt == ""
    assert controller.document.undo_stack.redoText() == "Prompt “a cat”"
    QApplication.processEvents()
