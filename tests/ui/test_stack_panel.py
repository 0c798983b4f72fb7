"""Channel strips: widget → model → strip, one undo step per gesture."""

from typing import TypeVar

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.buttons import IconButton, LetterButton, ToggleSwitch
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.ui.fakes import Desk, entry
from tests.ui.focus import focused

Child = TypeVar("Child", bound=QWidget)
LEFT = Qt.MouseButton.LeftButton


def add_rows(controller: Desk, *names: str) -> None:
    for name in names:
        controller.stack.add(entry(name, 0.8))
    QApplication.processEvents()


def strip(window: MainWindow, row: int = 0) -> ChannelStrip:
    return window.stack_panel.strips.strips()[row]


def first(parent: QWidget, kind: type[Child]) -> Child:
    """The first visible child of a kind."""
    return next(child for child in parent.findChildren(kind) if child.isVisible())


def test_a_drag_is_many_ticks_and_one_undo_step(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    steps = controller.document.undo_stack.count()
    heard: list[object] = []
    controller.stack.stack_changed.connect(heard.append)
    fader = first(strip(window), StrengthSlider)
    y = fader.height() // 2
    QTest.mousePress(fader, LEFT, pos=QPoint(fader.width() // 2, y))
    for x in (20, 30, 40, 50, 60):
        QTest.mouseMove(fader, QPoint(x, y))
    QTest.mouseRelease(fader, LEFT, pos=QPoint(60, y))
    assert len(heard) >= 5
    assert not controller.stack.is_dragging
    assert controller.document.undo_stack.count() == steps + 1
    controller.document.undo_stack.undo()
    assert fader.strength == 0.8


def test_two_rows_of_one_name_are_told_apart(window: MainWindow, controller: Desk) -> None:
    for folder in ("anime", "photo"):
        row = entry("ink", entry_id=folder, path=f"/{folder}/ink.safetensors", sha256=folder)
        controller.stack.add(row)
    QApplication.processEvents()
    assert [first(strip(window, i), ElidedLabel).text() for i in (0, 1)] == [
        "anime/ink",
        "photo/ink",
    ]
    assert strip(window, 1).accessibleName() == "Adapter photo/ink"
    controller.stack.set_scale("photo", 0.5)
    assert controller.document.undo_stack.undoText() == "Strength of photo/ink to 0.5"
    controller.stack.remove("photo")
    QApplication.processEvents()
    assert first(strip(window), ElidedLabel).text() == "ink"


def test_a_typed_15_is_shown_and_kept(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    number = first(strip(window), NumberEdit)
    number.selectAll()
    QTest.keyClicks(number, "15")
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert controller.stack.stack.entries[0].scale == 15.0
    assert number.text() == "15.00"
    assert first(strip(window), StrengthSlider).strength == 15.0


def test_switching_off_keeps_the_value(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    QTest.mouseClick(first(strip(window), ToggleSwitch), LEFT)
    row = controller.stack.stack.entries[0]
    assert (row.is_enabled, row.scale) == (False, 0.8)
    assert first(strip(window), NumberEdit).text() == "0.80"


def test_enter_presses_the_focused_switch(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    QTest.keyClick(first(strip(window), ToggleSwitch), Qt.Key.Key_Return)
    assert not controller.stack.stack.entries[0].is_enabled


def test_solo_silences_the_others(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga", "birds")
    QTest.mouseClick(first(strip(window, 1), LetterButton), LEFT)
    assert [a.name for a in controller.stack.stack.applied()] == ["birds"]


def test_a_separate_text_strength(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    assert shown_numbers(window) == ["Strength as a number"]
    trigger(strip(window), "Separate text-encoder strength")
    assert controller.stack.stack.entries[0].text_scale == 0.8
    assert shown_numbers(window) == ["Strength as a number", "Text strength as a number"]
    controller.document.undo_stack.undo()
    assert shown_numbers(window) == ["Strength as a number"]


def shown_numbers(window: MainWindow) -> list[str]:
    numbers = strip(window).findChildren(NumberEdit)
    return [n.accessibleName() for n in numbers if n.isVisible()]


def trigger(row: ChannelStrip, text: str) -> None:
    menu = next(b.menu() for b in row.findChildren(IconButton) if b.menu() is not None)
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_menu_resets_and_removes(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga", "birds")
    trigger(strip(window), "Reset to 1.0")
    assert controller.stack.stack.entries[0].scale == 1.0
    trigger(strip(window), "Remove")
    assert [e.name for e in controller.stack.stack.entries] == ["birds"]
    assert len(window.stack_panel.strips.strips()) == 1


def test_alt_arrows_move_a_row(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga", "birds", "neon")
    window.activateWindow()
    number = first(strip(window), NumberEdit)
    number.setFocus()
    QTest.keyClick(number, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [e.name for e in controller.stack.stack.entries] == ["birds", "manga", "neon"]


def test_dragging_a_row_moves_it(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga", "birds", "neon")
    dragged, last = strip(window, 0), strip(window, 2)
    below = dragged.mapFrom(window, last.mapTo(window, QPoint(4, last.height() - 2)))
    QTest.mousePress(dragged, LEFT, pos=QPoint(4, 4))
    QTest.mouseMove(dragged, below)
    QTest.mouseRelease(dragged, LEFT, pos=below)
    assert [e.name for e in controller.stack.stack.entries] == ["birds", "neon", "manga"]
    assert strip(window, 2) is dragged


def test_escape_leaves_a_dragged_row_where_it_was_and_stops_nothing(
    window: MainWindow, controller: Desk
) -> None:
    add_rows(controller, "manga", "birds", "neon")
    pressed: list[str] = []
    for name in ("stop", "render"):
        window.actions_table[name].triggered.connect(lambda _, name=name: pressed.append(name))
    dragged, last = strip(window, 0), strip(window, 2)
    below = dragged.mapFrom(window, last.mapTo(window, QPoint(4, last.height() - 2)))
    QTest.mousePress(dragged, LEFT, pos=QPoint(4, 4))
    QTest.mouseMove(dragged, below)
    QTest.keyClick(dragged, Qt.Key.Key_Space)
    QTest.keyClick(dragged, Qt.Key.Key_Escape)
    QTest.mouseRelease(dragged, LEFT, pos=below)
    assert [e.name for e in controller.stack.stack.entries] == ["manga", "birds", "neon"]
    assert pressed == []
    QTest.keyClick(dragged, Qt.Key.Key_Escape)
    assert pressed == ["stop"]


def test_what_did_not_land_is_said_and_can_be_copied(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    report = AdapterReport(sha256="manga", matched=("a", "b"), unmatched=("lost.module",))
    controller.learn("manga", report)
    assert strip(window).trouble_sentence.startswith("2 of 3 modules landed")
    bar = first(strip(window), MessageBar)
    copy = next(button for button in bar.buttons() if button.accessibleName() == "Copy details")
    QTest.mouseClick(copy, LEFT)
    assert "lost.module" in QGuiApplication.clipboard().text()


def test_a_failed_adapter_says_its_sentence(window: MainWindow, controller) -> None:
    add_rows(controller, "manga")
    controller.learn("manga", Failure(FailureKind.ADAPTER, "It holds no adapter.", "keys …"))
    assert strip(window).trouble_sentence == "It holds no adapter."


def test_a_trigger_word_goes_into_the_prompt_once(window: MainWindow, controller) -> None:
    add_rows(controller, "manga")
    controller.prompt.change(prompt="a girl")
    controller.learn_summary(
        AdapterSummary(path="", name="manga", sha256="manga", trigger_words=("ink",))
    )
    trigger(strip(window), "Unfold facts and trigger words")
    QApplication.processEvents()
    word = first(strip(window), QPushButton)
    for _ in range(2):
        QTest.mouseClick(word, LEFT)
    assert controller.prompt.sampling.prompt == "a girl, ink"


def test_master_and_all_off(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    controller.stack.set_master(0.5)
    master = window.stack_panel.findChildren(StrengthSlider)[-1]
    assert master.strength == 0.5
    window.actions_table["all_off"].trigger()
    assert controller.stack.stack.applied() == ()


@pytest.mark.parametrize("is_troubled", [False, True])
def test_many_rows_scroll_instead_of_shrinking(
    qtbot: QtBot, window: MainWindow, controller: Desk, is_troubled: bool
) -> None:
    add_rows(controller, *(f"adapter {n}" for n in range(20)))
    if is_troubled:
        controller.learn("adapter 3", AdapterReport(sha256="", matched=("a",), unmatched=("b",)))
    rows = window.stack_panel.strips.strips()
    qtbot.waitUntil(lambda: all(row.height() >= needed_height(row) for row in rows))


def needed_height(row: ChannelStrip) -> int:
    """A row with a sentence needs what the sentence takes at the row's width."""
    if row.hasHeightForWidth():
        return row.heightForWidth(row.width())
    return row.minimumSizeHint().height()


def test_tab_goes_down_the_rows_and_then_to_the_master(
    window: MainWindow, controller: Desk
) -> None:
    add_rows(controller, "manga", "birds")
    controller.stack.move("birds", 0)
    window.activateWindow()
    upper, lower = window.stack_panel.strips.strips()
    upper.tab_chain()[4].setFocus()
    QTest.keyClick(upper.tab_chain()[4], Qt.Key.Key_Tab)
    assert lower.tab_chain()[0].hasFocus()
    lower.tab_chain()[4].setFocus()
    QTest.keyClick(lower.tab_chain()[4], Qt.Key.Key_Tab)
    assert focused().accessibleName() == "Master"


def test_sentences_alone_make_nothing_scroll(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    add_rows(controller, "manga", "birds")
    report = AdapterReport(sha256="", matched=("a",), unmatched=("b",), unsupported=("c",))
    controller.learn("manga", report)
    controller.learn("birds", report)
    panel = window.stack_panel
    areas = panel.findChildren(QScrollArea)
    area = next(area for area in areas if area.isAncestorOf(panel.strips))
    bar = area.verticalScrollBar()
    qtbot.waitUntil(lambda: strip(window, 1).geometry().bottom() > 100)
    assert bar.maximum() == 0


def test_the_suggested_strength_is_offered_where_it_differs(
    window: MainWindow, controller: Desk
) -> None:
    add_rows(controller, "manga")
    controller.learn_summary(
        AdapterSummary(path="", name="manga", sha256="manga", suggested_strength=0.6)
    )
    trigger(strip(window), "Unfold facts and trigger words")
    use = next(b for b in strip(window).findChildren(IconButton) if b.text() == "Use suggested 0.6")
    assert use.isVisible()
    QTest.mouseClick(use, LEFT)
    assert controller.stack.stack.entries[0].scale == 0.6
    assert not use.isVisible()


def test_an_unfolded_row_says_what_merging_costs(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga")
    trigger(strip(window), "Unfold facts and trigger words")

    def words() -> list[str]:
        return [label.text() for label in strip(window).findChildren(QLabel)]

    report = AdapterReport(sha256="manga", matched=("a",))
    controller.learn("manga", report)
    assert not any("of weights" in text for text in words())
    controller.learn("manga", msgspec.structs.replace(report, touched_bytes=12_000_000))
    assert "changes 12 MB of weights; as much is kept of the base" in words()


def test_tab_visits_the_words_of_an_unfolded_row(window: MainWindow, controller: Desk) -> None:
    add_rows(controller, "manga", "birds")
    controller.learn_summary(
        AdapterSummary(path="", name="manga", sha256="manga", trigger_words=("ink", "line"))
    )
    trigger(strip(window), "Unfold facts and trigger words")
    QApplication.processEvents()
    window.activateWindow()
    number = strip(window).tab_chain()[4]
    number.setFocus()
    visited = []
    for _ in range(4):
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        visited.append(focused())
    assert [widget.accessibleName() for widget in visited[:2]] == ["ink", "line"]
    assert visited[2] is strip(window).tab_chain()[-1]
    assert visited[3] is strip(window, 1).tab_chain()[0]
