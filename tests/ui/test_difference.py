"""What two panes differ in: its picture, its numbers, its legend, and when there is none."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.core.picture import Picture
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.painted_picture import VEIL_STRENGTH
from loraviewer.ui.panes.pair.difference_view import DifferenceView
from loraviewer.ui.panes.pair.pair_view import Look
from tests.ui.fakes import Desk, plain_picture
from tests.ui.focus import focused
from tests.ui.looks import BLUE, colour_at, fill, names, paint, start_difference, start_wipe
from tests.ui.pane_windows import CONTROL, GREEN, RED, SHIFT, press
from tests.ui.test_room import outer

GREY, LIGHTER = (100, 100, 100), (110, 100, 103)


@pytest.fixture
def view(panes: MainWindow, controller: Desk) -> DifferenceView:
    """Two greys: ten levels of red and three of blue apart, in every pixel."""
    fill(controller, GREY, LIGHTER)
    return start_difference(panes)


def numbers(panes: MainWindow) -> str:
    return panes.compare.pair.legend.numbers.text().replace("\u00a0", " ")


def test_the_difference_of_each_level_is_painted(panes: MainWindow, view: DifferenceView) -> None:
    assert names(view) == ["Base", "Current"]
    assert colour_at(view, 0.5) == QColor(10, 0, 3)
    legend = panes.compare.pair.legend
    assert legend.isVisible()
    assert legend.scale.words == "255 levels"
    assert numbers(panes) == "largest 10 · mean 4.33 levels · 100 % of the pixels differ"


def test_half_of_the_pixels_and_a_tiny_mean(
    panes: MainWindow, controller: Desk, view: DifferenceView
) -> None:
    half = Picture(8, 8, bytes(GREY) * 32 + bytes(RED) * 32)
    paint(controller, "current", half)
    assert numbers(panes).endswith("50 % of the pixels differ")
    assert colour_at(view, 0.5, 0.25) == QColor(0, 0, 0)
    assert colour_at(view, 0.5, 0.75) == QColor(120, 80, 80)
    almost = Picture(64, 64, bytes([0]) * (64 * 64 * 3 - 1) + bytes([1]))
    paint(controller, "base", plain_picture((0, 0, 0), 64, 64))
    paint(controller, "current", almost)
    assert numbers(panes) == "largest 1 · mean < 0.01 levels · < 0.1 % of the pixels differ"


@pytest.mark.parametrize(
    ("presses", "gain", "words", "colour"),
    [
        (1, 2, "128 levels and more", (20, 0, 6)),
        (3, 8, "32 levels and more", (80, 0, 24)),
        (5, 32, "8 levels and more", (255, 0, 96)),
        (9, 32, "8 levels and more", (255, 0, 96)),
    ],
)
def test_plus_and_minus_are_the_gain_and_the_legend_says_what_white_is(
    panes: MainWindow, view: DifferenceView, presses: int, gain: int, words: str, colour
) -> None:
    for _ in range(presses):
        press(panes, Qt.Key.Key_Plus, SHIFT)
    assert view.gain == gain
    assert panes.compare.pair.header.gain.currentText() == f"×{gain}"
    assert panes.compare.pair.legend.scale.words == words
    assert colour_at(view, 0.5) == QColor(*colour)
    assert numbers(panes).startswith("largest 10"), "numbers know no gain"
    for _ in range(9):
        press(panes, Qt.Key.Key_Minus)
    assert view.gain == 1


def test_the_gain_is_chosen_from_its_list(panes: MainWindow, view: DifferenceView) -> None:
    panes.compare.pair.header.gain.activated.emit(2)
    assert view.gain == 4
    assert colour_at(view, 0.5) == QColor(40, 0, 12)


def test_equal_pictures_are_said_to_be_equal(
    panes: MainWindow, controller: Desk, view: DifferenceView
) -> None:
    assert view.verdict == ""
    paint(controller, "current", plain_picture(GREY))
    assert view.verdict == "Equal, pixel for pixel"
    assert numbers(panes) == "Equal, pixel for pixel: all of their levels are the same."
    assert colour_at(view, 0.5) == QColor(0, 0, 0)


def test_pictures_of_different_sizes_are_not_subtracted_which_is_said(
    panes: MainWindow, controller: Desk, view: DifferenceView
) -> None:
    paint(controller, "current", plain_picture(LIGHTER, 16, 8))
    assert view.found is None
    assert view.reason == (
        "Base is 8×8 pixels and Current is 16×8: only pictures of one size are subtracted."
    )
    assert not panes.compare.pair.legend.scale.isVisible()
    assert numbers(panes) == ""
    assert not view.grab().isNull()
    paint(controller, "base", plain_picture(GREY, 16, 8))
    assert view.reason == ""
    assert colour_at(view, 0.5, 0.5) == QColor(10, 0, 3)


def test_a_pane_without_a_picture_is_named(panes: MainWindow, controller: Desk) -> None:
    view = start_difference(panes)
    assert view.reason == "Base has no finished picture yet."
    paint(controller, "base", plain_picture(GREY))
    assert view.reason == "Current has no finished picture yet."
    paint(controller, "current", plain_picture(GREY))
    assert view.reason == ""


def test_finished_pictures_are_followed_and_partial_ones_are_waited_for(
    qtbot: QtBot, controller: Desk, view: DifferenceView
) -> None:
    preview = plain_picture(BLUE, 2, 2)
    controller.show("current", is_outdated=True, is_busy=True, step=7, steps=16, preview=preview)
    assert colour_at(view, 0.5) == QColor(10, 0, 3)
    controller.show("current", is_outdated=True, preview=None)
    qtbot.waitUntil(lambda: view.sides[1].veil.strength == VEIL_STRENGTH)
    assert colour_at(view, 0.5) != QColor(10, 0, 3)
    paint(controller, "current", plain_picture((100, 104, 100)))
    assert colour_at(view, 0.5) == QColor(0, 4, 0)


def test_an_outdated_pane_veils_it_whichever_it_is_also_while_a_partial_picture_is_there(
    qtbot: QtBot, controller: Desk, view: DifferenceView
) -> None:
    preview = plain_picture(BLUE, 2, 2)
    controller.show("base", is_outdated=True, is_busy=True, step=1, steps=16, preview=preview)
    qtbot.waitUntil(lambda: view.sides[0].veil.strength == VEIL_STRENGTH)
    assert colour_at(view, 0.5) != QColor(10, 0, 3)
    paint(controller, "base", plain_picture(GREY))
    assert colour_at(view, 0.5) == QColor(10, 0, 3)


@pytest.mark.parametrize("way_back", ["key", "escape"])
def test_the_same_key_and_escape_lead_back(
    panes: MainWindow, view: DifferenceView, way_back: str
) -> None:
    if way_back == "key":
        press(panes, Qt.Key.Key_D, CONTROL | SHIFT)
    else:
        press(panes, Qt.Key.Key_Escape)
    assert panes.compare.look is Look.GRID
    assert not view.isVisible()
    assert focused() is panes.compare.active.view


def test_the_pair_stays_from_wipe_to_difference(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    fill(controller, RED, GREEN, GREY)
    start_wipe(panes)
    press(panes, Qt.Key.Key_PageDown)
    view = start_difference(panes)
    assert names(view) == ["C", "B"]
    assert colour_at(view, 0.5) == QColor(80, 100, 80)
    press(panes, Qt.Key.Key_X)
    assert colour_at(view, 0.5) == QColor(80, 100, 80)
    press(panes, Qt.Key.Key_W, CONTROL)
    assert names(view) == ["Current", "Base"] or names(view) == ["Base", "Current"]
    panes.actions_table["undo"].trigger()
    assert not view.grab().isNull()


def test_holding_b_and_blinking_show_whole_pictures(
    panes: MainWindow, qtbot: QtBot, view: DifferenceView
) -> None:
    QTest.keyPress(focused(), Qt.Key.Key_B)
    assert colour_at(view, 0.5) == QColor(*GREY)
    QTest.keyRelease(focused(), Qt.Key.Key_B)
    assert colour_at(view, 0.5) == QColor(10, 0, 3)
    press(panes, Qt.Key.Key_K, CONTROL)
    assert colour_at(view, 0.5) == QColor(*GREY)
    qtbot.waitUntil(lambda: colour_at(view, 0.5) == QColor(*LIGHTER))
    press(panes, Qt.Key.Key_K, CONTROL)
    assert colour_at(view, 0.5) == QColor(10, 0, 3)


def test_zoom_is_that_of_the_panes(
    panes: MainWindow, controller: Desk, view: DifferenceView
) -> None:
    before = view.picture_rect().width()
    panes.actions_table["zoom_in"].trigger()
    assert view.picture_rect().width() == pytest.approx(1.25 * before)
    fill(controller, GREY, LIGHTER, size=1600)
    panes.actions_table["zoom_actual"].trigger()
    assert view.picture_rect().width() * view.devicePixelRatioF() == pytest.approx(1600)


@pytest.mark.parametrize("size", [(1008, 720), (704, 402)])
def test_all_of_it_fits_in_a_small_window(
    panes: MainWindow, view: DifferenceView, size: tuple[int, int]
) -> None:
    panes.resize(*size)
    QApplication.processEvents()
    assert (panes.width(), panes.height()) == size
    assert outer(panes).horizontalScrollBar().maximum() == 0
    pair = panes.compare.pair
    for widget in (*pair.header.boxes, pair.header.gain, pair.header.leave, pair.legend.scale):
        place = widget.mapTo(pair, widget.rect().bottomRight())
        assert pair.rect().contains(place), widget.accessibleName()
    assert view.height() >= 60
    press(panes, Qt.Key.Key_L)
    assert not view.grab().isNull()
    start_wipe(panes)
    QApplication.processEvents()
    assert outer(panes).horizontalScrollBar().maximum() == 0
