"""Two panes over each other, split by a line: by mouse, by key, and while things happen."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.painted_picture import VEIL_STRENGTH
from loraviewer.ui.panes.pair.pair_view import Look
from loraviewer.ui.panes.pair.wipe_view import WipeView
from loraviewer.ui.top_bar import ActionButton
from tests.ui.fakes import Desk, plain_picture, rendered
from tests.ui.focus import focused
from tests.ui.looks import (
    BLUE,
    LEFT,
    colour_at,
    drag,
    line_point,
    names,
    paint,
    start_wipe,
)
from tests.ui.pane_windows import ALT, CONTROL, GREEN, RED, SHIFT, press, titles


def test_the_reference_is_wiped_over_the_active_pane(panes: MainWindow, wipe: WipeView) -> None:
    assert panes.compare.look is Look.WIPE
    assert names(wipe) == ["Base", "Current"]
    assert colour_at(wipe, 0.4) == QColor(*RED)
    assert colour_at(wipe, 0.6) == QColor(*GREEN)
    assert not any(pane.isVisible() for pane in panes.compare.shown())
    assert wipe.accessibleName() == "Base · no adapters and Current · manga .8"


@pytest.mark.parametrize("way_back", ["same key", "escape", "button", "menu", "layout"])
def test_there_are_five_ways_back(panes: MainWindow, wipe: WipeView, way_back: str) -> None:
    assert panes.actions_table["look_wipe"].isChecked()
    if way_back == "same key":
        press(panes, Qt.Key.Key_W, CONTROL | SHIFT)
    elif way_back == "escape":
        press(panes, Qt.Key.Key_Escape)
    elif way_back == "button":
        QTest.mouseClick(panes.compare.pair.header.leave, LEFT)
    elif way_back == "menu":
        panes.actions_table["look_grid"].trigger()
    else:
        press(panes, Qt.Key.Key_2, ALT)
    assert panes.actions_table["look_grid"].isChecked()
    assert not panes.compare.pair.isVisible()
    assert all(pane.isVisible() for pane in panes.compare.shown())
    assert titles(panes) == ["Base", "Current"]
    assert focused() is panes.compare.active.view


def test_escape_at_the_faders_stops_what_runs_before_it_ends_a_wipe(
    panes: MainWindow, controller: Desk, wipe: WipeView
) -> None:
    panes.stack_panel.take_focus()
    controller.render()
    assert controller.panes.is_busy
    press(panes, Qt.Key.Key_Escape)
    assert panes.compare.look is Look.WIPE
    assert not controller.panes.is_busy
    press(panes, Qt.Key.Key_Escape)
    assert panes.compare.look is Look.GRID


def test_the_line_is_dragged_by_the_mouse(panes: MainWindow, wipe: WipeView) -> None:
    start, way = line_point(wipe), QPoint(60, 0)
    before = wipe.line_px()
    drag(wipe, start, way)
    QTest.mouseRelease(wipe, LEFT, pos=start + way)
    assert wipe.line_px() == pytest.approx(before + 60, abs=1)
    assert panes.compare.viewport.is_fit
    QTest.mouseDClick(wipe, LEFT, pos=line_point(wipe))
    assert wipe.share == 0.5


def test_a_line_that_is_dragged_goes_back_with_escape(panes: MainWindow, wipe: WipeView) -> None:
    start = line_point(wipe)
    drag(wipe, start, QPoint(60, 0))
    press(panes, Qt.Key.Key_Escape)
    assert wipe.share == 0.5
    QTest.mouseMove(wipe, start + QPoint(90, 0))
    QTest.mouseRelease(wipe, LEFT, pos=start + QPoint(90, 0))
    assert wipe.share == 0.5
    assert panes.compare.look is Look.WIPE


def test_beside_the_line_the_mouse_pans_both(panes: MainWindow, wipe: WipeView) -> None:
    panes.compare.zoom_in()
    panes.compare.zoom_in()
    left = wipe.picture_rect().left()
    start = QPoint(round(wipe.line_px()) + 60, wipe.height() * 3 // 4)
    drag(wipe, start, QPoint(20, 0))
    QTest.mouseRelease(wipe, LEFT, pos=start + QPoint(20, 0))
    assert wipe.picture_rect().left() == pytest.approx(left + 20)
    QTest.mouseDClick(wipe, LEFT, pos=start)
    assert panes.compare.viewport.is_fit


@pytest.mark.parametrize(
    ("keys", "share"),
    [
        ([(Qt.Key.Key_Left, False)], 0.45),
        ([(Qt.Key.Key_Right, False), (Qt.Key.Key_Right, True)], 0.56),
        ([(Qt.Key.Key_Home, False)], 0.0),
        ([(Qt.Key.Key_End, False), (Qt.Key.Key_Right, False)], 1.0),
        ([(Qt.Key.Key_Home, False), (Qt.Key.Key_M, False)], 0.5),
        ([(Qt.Key.Key_T, False), (Qt.Key.Key_Up, False), (Qt.Key.Key_Up, True)], 0.44),
    ],
)
def test_the_line_is_moved_by_keys(panes: MainWindow, wipe: WipeView, keys, share: float) -> None:
    for key, is_shifted in keys:
        press(panes, key, SHIFT if is_shifted else Qt.KeyboardModifier.NoModifier)
    assert wipe.share == pytest.approx(share)


def test_a_lying_line_splits_above_and_below(panes: MainWindow, wipe: WipeView) -> None:
    assert wipe.second_corner() is Qt.Corner.TopRightCorner
    press(panes, Qt.Key.Key_T)
    assert wipe.second_corner() is Qt.Corner.BottomRightCorner, "its name is on its side"
    assert colour_at(wipe, 0.4, 0.3) == QColor(*RED)
    assert colour_at(wipe, 0.4, 0.7) == QColor(*GREEN)
    start, way = line_point(wipe), QPoint(0, -40)
    start.setX(round(wipe.picture_rect().left()) + 20)
    before = wipe.line_px()
    drag(wipe, start, way)
    QTest.mouseRelease(wipe, LEFT, pos=start + way)
    assert wipe.line_px() == pytest.approx(before - 40, abs=1)
    QTest.mouseClick(panes.compare.pair.header.turn, LEFT)
    assert not wipe.is_lying


def test_the_line_stays_in_sight_when_zoomed(panes: MainWindow, wipe: WipeView) -> None:
    press(panes, Qt.Key.Key_End)
    for _ in range(12):
        panes.compare.zoom_in()
        assert wipe.picture_rect().left() - 1 <= wipe.line_px() <= wipe.width() + 1
    assert colour_at(wipe, 0.5) == QColor(*RED)


def test_a_first_picture_that_is_outdated_is_veiled_from_the_start(
    window: MainWindow, controller: Desk
) -> None:
    wipe = start_wipe(window)
    controller.show("current", is_outdated=True, shown=rendered(plain_picture(GREEN)))
    assert wipe.sides[1].veil.strength == VEIL_STRENGTH


def test_new_and_partial_pictures_are_seen_as_they_come(
    qtbot: QtBot, controller: Desk, wipe: WipeView
) -> None:
    controller.show("current", is_outdated=True)
    qtbot.waitUntil(lambda: wipe.sides[1].veil.strength == VEIL_STRENGTH)
    assert colour_at(wipe, 0.6) != QColor(*GREEN)
    assert colour_at(wipe, 0.4) == QColor(*RED), "the veil is over the outdated side only"
    assert wipe.sides[1].shown is not None
    assert wipe.sides[1].shown.title == "Current · manga .8 · outdated"
    preview = plain_picture(BLUE, 2, 2)
    controller.show("current", is_outdated=True, is_busy=True, step=7, steps=16, preview=preview)
    assert colour_at(wipe, 0.6) == QColor(*BLUE)
    assert wipe.sides[1].veil.strength == 0.0
    controller.show("current", is_outdated=True, preview=None)
    qtbot.waitUntil(lambda: wipe.sides[1].veil.strength == VEIL_STRENGTH)
    paint(controller, "current", plain_picture(RED))
    assert colour_at(wipe, 0.6) == QColor(*RED)


def test_words_stand_where_there_is_no_picture_yet(panes: MainWindow, controller: Desk) -> None:
    wipe = start_wipe(panes)
    right = wipe.sides[1].shown
    assert right is not None
    assert right.words == "No picture yet. Press Space to render."
    controller.show("current", is_busy=True)
    right = wipe.sides[1].shown
    assert right is not None
    assert right.words == "Rendering…"
    assert not wipe.grab().isNull()


def test_pictures_of_different_sizes_are_wiped_too(controller: Desk, wipe: WipeView) -> None:
    paint(controller, "current", plain_picture(BLUE, 16, 16))
    assert colour_at(wipe, 0.6) == QColor(*BLUE)
    rects = [wipe.rect_of(side.picture.size) for side in wipe.sides]
    assert rects[0] == rects[1]
    paint(controller, "current", plain_picture(BLUE, 24, 8))
    assert colour_at(wipe, 0.9, 0.5) == QColor(*BLUE)
    start = line_point(wipe)
    drag(wipe, start, QPoint(40, 0))
    QTest.mouseRelease(wipe, LEFT, pos=start + QPoint(40, 0))
    assert wipe.line_px() == pytest.approx(start.x() + 40, abs=1)


def test_a_failure_is_said_with_the_name_of_its_pane(
    panes: MainWindow, controller: Desk, wipe: WipeView
) -> None:
    controller.show("current", failure=Failure(FailureKind.MEMORY, "Too big; shrink it.", "oom"))
    bar = panes.compare.pair.trouble
    assert bar.isVisible()
    assert bar.sentence == "Current: Too big; shrink it."
    assert wipe.geometry().contains(bar.geometry())
    controller.show("current", failure=None)
    assert not bar.isVisible()


# Together with other ways of looking.


def test_holding_b_shows_the_reference_alone(panes: MainWindow, wipe: WipeView) -> None:
    QTest.keyPress(focused(), Qt.Key.Key_B)
    assert colour_at(wipe, 0.6) == QColor(*RED)
    QTest.keyRelease(focused(), Qt.Key.Key_B)
    assert colour_at(wipe, 0.6) == QColor(*GREEN)
    peek = panes.compare.pair.header.peek
    QTest.mousePress(peek, LEFT)
    assert colour_at(wipe, 0.6) == QColor(*RED)
    QTest.mouseRelease(peek, LEFT)
    assert colour_at(wipe, 0.6) == QColor(*GREEN)


def test_blinking_shows_both_in_turns(panes: MainWindow, qtbot: QtBot, wipe: WipeView) -> None:
    press(panes, Qt.Key.Key_K, CONTROL)
    both = (RED, GREEN)
    assert [colour_at(wipe, x) for x in (0.4, 0.6)] == [QColor(*RED)] * 2
    qtbot.waitUntil(lambda: colour_at(wipe, 0.4) == QColor(*GREEN))
    assert colour_at(wipe, 0.6) == QColor(*GREEN)
    press(panes, Qt.Key.Key_K, CONTROL)
    assert [colour_at(wipe, x) for x in (0.4, 0.6)] == [QColor(*colour) for colour in both]


def test_blinking_goes_on_from_one_look_to_the_other(
    panes: MainWindow, qtbot: QtBot, wipe: WipeView
) -> None:
    press(panes, Qt.Key.Key_K, CONTROL)
    press(panes, Qt.Key.Key_Escape)
    assert titles(panes) == ["Base", "Base (held)"]
    start_wipe(panes)
    assert colour_at(wipe, 0.6) == QColor(*RED)
    press(panes, Qt.Key.Key_K, CONTROL)
    assert colour_at(wipe, 0.6) == QColor(*GREEN)
    press(panes, Qt.Key.Key_Escape)
    assert titles(panes) == ["Base", "Current"]


def test_one_of_three_looks_is_on(panes: MainWindow, controller: Desk) -> None:
    def on() -> list[str]:
        names = ("look_grid", "look_wipe", "look_difference")
        return [name for name in names if panes.actions_table[name].isChecked()]

    panes.resize(1300, 800)
    QApplication.processEvents()
    buttons = {b.accessibleName(): b for b in panes.top_bar.findChildren(ActionButton)}
    assert on() == ["look_grid"]
    QTest.mouseClick(buttons["Wipe"], LEFT)
    assert on() == ["look_wipe"]
    assert buttons["Wipe"].isChecked()
    QTest.mouseClick(buttons["Difference"], LEFT)
    assert on() == ["look_difference"]
    assert not buttons["Wipe"].isChecked()
    QTest.mouseClick(buttons["Difference"], LEFT)
    assert on() == ["look_grid"]
    assert not buttons["Difference"].isChecked()


def test_the_menu_of_a_wipe_is_that_of_the_active_pane(panes: MainWindow, wipe: WipeView) -> None:
    press(panes, Qt.Key.Key_Menu)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    copy = next(action for action in menu.actions() if action.text() == "Copy picture")
    menu.close()
    copy.trigger()
    assert QApplication.clipboard().image().pixelColor(1, 1) == QColor(*GREEN)
