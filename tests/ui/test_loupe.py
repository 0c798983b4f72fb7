"""The loupe: the same spot of every picture, its levels, by mouse and by key."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.picture import Picture
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.loupe import Loupe
from loraviewer.ui.panes.pair.pair_view import Look
from loraviewer.ui.panes.picture_view import PictureView
from loraviewer.ui.panes.zoomed_area import ZoomedArea
from tests.ui.fakes import Desk, plain_picture
from tests.ui.focus import focused
from tests.ui.looks import fill, paint, start_difference, start_wipe
from tests.ui.pane_windows import CONTROL, GREEN, RED, SHIFT, press
from tests.ui.test_compare_view import turn_wheel


def ramp(first: int) -> Picture:
    """16×16 pixels: red says in which column, green in which row, blue whose it is."""
    pixels = (bytes((x, y, first)) for y in range(16) for x in range(16))
    return Picture(16, 16, b"".join(pixels))


@pytest.fixture
def loupe(panes: MainWindow, controller: Desk) -> Loupe:
    paint(controller, "base", ramp(1))
    paint(controller, "current", ramp(2))
    press(panes, Qt.Key.Key_L)
    return panes.compare.viewport.loupe


def views(panes: MainWindow) -> tuple[PictureView, PictureView]:
    return panes.compare.base.view, panes.compare.active.view


def point_at(view: ZoomedArea, column: float, row: float) -> QPoint:
    rect = view.picture_rect()
    way = QPointF(column / 16 * rect.width(), row / 16 * rect.height())
    return (rect.topLeft() + way).toPoint()


def test_l_switches_it_on_and_off(panes: MainWindow, loupe: Loupe) -> None:
    assert loupe.is_on
    assert panes.actions_table["loupe"].isChecked()
    press(panes, Qt.Key.Key_L)
    assert not loupe.is_on
    assert not panes.actions_table["loupe"].isChecked()
    assert views(panes)[0].loupe_words == ""


def test_l_is_a_letter_where_one_types(panes: MainWindow) -> None:
    panes.prompt_panel.focus_prompt()
    press(panes, Qt.Key.Key_L)
    assert not panes.compare.viewport.loupe.is_on
    panes.prompt_panel.commit()


def test_it_follows_the_mouse_and_tells_of_the_same_pixel_in_each_pane(
    panes: MainWindow, loupe: Loupe
) -> None:
    base, current = views(panes)
    QTest.mouseMove(base, point_at(base, 3.5, 12.5))
    assert base.loupe_words == "x 3, y 12 · RGB 3 12 1"
    assert current.loupe_words == "x 3, y 12 · RGB 3 12 2"
    QTest.mouseMove(current, point_at(current, 15.9, 0.1))
    assert base.loupe_words == "x 15, y 0 · RGB 15 0 1"


def test_it_enlarges_pixels_as_they_are(panes: MainWindow, controller: Desk, loupe: Loupe) -> None:
    """A white pixel on black fills the glass, in the other pane too; beyond it there is black."""
    pixels = bytearray(32 * 32 * 3)
    start = (16 * 32 + 8) * 3
    pixels[start : start + 3] = b"\xff\xff\xff"
    paint(controller, "current", Picture(32, 32, bytes(pixels)))
    paint(controller, "base", plain_picture(RED, 32, 32))
    base, current = views(panes)
    rect = current.picture_rect()
    spot = QPointF(rect.left() + 8.5 / 32 * rect.width(), rect.top() + 16.5 / 32 * rect.height())
    QTest.mouseMove(base, spot.toPoint())
    side = rect.width() / 32
    image = current.grab().toImage()
    inside = (spot + QPointF(1.6 * side, 0)).toPoint()
    outside = (spot + QPointF(2.4 * side, 0)).toPoint()
    assert image.pixelColor(inside) == QColor("white"), "four times as large as in the picture"
    assert image.pixelColor(outside) == QColor("black")


def test_arrows_move_it_by_pixels(panes: MainWindow, loupe: Loupe) -> None:
    _, current = views(panes)
    assert focused() is current
    assert current.loupe_words.startswith("x 8, y 8 ·")
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Up):
        press(panes, key)
    assert current.loupe_words == "x 6, y 7 · RGB 6 7 2"
    assert current.accessibleDescription() == current.loupe_words
    press(panes, Qt.Key.Key_Right, SHIFT)
    assert current.loupe_words.startswith("x 15, y 7 ·"), "never beside the picture"
    press(panes, Qt.Key.Key_Left, SHIFT)
    assert current.loupe_words.startswith("x 5, y 7 ·")


def test_the_wheel_and_plus_and_minus_say_how_much(panes: MainWindow, loupe: Loupe) -> None:
    assert loupe.factor == 4
    view = views(panes)[1]
    turn_wheel(view, QPointF(view.rect().center()), 120)
    assert loupe.factor == 6
    assert panes.compare.viewport.is_fit
    for _ in range(9):
        press(panes, Qt.Key.Key_Plus, SHIFT)
    assert loupe.factor == 16
    for _ in range(9):
        press(panes, Qt.Key.Key_Minus)
    assert loupe.factor == 2


def test_escape_on_a_picture_ends_it_and_nothing_else(
    panes: MainWindow, controller: Desk, loupe: Loupe
) -> None:
    controller.render()
    press(panes, Qt.Key.Key_Escape)
    assert not loupe.is_on
    assert controller.panes.is_busy
    press(panes, Qt.Key.Key_Escape)
    assert not controller.panes.is_busy


def test_a_pane_without_a_picture_shows_none(panes: MainWindow) -> None:
    press(panes, Qt.Key.Key_L)
    for view in views(panes):
        assert view.loupe_words == ""
        assert not view.grab().isNull()
    press(panes, Qt.Key.Key_Right)


def test_a_new_pane_has_it_too(panes: MainWindow, controller: Desk, loupe: Loupe) -> None:
    press(panes, Qt.Key.Key_P)
    pinned = panes.compare.shown()[2]
    paint(controller, pinned.pane_id, ramp(3))
    QTest.mouseMove(pinned.view, point_at(pinned.view, 4.5, 4.5))
    assert [pane.view.loupe_words for pane in panes.compare.shown()] == [
        "x 4, y 4 · RGB 4 4 1",
        "x 4, y 4 · RGB 4 4 2",
        "x 4, y 4 · RGB 4 4 3",
    ]


def test_pictures_of_other_sizes_have_pixels_of_their_own(
    panes: MainWindow, controller: Desk, loupe: Loupe
) -> None:
    paint(controller, "base", plain_picture(RED, 64, 64))
    base, current = views(panes)
    QTest.mouseMove(current, point_at(current, 4.6, 2.6))
    assert current.loupe_words == "x 4, y 2 · RGB 4 2 2"
    assert base.loupe_words == "x 18, y 10 · RGB 220 20 20"


def test_in_a_wipe_both_sides_are_seen_through_it(panes: MainWindow, controller: Desk) -> None:
    fill(controller, RED, GREEN, size=16)
    wipe = start_wipe(panes)
    press(panes, Qt.Key.Key_L)
    on_line = QPoint(round(wipe.line_px()) + 2, point_at(wipe, 8, 12.5).y())
    QTest.mouseMove(wipe, on_line)
    assert wipe.loupe_words == "x 8, y 12 · Base 220 20 20 · Current 20 200 20"
    image = wipe.grab().toImage()
    assert image.pixelColor(on_line - QPoint(60, 0)) == QColor(*RED)
    assert image.pixelColor(on_line + QPoint(60, 0)) == QColor(*GREEN)
    beside = QPoint(round(wipe.line_px()) - 100, on_line.y())
    share = wipe.share
    QTest.mouseMove(wipe, beside)
    press(panes, Qt.Key.Key_Right)
    assert wipe.share == share, "arrows are the loupe's"
    assert wipe.grab().toImage().pixelColor(beside + QPoint(40, 0)) == QColor(*RED)


def test_in_a_difference_it_tells_of_both_and_what_they_differ_in(
    panes: MainWindow, controller: Desk
) -> None:
    paint(controller, "base", ramp(1))
    paint(controller, "current", ramp(5))
    view = start_difference(panes)
    press(panes, Qt.Key.Key_Plus)
    press(panes, Qt.Key.Key_L)
    QTest.mouseMove(view, point_at(view, 3.5, 12.5))
    assert view.loupe_words == "x 3, y 12 · Base 3 12 1 · Current 3 12 5 · difference 0 0 4"
    press(panes, Qt.Key.Key_Plus)
    assert (view.gain, panes.compare.viewport.loupe.factor) == (2, 6)
    QTest.keyPress(focused(), Qt.Key.Key_B)
    assert view.loupe_words == "x 3, y 12 · Base (held) 3 12 1"
    QTest.keyRelease(focused(), Qt.Key.Key_B)


def test_escape_ends_the_loupe_before_the_wipe(panes: MainWindow, controller: Desk) -> None:
    fill(controller, RED, GREEN)
    start_wipe(panes)
    press(panes, Qt.Key.Key_L)
    press(panes, Qt.Key.Key_Escape)
    assert panes.compare.look is Look.WIPE
    assert not panes.compare.viewport.loupe.is_on
    press(panes, Qt.Key.Key_Escape)
    assert panes.compare.look is Look.GRID


def test_the_other_way_of_looking_keeps_it(panes: MainWindow, loupe: Loupe) -> None:
    press(panes, Qt.Key.Key_W, CONTROL | SHIFT)
    assert loupe.is_on
    QApplication.processEvents()
    assert panes.compare.pair.wipe.loupe_words.startswith("x 8, y 8 · Base 8 8 1")
