"""The picture without each adapter, on its strip and at large."""

import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.reports import AdapterReport
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.ablation_popup import AblationPopup
from loraviewer.ui.strips.ablation_thumb import AblationThumb
from loraviewer.ui.strips.strength_slider import StrengthSlider
from tests.ui.answers import answer, cells, rest
from tests.ui.fakes import Desk, entry
from tests.ui.looks import has_ring_of_two_colours
from tests.ui.pane_windows import ALT, press

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    """Three rows, of which the last is off, and a picture."""
    window.activateWindow()
    for name in ("manga", "birds"):
        controller.stack.add(entry(name, 0.8))
    controller.stack.add(entry("neon", is_enabled=False))
    rest(controller)
    controller.prompt.change(prompt="a cat in a meadow")
    rest(controller)
    return window


@pytest.fixture
def on(studio: MainWindow, controller: Desk) -> MainWindow:
    """With all small pictures made."""
    studio.compare.take_focus()
    press(studio, Qt.Key.Key_A, ALT)
    rest(controller)
    return studio


def thumb(window: MainWindow, row: int) -> AblationThumb:
    found = window.stack_panel.strips.strips()[row].ablation_thumb
    assert found is not None
    return found


def enter(widget: AblationThumb) -> None:
    middle = QPointF(widget.rect().center())
    event = QEnterEvent(middle, middle, QPointF(widget.mapToGlobal(middle.toPoint())))
    QApplication.sendEvent(widget, event)


def leave(widget: AblationThumb) -> None:
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def popup(window: MainWindow) -> AblationPopup:
    found = window.ablation.popup
    assert found is not None
    return found


def test_a_key_shows_and_hides_them_and_is_remembered(studio, controller):
    strip = studio.stack_panel.strips.strips()[0]
    assert strip.ablation_thumb is None
    studio.compare.take_focus()
    press(studio, Qt.Key.Key_A, ALT)
    assert controller.settings.settings.shows_ablation
    assert studio.actions_table["ablation"].isChecked()
    assert thumb(studio, 0).isVisible()
    rest(controller)
    press(studio, Qt.Key.Key_A, ALT)
    assert strip.ablation_thumb is None
    assert not controller.settings.settings.shows_ablation


def test_each_strip_shows_the_picture_without_its_adapter(on, controller):
    for row, left in ((0, "birds"), (1, "manga")):
        shown = thumb(on, row).look.row.picture
        assert shown is not None
        assert [a.sha256 for a in shown.request.adapters] == [left]
    assert thumb(on, 2).look.row.is_same
    assert thumb(on, 2).toolTip() == "neon has no part in the picture: without it nothing changes."
    assert len(cells(controller)) == 2


def test_rows_are_as_high_with_them_as_without(studio, controller):
    heights = [strip.height() for strip in studio.stack_panel.strips.strips()]
    controller.settings.change(shows_ablation=True)
    rest(controller)
    assert [strip.height() for strip in studio.stack_panel.strips.strips()] == heights


def fader_ends(window: MainWindow) -> list[int]:
    """Where the faders of all rows end, from the left of the window."""
    strips = window.stack_panel.strips.strips()
    sliders = [strip.findChildren(StrengthSlider)[0] for strip in strips]
    return [slider.mapTo(window, slider.rect().topRight()).x() for slider in sliders]


def test_faders_end_in_one_line_whatever_is_said_of_a_row(studio, controller):
    report = AdapterReport(sha256="birds", matched=("a",), unmatched=("b",))
    for shows_ablation in (False, True, False):
        controller.settings.change(shows_ablation=shows_ablation)
        controller.learn("birds", report)
        rest(controller)
        assert len(set(fader_ends(studio))) == 1
    controller.learn("birds", AdapterReport(sha256="birds", matched=("a", "b")))
    rest(controller)
    assert len(set(fader_ends(studio))) == 1


def test_pointing_at_one_shows_it_beside_the_whole(on, controller):
    enter(thumb(on, 0))
    assert popup(on).isVisible()
    assert popup(on).captions == ("without manga", "as it is")
    without, whole = popup(on).sides
    row = controller.cells.ablation.row("manga")
    assert without.picture == row.picture.picture
    assert whole.picture == controller.panes.pane("current").shown.picture
    leave(thumb(on, 0))
    assert not popup(on).isVisible()


def test_of_a_row_that_is_off_both_are_the_same(on):
    enter(thumb(on, 2))
    without, whole = popup(on).sides
    assert without.picture == whole.picture
    leave(thumb(on, 2))


def test_shift_shows_each_alone_while_it_is_held(on, controller):
    enter(thumb(on, 0))
    QTest.keyPress(on, Qt.Key.Key_Shift)
    rest(controller)
    assert popup(on).captions[0] == "manga alone"
    shown = thumb(on, 0).look.row.picture
    assert shown is not None
    assert [a.sha256 for a in shown.request.adapters] == ["manga"]
    assert len(cells(controller)) == 2, "manga alone is without birds"
    QTest.keyRelease(on, Qt.Key.Key_Shift)
    assert popup(on).captions[0] == "without manga"
    leave(thumb(on, 0))
    QTest.keyPress(on, Qt.Key.Key_Shift)
    assert not controller.cells.ablation.is_alone, "nobody looks at one"
    QTest.keyRelease(on, Qt.Key.Key_Shift)


def test_by_keyboard_enter_shows_it_and_escape_puts_it_away(on, controller):
    thumb(on, 1).setFocus(Qt.FocusReason.TabFocusReason)
    press(on, Qt.Key.Key_Return)
    assert popup(on).captions[0] == "without birds"
    press(on, Qt.Key.Key_Escape)
    assert not popup(on).isVisible()
    press(on, Qt.Key.Key_Return)
    assert popup(on).isVisible()
    on.compare.take_focus()
    assert not popup(on).isVisible()


def test_the_keyboard_is_seen_on_any_picture(on):
    thumb(on, 0).setFocus(Qt.FocusReason.TabFocusReason)
    assert has_ring_of_two_colours(thumb(on, 0), QRectF(thumb(on, 0).rect()))


def test_a_moved_fader_veils_them_until_they_are_there_again(on, controller):
    controller.stack.set_scale("manga", 0.2)
    assert thumb(on, 1).look.row.is_outdated
    assert not thumb(on, 0).look.row.is_outdated, "without manga nothing has changed"
    rest(controller)
    assert not thumb(on, 1).look.row.is_outdated


def test_the_line_below_says_what_they_cost_and_how_far_they_are(studio, controller):
    line = studio.ablation.line
    assert not line.isVisible()
    controller.settings.change(shows_ablation=True)
    assert plain(line.words) == "2 pictures, about 2 s"
    QApplication.processEvents()
    controller.engine.take()
    first = controller.works[-1]
    controller.engine.finish(answer(first))
    assert plain(line.words) == "1 of 2, about 1 s left"
    rest(controller)
    assert line.words == "2 pictures, each without one adapter"


def test_too_dear_is_one_sentence_and_a_way_to_do_it_once(studio, controller):
    controller.settings.change(most_ablation_s=1.0, shows_ablation=True)
    line = studio.ablation.line
    rest(controller)
    assert plain(line.words) == "2 pictures would take about 2 s; the limit is 1 s."
    assert cells(controller) == []
    assert line.once.isVisible()
    assert not thumb(studio, 0).look.is_coming
    QTest.mouseClick(line.once, LEFT)
    rest(controller)
    assert len(cells(controller)) == 2
    assert not line.once.isVisible()


def test_stop_stops_them_and_they_can_go_on(studio, controller):
    controller.settings.change(shows_ablation=True)
    QApplication.processEvents()
    studio.actions_table["stop"].trigger()
    rest(controller)
    line = studio.ablation.line
    assert line.words == "0 of 2, stopped"
    QTest.mouseClick(line.once, LEFT)
    rest(controller)
    assert line.words == "2 pictures, each without one adapter"


def test_the_menu_says_what_it_would_cost(studio, controller):
    action = studio.actions_table["ablation"]
    action.hovered.emit()
    assert "2 pictures, about" in action.toolTip()
    assert action.toolTip().endswith("(Alt+A)")


def test_a_row_that_goes_while_shift_is_held_on_it(on, controller):
    enter(thumb(on, 0))
    QTest.keyPress(on, Qt.Key.Key_Shift)
    rest(controller)
    controller.stack.remove("manga")
    QApplication.processEvents()
    QTest.keyRelease(on, Qt.Key.Key_Shift)
    assert [s.entry_id for s in on.stack_panel.strips.strips()] == ["birds", "neon"]
    assert not controller.cells.ablation.is_alone


def test_a_row_that_goes_while_it_is_looked_at_takes_its_large_picture_along(on, controller):
    enter(thumb(on, 0))
    controller.stack.remove("manga")
    rest(controller)
    assert not popup(on).isVisible()


def test_the_keyboard_finds_them_after_the_number(on):
    strip = on.stack_panel.strips.strips()[0]
    chain = strip.tab_chain()
    assert chain.index(thumb(on, 0)) == len(chain) - 1


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")
