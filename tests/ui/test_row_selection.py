"""Rows that are selected: by mouse and keys, how they look, and what is done to all of them."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.buttons import IconButton, LetterButton, ToggleSwitch
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.ui.fakes import DEMO, Desk, entry
from tests.ui.focus import focused

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
NAMES = ("manga", "birds", "neon", "frog")
EMPTY = QPoint(4, 4)


@pytest.fixture
def rows(window: MainWindow, controller: Desk) -> MainWindow:
    for name, scale in zip(NAMES, (0.5, 0.75, 1.0, 1.25), strict=True):
        controller.stack.add(entry(name, scale))
    QApplication.processEvents()
    window.activateWindow()
    return window


def strip(window: MainWindow, name: str) -> ChannelStrip:
    return next(s for s in window.stack_panel.strips.strips() if s.entry_id == name)


def click(window: MainWindow, name: str, held: Qt.KeyboardModifier = NONE) -> None:
    """As the mouse does: Qt gives the keyboard to the strip first."""
    place = strip(window, name)
    place.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.mouseClick(place, LEFT, held, EMPTY)


def select(window: MainWindow, *names: str) -> None:
    window.stack_panel.strips.selection.clear()
    window.prompt_panel.focus_prompt()
    for name in names:
        click(window, name, CONTROL)


def selected(window: MainWindow) -> list[str]:
    shown = [s.entry_id for s in window.stack_panel.strips.strips() if s.is_selected]
    assert tuple(shown) == window.stack_panel.strips.selection.ids
    return shown


def child(parent: QWidget, kind: type):
    return next(c for c in parent.findChildren(kind) if c.isVisible())


def press(key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(focused(), key, held)
    QApplication.processEvents()


def scales(controller: Desk) -> list[float]:
    return [row.scale for row in controller.stack.stack.entries]


def names(controller: Desk) -> list[str]:
    return [row.name for row in controller.stack.stack.entries]


# -- selecting ----------------------------------------------------------------------------


def test_ctrl_adds_and_takes_away(rows: MainWindow) -> None:
    click(rows, "birds", CONTROL)
    click(rows, "frog", CONTROL)
    assert selected(rows) == ["birds", "frog"]
    click(rows, "birds", CONTROL)
    assert selected(rows) == ["frog"]


def test_the_row_that_was_clicked_before_is_selected_with_the_next(rows: MainWindow) -> None:
    click(rows, "manga")
    assert selected(rows) == []
    click(rows, "neon", CONTROL)
    assert selected(rows) == ["manga", "neon"]


def test_a_row_whose_fader_was_used_before_is_not(rows: MainWindow) -> None:
    child(strip(rows, "manga"), StrengthSlider).setFocus()
    click(rows, "neon", CONTROL)
    assert selected(rows) == ["neon"]


def test_shift_selects_all_up_to_it_from_where_the_keyboard_was(rows: MainWindow) -> None:
    child(strip(rows, "birds"), StrengthSlider).setFocus()
    click(rows, "frog", SHIFT)
    assert selected(rows) == ["birds", "neon", "frog"]
    click(rows, "manga", SHIFT)
    assert selected(rows) == ["manga", "birds"]


def test_shift_without_a_row_before_it_selects_that_row(rows: MainWindow) -> None:
    rows.prompt_panel.focus_prompt()
    click(rows, "neon", SHIFT)
    assert selected(rows) == ["neon"]


def test_a_click_on_the_name_counts_too(rows: MainWindow) -> None:
    name = child(strip(rows, "birds"), ElidedLabel)
    QTest.mouseClick(name, LEFT, CONTROL)
    assert selected(rows) == ["birds"]


def test_a_plain_click_ends_it(rows: MainWindow) -> None:
    for target in ("manga", "birds"):  # one of them, and another one
        select(rows, "manga", "neon")
        click(rows, target)
        assert selected(rows) == []


def test_the_keyboard_on_another_row_ends_it(rows: MainWindow) -> None:
    select(rows, "manga", "neon")
    child(strip(rows, "neon"), StrengthSlider).setFocus()
    assert selected(rows) == ["manga", "neon"]
    child(strip(rows, "birds"), StrengthSlider).setFocus()
    assert selected(rows) == []


def test_the_keyboard_elsewhere_leaves_it(rows: MainWindow) -> None:
    select(rows, "manga", "neon")
    rows.prompt_panel.focus_prompt()
    assert selected(rows) == ["manga", "neon"]


def test_the_keyboard_is_on_a_selected_row_also_after_its_own_was_taken_away(
    rows: MainWindow,
) -> None:
    select(rows, "manga", "neon", "frog")
    click(rows, "neon", CONTROL)
    assert selected(rows) == ["manga", "frog"]
    assert strip(rows, "frog").has_keyboard


def test_arrows_go_from_row_to_row_and_select_with_shift(rows: MainWindow) -> None:
    click(rows, "manga")
    press(Qt.Key.Key_Down)
    assert strip(rows, "birds").hasFocus()
    assert selected(rows) == []
    press(Qt.Key.Key_Down, SHIFT)
    press(Qt.Key.Key_Down, SHIFT)
    assert selected(rows) == ["birds", "neon", "frog"]
    press(Qt.Key.Key_Up, SHIFT)
    assert selected(rows) == ["birds", "neon"]
    press(Qt.Key.Key_Up)
    assert (selected(rows), strip(rows, "birds").hasFocus()) == (["birds", "neon"], True)


def test_from_a_fader_ctrl_shift_and_arrows_select(rows: MainWindow, controller: Desk) -> None:
    child(strip(rows, "birds"), StrengthSlider).setFocus()
    press(Qt.Key.Key_Down, CONTROL | SHIFT)
    assert selected(rows) == ["birds", "neon"]
    assert scales(controller) == [0.5, 0.75, 1.0, 1.25]


def test_shift_and_arrows_stay_fine_steps_of_a_fader(rows: MainWindow, controller: Desk) -> None:
    child(strip(rows, "birds"), StrengthSlider).setFocus()
    press(Qt.Key.Key_Down, SHIFT)
    assert (selected(rows), scales(controller)[1]) == ([], 0.74)


def test_ctrl_a_selects_all_in_the_list_and_text_in_a_field(rows: MainWindow) -> None:
    number = child(strip(rows, "birds"), NumberEdit)
    number.setFocus()
    press(Qt.Key.Key_A, CONTROL)
    assert (selected(rows), number.selectedText()) == ([], "0.75")
    child(strip(rows, "birds"), StrengthSlider).setFocus()
    press(Qt.Key.Key_A, CONTROL)
    assert selected(rows) == list(NAMES)
    rows.stack_panel.strips.selection.clear()
    rows.compare.take_focus()
    press(Qt.Key.Key_A, CONTROL)
    assert selected(rows) == []


def test_escape_ends_it_before_it_stops_anything(rows: MainWindow) -> None:
    pressed: list[bool] = []
    rows.actions_table["stop"].triggered.connect(lambda _: pressed.append(True))
    select(rows, "manga", "neon")
    child(strip(rows, "neon"), StrengthSlider).setFocus()
    press(Qt.Key.Key_Escape)
    assert (selected(rows), pressed) == ([], [])
    press(Qt.Key.Key_Escape)
    assert len(pressed) == 1


def test_rows_that_go_are_selected_no_more(rows: MainWindow, controller: Desk) -> None:
    select(rows, "neon", "manga")
    controller.stack.remove("neon")
    assert selected(rows) == ["manga"]
    controller.document.undo_stack.undo()
    assert selected(rows) == ["manga"]


def test_it_follows_rows_that_move(rows: MainWindow, controller: Desk) -> None:
    select(rows, "manga", "neon")
    controller.stack.move("neon", 0)
    QApplication.processEvents()
    assert selected(rows) == ["neon", "manga"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_seen_and_heard(rows: MainWindow, controller: Desk, theme: str) -> None:
    controller.settings.change(theme=theme)
    QApplication.processEvents()
    neon = strip(rows, "neon")
    before = neon.grab().toImage()
    select(rows, "manga", "neon")
    assert neon.accessibleName() == "Adapter neon, selected"
    after = neon.grab().toImage()
    middle = QPoint(1, after.height() // 2)
    frame = QPalette.ColorRole.Highlight
    assert after.pixelColor(middle) != before.pixelColor(middle)
    ground = QPoint(after.width() // 2, 4)
    wanted = neon.palette().color(frame)
    assert distance(after.pixelColor(ground), wanted) < distance(before.pixelColor(ground), wanted)


def distance(one, other) -> int:
    channels = (one.red() - other.red(), one.green() - other.green(), one.blue() - other.blue())
    return sum(map(abs, channels))


# -- what is done to all of them ----------------------------------------------------------


def drag(fader: StrengthSlider, *ticks: int) -> None:
    y = fader.height() // 2
    QTest.mousePress(fader, LEFT, pos=QPoint(fader.width() // 2, y))
    for x in ticks:
        QTest.mouseMove(fader, QPoint(x, y))
    QTest.mouseRelease(fader, LEFT, pos=QPoint(ticks[-1], y))


def test_dragging_one_fader_moves_all_by_the_same_difference(
    rows: MainWindow, controller: Desk
) -> None:
    select(rows, "manga", "neon")
    steps = controller.document.undo_stack.count()
    drag(child(strip(rows, "manga"), StrengthSlider), 20, 90, 60, 70)
    manga, birds, neon, frog = scales(controller)
    assert (birds, frog) == (0.75, 1.25)
    assert manga != 0.5
    assert neon - manga == pytest.approx(0.5, abs=1e-9)
    assert controller.document.undo_stack.count() == steps + 1
    controller.document.undo_stack.undo()
    assert scales(controller) == [0.5, 0.75, 1.0, 1.25]


def test_typing_and_keys_move_all_too(rows: MainWindow, controller: Desk) -> None:
    select(rows, "manga", "neon")
    number = child(strip(rows, "manga"), NumberEdit)
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "0.7")
    press(Qt.Key.Key_Return)
    assert scales(controller) == [0.7, 0.75, 1.2, 1.25]
    child(strip(rows, "neon"), StrengthSlider).setFocus()
    press(Qt.Key.Key_Left)
    assert scales(controller) == [0.65, 0.75, 1.15, 1.25]


def test_the_tip_of_its_fader_says_so(rows: MainWindow) -> None:
    fader = child(strip(rows, "manga"), StrengthSlider)
    alone = fader.toolTip()
    select(rows, "manga", "neon")
    assert fader.toolTip().startswith("Moves all 2 selected rows by the same difference")
    click(rows, "birds")
    assert fader.toolTip() == alone


def test_a_row_that_is_not_selected_moves_alone(rows: MainWindow, controller: Desk) -> None:
    select(rows, "manga", "neon")
    drag(child(strip(rows, "birds"), StrengthSlider), 20, 60)
    assert [s for i, s in enumerate(scales(controller)) if i != 1] == [0.5, 1.0, 1.25]
    assert selected(rows) == []


def test_switch_and_solo_of_one_are_those_of_all(rows: MainWindow, controller: Desk) -> None:
    select(rows, "manga", "neon")
    steps = controller.document.undo_stack.count()
    QTest.mouseClick(child(strip(rows, "neon"), ToggleSwitch), LEFT)
    assert [row.is_enabled for row in controller.stack.stack.entries] == [False, True, False, True]
    QTest.mouseClick(child(strip(rows, "manga"), ToggleSwitch), LEFT)
    QTest.mouseClick(child(strip(rows, "manga"), LetterButton), LEFT)
    assert [row.is_solo for row in controller.stack.stack.entries] == [True, False, True, False]
    assert controller.document.undo_stack.count() == steps + 3


def test_switching_on_insists_for_those_that_do_not_fit(rows: MainWindow, controller: Desk) -> None:
    controller.learn("neon", AdapterReport(sha256="neon", unmatched=("a", "b")))
    assert controller.adapters.facts("neon").is_misfit
    select(rows, "manga", "neon")
    for _ in range(2):
        QTest.mouseClick(child(strip(rows, "manga"), ToggleSwitch), LEFT)
    insisted = {row.name: row.insisted_on for row in controller.stack.stack.entries}
    assert (insisted["manga"], insisted["neon"]) == ("", DEMO.identity)


def test_delete_and_the_menu_of_one_remove_all(rows: MainWindow, controller: Desk) -> None:
    select(rows, "manga", "neon")
    steps = controller.document.undo_stack.count()
    press(Qt.Key.Key_Delete)
    assert names(controller) == ["birds", "frog"]
    assert controller.document.undo_stack.count() == steps + 1
    select(rows, "birds", "frog")
    trigger(strip(rows, "frog"), "Remove")
    assert names(controller) == []


def trigger(row: ChannelStrip, text: str) -> None:
    menu = next(b.menu() for b in row.findChildren(IconButton) if b.menu() is not None)
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_the_menu_of_one_resets_all_and_gives_all_a_text_strength(
    rows: MainWindow, controller: Desk
) -> None:
    select(rows, "manga", "neon")
    trigger(strip(rows, "neon"), "Separate text-encoder strength")
    texts = [row.text_scale for row in controller.stack.stack.entries]
    assert texts == [0.5, None, 1.0, None]
    trigger(strip(rows, "neon"), "Reset to 1.0")
    assert scales(controller) == [1.0, 0.75, 1.0, 1.25]


def test_alt_and_arrows_move_all_of_them(rows: MainWindow, controller: Desk) -> None:
    select(rows, "manga", "neon")
    press(Qt.Key.Key_Down, ALT)
    assert names(controller) == ["birds", "manga", "frog", "neon"]
    assert selected(rows) == ["manga", "neon"]


def test_dragging_one_moves_all_of_them_and_keeps_them_selected(
    rows: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    select(rows, "manga", "neon")
    dragged, last = strip(rows, "manga"), strip(rows, "frog")
    below = dragged.mapFrom(rows, last.mapTo(rows, QPoint(4, last.height() - 2)))
    QTest.mousePress(dragged, LEFT, pos=EMPTY)
    QTest.mouseMove(dragged, below)
    QTest.mouseRelease(dragged, LEFT, pos=below)
    QApplication.processEvents()
    assert names(controller) == ["birds", "frog", "manga", "neon"]
    assert selected(rows) == ["manga", "neon"]


def test_ctrl_and_shift_begin_no_drag(rows: MainWindow, controller: Desk) -> None:
    dragged, last = strip(rows, "manga"), strip(rows, "frog")
    below = dragged.mapFrom(rows, last.mapTo(rows, QPoint(4, last.height() - 2)))
    QTest.mousePress(dragged, LEFT, CONTROL, EMPTY)
    QTest.mouseMove(dragged, below)
    QTest.mouseRelease(dragged, LEFT, CONTROL, below)
    assert names(controller) == list(NAMES)


def test_the_stack_menu_acts_on_them_or_on_the_row_with_the_keyboard(
    rows: MainWindow, controller: Desk
) -> None:
    select(rows, "manga", "neon")
    rows.prompt_panel.focus_prompt()
    rows.actions_table["remove_rows"].trigger()
    assert names(controller) == ["birds", "frog"]
    child(strip(rows, "frog"), StrengthSlider).setFocus()
    rows.actions_table["remove_rows"].trigger()
    assert names(controller) == ["birds"]
    rows.prompt_panel.focus_prompt()
    rows.actions_table["remove_rows"].trigger()
    assert names(controller) == ["birds"]
    assert rows.notices.bars[0].sentence.startswith("Choose a row first")


def test_tab_goes_on_through_selected_rows(rows: MainWindow) -> None:
    select(rows, "manga", "birds")
    fader = child(strip(rows, "manga"), StrengthSlider)
    fader.setFocus()
    press(Qt.Key.Key_Tab)
    assert focused() is child(strip(rows, "manga"), NumberEdit)
    press(Qt.Key.Key_Tab)
    assert focused() is child(strip(rows, "birds"), ToggleSwitch)
    assert selected(rows) == ["manga", "birds"]


def test_rows_that_come_into_view_later_show_it(rows: MainWindow, controller: Desk) -> None:
    controller.stack.add_all([entry(f"more {i}") for i in range(40)])
    child(strip(rows, "manga"), StrengthSlider).setFocus()
    press(Qt.Key.Key_A, CONTROL)
    last = rows.stack_panel.strips.strips()[25]
    last.build()
    assert last.is_selected
    assert child_any(last, StrengthSlider).toolTip().startswith("Moves all 44 selected rows")


def child_any(parent: QWidget, kind: type):
    return parent.findChildren(kind)[0]


def test_a_failed_row_can_be_selected(rows: MainWindow, controller: Desk) -> None:
    controller.learn("neon", Failure(FailureKind.ADAPTER, "It holds no adapter.", ""))
    click(rows, "neon", CONTROL)
    assert selected(rows) == ["neon"]
