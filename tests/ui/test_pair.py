"""Which two panes are compared in one place: by their boxes, by key, as panes come and go."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.reports import AdapterReport
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.pair.pair_view import Look
from loraviewer.ui.panes.pair.wipe_view import WipeView
from loraviewer.ui.widgets.choice_box import ChoiceBox
from tests.ui.fakes import Desk
from tests.ui.focus import focused
from tests.ui.looks import BLUE, colour_at, fill, names, start_wipe
from tests.ui.pane_windows import ALT, CONTROL, GREEN, RED, SHIFT, press


def three(panes: MainWindow, controller: Desk) -> list[str]:
    """Base, B and C in red, green and blue; two of them seen, B active."""
    controller.learn("manga", AdapterReport(sha256="manga", matched=("a",)))
    press(panes, Qt.Key.Key_P)
    press(panes, Qt.Key.Key_2, ALT)
    return fill(controller, RED, GREEN, BLUE)


def choose(box: ChoiceBox, name: str) -> None:
    """As a person does, from the list."""
    box.setCurrentIndex(box.findText(name))
    box.activated.emit(box.findText(name))
    QApplication.processEvents()


def asked_for(controller: Desk) -> set[str]:
    """Panes whose pictures the engine was asked for."""
    return {work.pane_id for work in controller.works if isinstance(work, RenderJob)}


def test_a_pane_that_is_not_seen_is_chosen_and_its_picture_is_wanted(
    panes: MainWindow, controller: Desk
) -> None:
    ids = three(panes, controller)
    wipe = start_wipe(panes)
    assert names(wipe) == ["Base", "B"]
    first, second = panes.compare.pair.header.boxes
    assert [first.itemText(i) for i in range(first.count())] == ["Base", "B", "C"]
    controller.works.clear()
    controller.prompt.change(seed=99)
    choose(first, "C")
    assert names(wipe) == ["C", "B"]
    assert colour_at(wipe, 0.4) == QColor(*BLUE)
    controller.render()
    assert ids[2] in asked_for(controller)
    assert controller.document.document.active == "current"
    choose(second, "Base")
    assert names(wipe) == ["C", "Base"]
    assert controller.document.document.active == "base", "the strips edit what is seen"
    steps = controller.document.undo_stack.count()
    choose(second, "C")
    assert names(wipe) == ["Base", "C"]
    assert controller.document.undo_stack.count() == steps, "looking is no edit"


def test_keys_choose_the_two_panes(panes: MainWindow, controller: Desk) -> None:
    three(panes, controller)
    wipe = start_wipe(panes)
    press(panes, Qt.Key.Key_PageDown)
    assert names(wipe) == ["C", "B"]
    press(panes, Qt.Key.Key_X)
    assert names(wipe) == ["B", "C"]
    press(panes, Qt.Key.Key_PageUp)
    assert names(wipe) == ["B", "Base"]
    press(panes, Qt.Key.Key_Tab, CONTROL)
    assert names(wipe) == ["C", "Base"]
    assert panes.compare.active.title == "C"
    assert focused() is wipe
    press(panes, Qt.Key.Key_Tab, CONTROL)
    assert names(wipe) == ["C", "Base"]
    assert panes.compare.active.title == "Base"


def test_the_active_side_is_framed(panes: MainWindow, controller: Desk, wipe: WipeView) -> None:
    assert [side.shown and side.shown.is_active for side in wipe.sides] == [False, True]
    press(panes, Qt.Key.Key_Tab, CONTROL)
    assert [side.shown and side.shown.is_active for side in wipe.sides] == [True, False]


def test_the_boxes_are_reached_by_tab_and_open_by_enter(panes: MainWindow, wipe: WipeView) -> None:
    boxes = panes.compare.pair.header.boxes
    press(panes, Qt.Key.Key_Backtab, SHIFT)
    for _ in range(6):
        if focused() is boxes[1]:
            break
        press(panes, Qt.Key.Key_Backtab, SHIFT)
    assert focused() is boxes[1]
    press(panes, Qt.Key.Key_Return)
    assert boxes[1].view().isVisible()
    boxes[1].hidePopup()


def test_a_pane_that_is_closed_or_taken_back_makes_way(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P, SHIFT)
    fill(controller, RED, GREEN, BLUE)
    wipe = start_wipe(panes)
    assert names(wipe) == ["Base", "C"]
    press(panes, Qt.Key.Key_W, CONTROL)
    assert names(wipe) == ["Base", "Current"]
    assert focused() is wipe
    panes.actions_table["undo"].trigger()
    assert names(wipe) == ["Base", "C"]
    press(panes, Qt.Key.Key_PageDown)
    assert names(wipe) == ["B", "C"]
    for _ in range(2):
        panes.actions_table["undo"].trigger()
    assert panes.compare.look is Look.WIPE
    assert len(controller.document.document.panes) == 2
    assert sorted(names(wipe)) == ["Base", "Current"]
    assert not wipe.grab().isNull()


def test_a_pin_and_another_reference_leave_the_pair_alone(
    panes: MainWindow, controller: Desk, wipe: WipeView
) -> None:
    press(panes, Qt.Key.Key_P)
    assert names(wipe) == ["Base", "B"]
    panes.actions_table["compare_with"].trigger()
    assert names(wipe) == ["Base", "B"]
    press(panes, Qt.Key.Key_Escape)
    assert names(start_wipe(panes)) == ["B", "Base"], "the usual pair each time it comes up"


def test_a_layout_that_is_taken_back_does_not_end_it(panes: MainWindow, wipe: WipeView) -> None:
    press(panes, Qt.Key.Key_4, ALT)
    press(panes, Qt.Key.Key_W, CONTROL | SHIFT)
    panes.actions_table["undo"].trigger()
    assert panes.compare.look is Look.WIPE
    assert wipe.isVisible()
    assert not any(pane.isVisible() for pane in panes.compare.shown())


def test_leaving_wants_nothing_more_of_panes_that_are_not_seen(
    panes: MainWindow, controller: Desk
) -> None:
    ids = three(panes, controller)
    start_wipe(panes)
    press(panes, Qt.Key.Key_PageDown)
    press(panes, Qt.Key.Key_Escape)
    controller.works.clear()
    controller.prompt.change(seed=99)
    controller.render()
    assert asked_for(controller) == set(ids[:2])
