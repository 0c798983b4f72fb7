"""Looking at a picture of the filmstrip: large, over the active pane, changing nothing."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.filmstrip.shown_strip import click, seeds, seen_over_pane
from tests.ui.pane_windows import press


def test_a_click_shows_the_picture_over_the_active_pane_and_changes_nothing(strip, controller):
    before = controller.document.document
    click(strip, 20)
    assert seen_over_pane(strip) == 20
    assert "manga .6" in strip.filmstrip.look.pane.caption
    assert controller.document.document == before
    assert controller.document.undo_stack.count() == 1
    assert not controller.works


def test_another_click_on_it_goes_back(strip):
    click(strip, 20)
    click(strip, 20)
    assert seen_over_pane(strip) is None


def test_a_click_on_the_large_picture_goes_back_and_a_drag_pans_it(strip):
    click(strip, 20)
    view = strip.filmstrip.look.pane.view
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(120, 50))
    assert seen_over_pane(strip) == 20
    QTest.mouseClick(view, Qt.MouseButton.LeftButton)
    assert seen_over_pane(strip) is None


def test_arrows_look_at_the_next_one_and_escape_goes_back(strip, controller):
    click(strip, 30)
    press(strip, Qt.Key.Key_Right)
    assert seen_over_pane(strip) == 20
    press(strip, Qt.Key.Key_Right)
    assert seen_over_pane(strip) == 10
    press(strip, Qt.Key.Key_Escape)
    assert seen_over_pane(strip) is None
    assert strip.filmstrip.view.hasFocus()


def test_a_picture_of_an_earlier_session_is_read_from_its_file(
    yesterday, open_window, controller, qtbot
):
    window = open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    click(window, 1)
    qtbot.waitUntil(lambda: seen_over_pane(window) == 1)


def test_a_picture_that_is_gone_is_said_to_be(yesterday, open_window, controller, folder, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    for path in folder.glob("*/*.png"):
        path.unlink()
    click(window, 1)
    qtbot.waitUntil(lambda: bool(window.notices.bars))
    assert "no longer kept" in window.notices.bars[0].sentence
    assert seen_over_pane(window) is None


def test_going_to_another_pane_ends_the_look(strip, controller):
    click(strip, 20)
    controller.places.activate("base")
    assert seen_over_pane(strip) is None


def test_a_moved_fader_ends_the_look(strip, controller):
    click(strip, 20)
    controller.stack.set_scale("birds", 0.3)
    assert seen_over_pane(strip) is None
    assert strip.filmstrip.view.looked_at == ""


def test_b_shows_the_base_in_place_of_the_look_while_it_is_held(strip):
    click(strip, 20)
    view = strip.filmstrip.view
    QTest.keyPress(view, Qt.Key.Key_B)
    assert seen_over_pane(strip) is None
    assert "held" in strip.compare.active.title
    QTest.keyRelease(view, Qt.Key.Key_B)
    assert seen_over_pane(strip) == 20
    assert "held" not in strip.compare.active.title


def test_ways_of_looking_at_panes_mark_no_picture(strip):
    strip.compare.take_focus()
    for name in ("look_wipe", "look_difference", "look_wipe", "look_grid"):
        strip.actions_table[name].trigger()
        QApplication.processEvents()
        assert strip.filmstrip.view.current() is None
