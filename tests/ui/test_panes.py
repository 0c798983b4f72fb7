"""One, two, four and six panes: how many are seen, which one the strips edit, and the keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from loraviewer.core.stack import AdapterStack
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.image_pane import ImagePane
from loraviewer.ui.top_bar import ActionButton
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.ui.fakes import Desk, entry, plain_picture, rendered
from tests.ui.focus import focused
from tests.ui.pane_windows import (
    ALT,
    CONTROL,
    GREEN,
    RED,
    SHIFT,
    empties,
    press,
    rows,
    titles,
)


def test_the_first_start_shows_two_panes_of_equal_size(panes: MainWindow) -> None:
    assert titles(panes) == ["Base", "Current"]
    assert panes.compare.base.size() == panes.compare.active.size()
    assert panes.actions_table["layout_2"].isChecked()


def test_p_pins_and_the_layout_grows(panes: MainWindow) -> None:
    press(panes, Qt.Key.Key_P)
    assert titles(panes) == ["Base", "B", "C"]
    assert panes.actions_table["layout_4"].isChecked()
    assert len(empties(panes)) == 1
    assert empties(panes)[0].words == "Press P to pin what is shown here."
    places = [pane.geometry() for pane in panes.compare.shown()]
    places.append(empties(panes)[0].geometry())
    # The pixel of an odd height goes to one row.
    for sides in zip(*(place.size().toTuple() for place in places), strict=True):
        assert max(sides) - min(sides) <= 1
    assert len({place.topLeft().toTuple() for place in places}) == 4


def test_p_is_a_letter_where_one_types(panes: MainWindow, controller: Desk) -> None:
    panes.prompt_panel.focus_prompt()
    press(panes, Qt.Key.Key_P)
    assert len(controller.document.document.panes) == 2
    panes.prompt_panel.commit()


def test_an_empty_place_is_filled_by_a_click(panes: MainWindow) -> None:
    press(panes, Qt.Key.Key_P)
    QTest.mouseClick(empties(panes)[0], Qt.MouseButton.LeftButton)
    assert titles(panes) == ["Base", "B", "C", "D"]
    assert not empties(panes)


def test_six_panes_are_full_which_is_said(panes: MainWindow) -> None:
    for _ in range(5):
        press(panes, Qt.Key.Key_P)
    assert titles(panes) == ["Base", "B", "C", "D", "E", "F"]
    assert "6 panes" in panes.notices.bars[0].sentence


@pytest.mark.parametrize(
    ("key", "count", "places"),
    [
        (Qt.Key.Key_1, 1, 1),
        (Qt.Key.Key_2, 2, 2),
        (Qt.Key.Key_4, 2, 4),
        (Qt.Key.Key_6, 2, 6),
    ],
)
def test_keys_say_how_many_panes_are_seen(panes: MainWindow, key, count, places) -> None:
    press(panes, key, ALT)
    assert len(panes.compare.shown()) == count
    assert len(panes.compare.shown()) + len(empties(panes)) == places
    assert all(pane.isVisible() for pane in panes.compare.shown())
    panes.actions_table["undo"].trigger()
    assert titles(panes) == ["Base", "Current"]
    assert panes.actions_table["layout_2"].isChecked()


def test_six_places_are_three_in_a_row_where_the_room_is_wide(panes: MainWindow) -> None:
    for _ in range(4):
        press(panes, Qt.Key.Key_P)
    assert len({pane.y() for pane in panes.compare.shown()}) == 2
    panes.resize(700, 1100)
    QApplication.processEvents()
    assert len({pane.y() for pane in panes.compare.shown()}) == 3


def test_a_pane_keeps_its_widget_through_edits(panes: MainWindow, controller: Desk) -> None:
    before = panes.compare.shown()
    controller.stack.set_scale("manga", 0.5)
    press(panes, Qt.Key.Key_P)
    press(panes, Qt.Key.Key_1, ALT)
    press(panes, Qt.Key.Key_4, ALT)
    assert panes.compare.shown()[:2] == before


def test_a_click_makes_a_pane_active_and_the_strips_its(
    panes: MainWindow, controller: Desk
) -> None:
    press(panes, Qt.Key.Key_P)
    controller.stack.add(entry("birds"))
    pinned = panes.compare.shown()[2]
    QTest.mouseClick(pinned.view, Qt.MouseButton.LeftButton)
    assert panes.compare.active is pinned
    assert rows(panes) == ["manga"]
    assert [pane.view.is_framed for pane in panes.compare.shown()] == [False, False, True]
    current = panes.compare.shown()[1]
    QTest.mouseClick(current, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))  # its title
    assert rows(panes) == ["manga", "birds"]


def test_tab_makes_a_pane_active(panes: MainWindow, controller: Desk) -> None:
    panes.compare.base.view.setFocus(Qt.FocusReason.TabFocusReason)
    assert controller.document.document.active == "base"
    press(panes, Qt.Key.Key_Tab)
    assert controller.document.document.active == "current"


def test_control_tab_goes_round_and_takes_the_keyboard(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    seen = []
    for _ in range(4):
        press(panes, Qt.Key.Key_Tab, CONTROL)
        seen.append(panes.compare.active.title)
        assert focused() is panes.compare.active.view
    assert seen == ["C", "Base", "B", "C"]
    press(panes, Qt.Key.Key_Backtab, CONTROL | SHIFT)
    assert panes.compare.active.title == "B"


def test_going_round_shows_panes_beyond_the_layout(panes: MainWindow) -> None:
    press(panes, Qt.Key.Key_P)
    press(panes, Qt.Key.Key_1, ALT)
    assert titles(panes) == ["B"]
    assert not panes.compare.active.view.is_framed
    press(panes, Qt.Key.Key_Tab, CONTROL)
    assert titles(panes) == ["C"]
    assert panes.compare.active.isVisible()
    assert focused() is panes.compare.active.view


def test_a_number_that_is_being_typed_is_taken_before_another_pane_is_active(
    panes: MainWindow, controller: Desk
) -> None:
    press(panes, Qt.Key.Key_P)
    number = next(
        edit for edit in panes.stack_panel.strips.findChildren(NumberEdit) if edit.isVisible()
    )
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "0.3")
    press(panes, Qt.Key.Key_Tab, CONTROL)
    document = controller.document.document
    assert document.active not in ("base", "current")
    assert document.stack.entry("manga").scale == 0.8
    assert document.pane("current").stack.entry("manga").scale == 0.3


def test_the_base_says_why_its_strips_cannot_be_edited(panes: MainWindow, controller: Desk) -> None:
    QTest.mouseClick(panes.compare.base.view, Qt.MouseButton.LeftButton)
    sentences = [
        label.text() for label in panes.stack_panel.findChildren(QLabel) if label.isVisible()
    ]
    assert any(text.startswith("The base holds no adapters; choose") for text in sentences)
    assert not panes.actions_table["all_off"].isEnabled()
    assert not panes.actions_table["reset_master"].isEnabled()
    press(panes, Qt.Key.Key_F6)
    assert panes.stack_panel.isAncestorOf(focused())
    press(panes, Qt.Key.Key_Return)
    assert titles(panes) == ["Base", "B", "C"]
    assert panes.compare.active.title == "C"
    assert panes.actions_table["reset_master"].isEnabled()


def test_f6_comes_back_to_the_active_pane(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    controller.stack.set_scale("manga", 0.5)
    QTest.mouseClick(panes.compare.base.view, Qt.MouseButton.LeftButton)
    panes.stack_panel.take_focus()
    panes.actions_table["undo"].trigger()
    assert panes.compare.active.title == "B"
    press(panes, Qt.Key.Key_F6, SHIFT)
    assert focused() is panes.compare.active.view
    assert panes.compare.active.title == "B"


def test_holding_b_shows_the_base_in_every_pane(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    controller.show("base", shown=rendered(plain_picture(RED)))
    stack = AdapterStack(entries=(entry("manga", 0.8),))
    for pane in panes.compare.shown()[1:]:
        controller.show(pane.pane_id, shown=rendered(plain_picture(GREEN), stack))
    QTest.keyPress(focused(), Qt.Key.Key_B)
    assert titles(panes) == ["Base", "Base (held)", "Base (held)"]
    assert {colour(pane).name() for pane in panes.compare.shown()} == {QColor(*RED).name()}
    QTest.keyRelease(focused(), Qt.Key.Key_B)
    assert titles(panes) == ["Base", "B", "C"]
    assert colour(panes.compare.active) == QColor(*GREEN)


def colour(pane: ImagePane) -> QColor:
    image = pane.view.grab().toImage()
    return image.pixelColor(image.width() // 2, image.height() // 2)


def test_saving_and_copying_are_the_active_panes(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    controller.show("base", shown=rendered(plain_picture(RED)))
    assert not panes.actions_table["save_picture"].isEnabled()
    QTest.mouseClick(panes.compare.base.view, Qt.MouseButton.LeftButton)
    assert panes.actions_table["save_picture"].isEnabled()
    panes.actions_table["copy_picture"].trigger()
    image = QApplication.clipboard().image()
    assert image.pixelColor(1, 1) == QColor(*RED)


def test_zoom_is_one_for_all_panes(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    for pane in panes.compare.shown():
        controller.show(pane.pane_id, shown=rendered(plain_picture(RED)))
    before = [pane.view.picture_rect().width() for pane in panes.compare.shown()]
    panes.actions_table["zoom_in"].trigger()
    after = [pane.view.picture_rect().width() for pane in panes.compare.shown()]
    assert after == pytest.approx([1.25 * width for width in before])


def test_captions_say_what_differs_from_the_active_pane(
    panes: MainWindow, controller: Desk
) -> None:
    for name in ("birds", "neon"):
        controller.stack.add(entry(name))
    press(panes, Qt.Key.Key_P)
    controller.stack.set_scale("manga", 0.5)
    _, current, pinned = panes.compare.shown()
    for pane in (current, pinned):
        stack = controller.document.document.pane(pane.pane_id).stack
        picture = rendered(plain_picture(GREEN), stack)
        controller.show(pane.pane_id, shown=picture, stack=stack, shown_stack=stack)
    assert current.caption == "manga .5 + birds 1 + neon 1 · seed 7"
    assert pinned.caption == "as B: manga .5 → .8"
    stack = controller.stack.stack
    controller.show("current", shown_stack=stack.with_entry("manga", scale=0.8))
    assert pinned.caption == "as B"
    QTest.mouseClick(pinned.view, Qt.MouseButton.LeftButton)
    assert pinned.caption == "manga .8 + birds 1 + neon 1 · seed 7"


def test_a_frozen_pane_keeps_its_prompt_while_the_others_follow(
    panes: MainWindow, controller: Desk
) -> None:
    press(panes, Qt.Key.Key_P, SHIFT)
    frozen = panes.compare.active
    assert not frozen.thaw.isVisible()
    press(panes, Qt.Key.Key_F, CONTROL | SHIFT)
    assert frozen.thaw.isVisible()
    assert panes.actions_table["freeze_pane"].isChecked()
    press(panes, Qt.Key.Key_Tab, CONTROL)
    assert not panes.actions_table["freeze_pane"].isChecked()
    controller.prompt.change(prompt="a cat", seed=3)
    document = controller.document.document
    assert document.sampling_of(frozen.pane_id).seed == 7
    assert frozen.caption.endswith("own prompt · seed 7")
    QTest.mouseClick(frozen.view, Qt.MouseButton.LeftButton)
    controller.prompt.change(seed=5)
    assert controller.document.document.sampling.seed == 3
    assert controller.prompt.sampling.seed == 5
    assert panes.compare.shown()[1].caption == "manga .8", "it is no longer made as the active one"
    QTest.mouseClick(frozen.thaw, Qt.MouseButton.LeftButton)
    assert not frozen.thaw.isVisible()
    assert controller.prompt.sampling.prompt == "a cat"
    panes.actions_table["undo"].trigger()
    assert controller.prompt.sampling.seed == 5


def test_the_top_bar_says_how_many_panes_are_seen_where_there_is_room(
    panes: MainWindow, controller: Desk
) -> None:
    def buttons() -> dict[str, ActionButton]:
        found = panes.top_bar.findChildren(ActionButton)
        return {b.accessibleName(): b for b in found if b.isVisible()}

    assert "Four panes" not in buttons()
    panes.resize(1280, 800)
    QApplication.processEvents()
    assert buttons()["Two panes"].isChecked()
    QTest.mouseClick(buttons()["Four panes"], Qt.MouseButton.LeftButton)
    assert controller.document.document.layout == 4
    assert [name for name, b in buttons().items() if b.isChecked() and "pane" in name] == [
        "Four panes"
    ]


def test_the_prompt_bar_shows_what_the_active_pane_is_made_of(
    panes: MainWindow, controller: Desk
) -> None:
    press(panes, Qt.Key.Key_P, SHIFT)
    press(panes, Qt.Key.Key_F, CONTROL | SHIFT)
    line = next(e for e in panes.findChildren(QLineEdit) if e.accessibleName() == "Prompt")
    line.setFocus()
    QTest.keyClicks(line, "a cat")
    press(panes, Qt.Key.Key_Tab, CONTROL)
    assert line.text() == ""
    press(panes, Qt.Key.Key_Backtab, CONTROL | SHIFT)
    assert line.text() == "a cat"
    assert controller.document.document.sampling.prompt == ""


def test_a_picture_is_copied_as_text_for_other_programs(
    panes: MainWindow, controller: Desk
) -> None:
    actions = {a.text(): a for a in panes.compare.active.context_menu().actions()}
    prompt, code = actions["Copy as A1111 prompt"], actions["Copy as diffusers code"]
    assert not prompt.isEnabled()
    stack = controller.stack.stack
    controller.show("current", shown=rendered(plain_picture(GREEN), stack))
    prompt.trigger()
    assert QApplication.clipboard().text().startswith("<lora:manga:0.8>\nSteps: 10")
    code.trigger()
    copied = QApplication.clipboard().text()
    assert "pipeline.set_adapters(['manga'], [0.8])" in copied
    assert "from_pretrained('/demo'" in copied
    assert controller.status.status.activity == "code copied"


def test_another_pane_is_the_base_of_the_comparison(panes: MainWindow, controller: Desk) -> None:
    press(panes, Qt.Key.Key_P)
    base, current, pinned = panes.compare.shown()
    controller.show("base", shown=rendered(plain_picture(RED)))
    controller.show(pinned.pane_id, shown=rendered(plain_picture(GREEN)))
    QTest.mouseClick(pinned.view, Qt.MouseButton.LeftButton)
    panes.actions_table["compare_with"].trigger()
    assert panes.actions_table["compare_with"].isChecked()
    controller.show(pinned.pane_id)  # up to date, so that no veil lies over it
    QTest.keyPress(focused(), Qt.Key.Key_B)
    assert titles(panes) == ["C (held)", "C (held)", "C"]
    assert {colour(pane).name() for pane in (base, current)} == {QColor(*GREEN).name()}
    QTest.keyRelease(focused(), Qt.Key.Key_B)
    press(panes, Qt.Key.Key_W, CONTROL)
    assert controller.document.document.reference == "base"
    panes.actions_table["undo"].trigger()
    assert panes.actions_table["compare_with"].isChecked()
    panes.actions_table["compare_with"].trigger()
    assert controller.document.document.reference == "base"


def test_blinking_shows_the_base_in_turns(panes: MainWindow, qtbot: QtBot) -> None:
    press(panes, Qt.Key.Key_K, CONTROL)
    assert titles(panes) == ["Base", "Base (held)"]
    for title in ("Current", "Base (held)"):
        qtbot.waitUntil(lambda t=title: panes.compare.active.title == t)
    press(panes, Qt.Key.Key_K, CONTROL)
    assert titles(panes) == ["Base", "Current"]
    assert not panes.actions_table["blink"].isChecked()
