"""Panes that are duplicated, closed, swapped, dragged, and whose stacks are copied."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.image_pane import ImagePane
from tests.ui.fakes import Desk, entry
from tests.ui.focus import focused
from tests.ui.pane_windows import (
    ALT,
    CONTROL,
    SHIFT,
    press,
    titles,
)


def test_a_duplicate_is_gone_on_with(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P, SHIFT)
    assert panes.compare.active.title == "C"
    controller.stack.set_scale("manga", 0.3)
    assert controller.document.document.pane("current").stack.entry("manga").scale == 0.8


def test_control_w_closes_and_undo_brings_back(panes: MainWindow, controller: Desk) -> None:
    assert not panes.actions_table["close_pane"].isEnabled()
    press(panes, Qt.Key.Key_P, SHIFT)
    before = controller.document.document
    press(panes, Qt.Key.Key_W, CONTROL)
    assert titles(panes) == ["Base", "Current"]
    assert focused() is panes.compare.active.view
    assert panes.compare.peek.isVisible()
    panes.actions_table["undo"].trigger()
    assert controller.document.document == before
    assert titles(panes) == ["Base", "B", "C"]
    QTest.mouseClick(panes.compare.base.view, Qt.MouseButton.LeftButton)
    assert not panes.actions_table["close_pane"].isEnabled()


def test_alt_and_arrows_swap_places(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    controller.stack.add(entry("birds"))
    current = panes.compare.active
    press(panes, Qt.Key.Key_Right, ALT)
    assert panes.compare.shown()[2] is current
    assert panes.compare.active is current
    press(panes, Qt.Key.Key_Left, ALT)
    press(panes, Qt.Key.Key_Left, ALT)
    assert panes.compare.shown()[0] is current
    assert titles(panes) == ["A", "Base", "C"]
    panes.actions_table["undo"].trigger()
    assert panes.compare.shown()[1] is current


def test_a_pane_goes_beside_the_base_by_key(panes: MainWindow) -> None:
    press(panes, Qt.Key.Key_P)
    press(panes, Qt.Key.Key_P, SHIFT)
    last = panes.compare.active
    press(panes, Qt.Key.Key_Home, ALT)
    assert panes.compare.shown()[1] is last
    panes.actions_table["undo"].trigger()
    assert panes.compare.shown()[3] is last


def drag_title(pane: ImagePane, where: QPoint) -> None:
    """where: in the window that both are in."""
    start = QPoint(20, 10)
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(pane, start + QPoint(30, 5))
    QTest.mouseMove(pane, pane.mapFromGlobal(where))


def middle(pane: ImagePane) -> QPoint:
    return pane.view.mapToGlobal(pane.view.rect().center())


def test_a_pane_is_dragged_by_its_title(panes: MainWindow) -> None:
    press(panes, Qt.Key.Key_P)
    base, current, pinned = panes.compare.shown()
    drag_title(pinned, middle(base))
    QTest.mouseRelease(pinned, Qt.MouseButton.LeftButton, pos=pinned.mapFromGlobal(middle(base)))
    assert panes.compare.shown() == [pinned, base, current]
    assert panes.compare.active is pinned
    panes.actions_table["undo"].trigger()
    assert panes.compare.shown() == [base, current, pinned]


def test_escape_leaves_a_dragged_pane_where_it_was(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    steps = controller.document.undo_stack.count()
    base, _, pinned = before = panes.compare.shown()
    drag_title(pinned, middle(base))
    QTest.keyClick(pinned, Qt.Key.Key_Escape)
    QTest.mouseRelease(pinned, Qt.MouseButton.LeftButton, pos=pinned.mapFromGlobal(middle(base)))
    assert panes.compare.shown() == before
    assert controller.document.undo_stack.count() == steps


def test_a_stack_is_copied_to_another_pane(panes: MainWindow, controller: Desk) -> None:
    menu = panes.compare.active.context_menu()
    copy = next(action for action in menu.actions() if action.text() == "Copy stack to")
    assert not copy.isEnabled()
    press(panes, Qt.Key.Key_P)
    pinned = panes.compare.shown()[2].pane_id
    controller.stack.set_scale("manga", 0.3)
    assert copy.isEnabled()
    submenu = copy.menu()
    assert isinstance(submenu, QMenu)
    submenu.aboutToShow.emit()
    (only,) = submenu.actions()
    assert only.text() == "C   manga .8"
    only.trigger()
    assert controller.document.document.pane(pinned).stack == controller.stack.stack
    panes.actions_table["undo"].trigger()
    assert controller.document.document.pane(pinned).stack.entry("manga").scale == 0.8


def test_a_menu_is_about_the_pane_it_is_opened_on(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    pinned = panes.compare.shown()[2]
    pinned.view.menu_requested.emit(QPointF(0, 0))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    close = next(action for action in menu.actions() if action.text() == "Close")
    menu.close()
    close.trigger()
    assert titles(panes) == ["Base", "Current"]
    assert controller.document.document.active == "current"
