"""Painting block strengths on the drawn blocks: by the mouse and by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.rendering.jobs import RenderJob
from tests.ui.answers import rest
from tests.ui.drawn_blocks import (
    CONTROL,
    LEFT,
    OWN,
    RIGHT,
    SHIFT,
    Key,
    at,
    choose_brush,
    drag,
    go_to,
    press,
    scales,
    turn,
    type_number,
)
from tests.ui.focus import focused


def test_a_drag_paints_all_that_it_comes_over_as_one_step(blocks, controller):
    history = controller.document.undo_stack
    before = history.count()
    drag(blocks, ["IN04", "IN05"])
    assert scales(controller) == {"IN04": 0.0, "IN05": 0.0}
    assert history.count() == before + 1
    assert history.undoText() == "Block strengths of manga to IN04 0, IN05 0"
    history.undo()
    assert scales(controller) == {}
    assert blocks.drawing.cell("IN04").factor == 1.0, "the drawing follows the history"
    history.redo()
    assert blocks.drawing.cell("IN05").factor == 0.0


def test_a_quick_drag_leaves_out_nothing_on_its_way(blocks, controller):
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    QTest.mouseMove(blocks.drawing, at(blocks, "OUT03"))
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "OUT03"))
    assert scales(controller) == dict.fromkeys(["OUT03", "OUT04", "OUT05"], 0.0)


def test_pictures_follow_while_the_brush_is_down(blocks, controller):
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    QTest.mouseMove(blocks.drawing, at(blocks, "IN05"))
    QApplication.processEvents()
    assert controller.stack.is_dragging
    drafts = [w for w in controller.works if isinstance(w, RenderJob) and w.request.is_draft]
    assert drafts
    assert drafts[-1].request.held == "manga"
    assert dict(drafts[-1].request.adapters[0].block_scales) == {"IN04": 0.0, "IN05": 0.0}
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "IN05"))
    assert not controller.stack.is_dragging
    rest(controller)
    settled = [w for w in controller.works if isinstance(w, RenderJob)][-1].request
    assert not settled.is_draft
    shown = controller.panes.pane("current").shown
    assert shown is not None
    assert shown.request == settled


def test_the_brush_has_the_strength_that_was_chosen_or_typed(blocks, controller):
    choose_brush(blocks, 2)
    drag(blocks, ["IN04", "IN05"])
    assert set(scales(controller).values()) == {0.5}
    number = blocks.brushes.number
    number.selectAll()
    QTest.keyClicks(number, "-3,5")
    QTest.keyClick(number, Key.Key_Return)
    drag(blocks, ["OUT04"])
    assert scales(controller)["OUT04"] == -3.5, "never clamped, and typing chooses it"
    assert "paint -3.5" in blocks.hint


@pytest.mark.parametrize(("button", "modifiers"), [(RIGHT, None), (LEFT, CONTROL)])
def test_the_right_button_and_control_paint_1_again(blocks, controller, button, modifiers):
    controller.stack.set_block_scales("manga", dict.fromkeys(OWN, 0.25))
    drag(blocks, ["IN04", "IN05"], button, modifiers)
    assert not {"IN04", "IN05"} & scales(controller).keys()
    QTest.mouseClick(
        blocks.drawing, button, modifiers or Qt.KeyboardModifier.NoModifier, at(blocks, "M00")
    )
    assert "M00" not in scales(controller)
    assert not blocks.drawing.editor.isVisible()


def test_by_hand_a_block_is_a_fader_with_detents(blocks, controller):
    choose_brush(blocks, -1)
    assert "sideways" in blocks.hint
    history = controller.document.undo_stack
    before = history.count()
    width = blocks.drawing.place("IN04").width()
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    for share in (0.2, 0.4, 0.5):
        QTest.mouseMove(blocks.drawing, at(blocks, "IN04", -width * share))
    assert scales(controller) == {"IN04": 0.5}
    QTest.mouseMove(blocks.drawing, at(blocks, "IN04", -width - 2.0))
    assert scales(controller) == {"IN04": 0.0}, "caught by 0"
    QTest.mouseMove(blocks.drawing, at(blocks, "IN04", -1.5 * width))
    assert scales(controller) == {"IN04": -0.5}, "and on beyond it"
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "IN04", -1.5 * width))
    assert history.count() == before + 1


def test_escape_takes_a_drag_back_and_closes_nothing(blocks, controller):
    history = controller.document.undo_stack
    before = history.count()
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    QTest.mouseMove(blocks.drawing, at(blocks, "IN05"))
    assert scales(controller)
    QTest.keyClick(focused(), Key.Key_Escape)
    assert scales(controller) == {}
    assert history.count() == before
    assert blocks.isVisible()
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "IN05"))
    assert scales(controller) == {}
    assert not controller.stack.is_dragging


def test_a_click_types_a_number_that_is_never_clamped(blocks, controller):
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    editor = blocks.drawing.editor
    assert editor.isVisible()
    assert editor.text() == "1.00"
    assert focused() is editor
    type_number(blocks, "15")
    assert scales(controller) == {"OUT05": 15.0}
    assert not editor.isVisible()
    assert blocks.drawing.current == "OUT05"


def test_what_is_no_number_is_told_and_changes_nothing(blocks, controller):
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    type_number(blocks, "half")
    assert "“half” is no number" in blocks.said
    assert blocks.drawing.editor.isVisible()
    QTest.keyClick(blocks.drawing.editor, Key.Key_Escape)
    assert scales(controller) == {}
    assert blocks.isVisible()
    assert blocks.said == ""


def test_going_elsewhere_takes_the_number(blocks, controller):
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    blocks.drawing.editor.selectAll()
    QTest.keyClicks(blocks.drawing.editor, "0.3")
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    assert scales(controller) == {"OUT05": 0.3}


def test_the_wheel_nudges_the_block_that_has_the_keyboard(blocks, controller):
    history = controller.document.undo_stack
    before = history.count()
    turn(blocks, "IN04", -120)
    assert scales(controller) == {}, "it is not the one with the keyboard"
    go_to(blocks, "IN04")
    turn(blocks, "IN04", -120)
    turn(blocks, "IN04", -240)
    assert scales(controller) == {"IN04": 0.85}
    assert history.count() == before + 1


def test_what_the_adapter_leaves_alone_cannot_be_painted(blocks, controller):
    cell = blocks.drawing.cell("IN03")
    assert not cell.isEnabled()
    assert "changes nothing here" in cell.accessibleName()
    drag(blocks, ["IN02", "IN03", "IN04"])
    assert set(scales(controller)) == {"IN02", "IN04"}
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "IN03"))
    assert not blocks.drawing.editor.isVisible()


def test_all_blocks_of_a_network_at_once(blocks, controller):
    drag(blocks, ["TE1"])
    assert scales(controller) == {"TE1.00": 0.0, "TE1.01": 0.0}
    assert blocks.drawing.cell("TE1").factor == 0.0
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "denoiser"))
    type_number(blocks, "0.5")
    assert {block for block, f in scales(controller).items() if f == 0.5} == set(OWN[:8])
    controller.stack.set_block_scales("manga", {"IN04": 0.5})
    assert blocks.drawing.cell("denoiser").factor is None
    assert "mixed" in blocks.drawing.cell("denoiser").accessibleName()
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "denoiser"))
    type_number(blocks, "1")
    assert scales(controller) == {}


def test_a_drag_from_a_block_never_comes_over_a_whole_network(blocks, controller):
    drag(blocks, ["IN01", "denoiser"])
    assert set(scales(controller)) <= {"IN01", "IN02"}


def test_a_nudge_of_a_network_keeps_the_distances(blocks, controller):
    controller.stack.set_block_scales("manga", {"TE1.00": 0.5})
    go_to(blocks, "TE1")
    press(blocks, Key.Key_Down, modifiers=CONTROL)
    assert scales(controller) == {"TE1.00": 0.45, "TE1.01": 0.95}


def test_arrows_go_where_blocks_lie_and_tab_comes_to_one(blocks):
    go_to(blocks, "IN04")
    visited = []
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_Right, Key.Key_Right):
        press(blocks, key)
        visited.append(blocks.drawing.current)
    assert visited[:2] == ["IN05", "M00"]
    assert visited[-1] is not None
    stops = [
        key for key in (*OWN, "denoiser", "TE1")
        if blocks.drawing.cell(key).focusPolicy() is not Qt.FocusPolicy.NoFocus
    ]  # fmt: skip
    assert stops == [blocks.drawing.current]
    assert "Arrows go" in blocks.hint


def test_keys_set_nudge_and_type(blocks, controller):
    go_to(blocks, "IN04")
    press(blocks, Key.Key_Home)
    assert scales(controller) == {"IN04": 0.0}
    press(blocks, Key.Key_Up, modifiers=CONTROL)
    press(blocks, Key.Key_Down, modifiers=CONTROL | SHIFT)
    assert scales(controller) == {"IN04": 0.04}
    press(blocks, Key.Key_PageUp)
    assert scales(controller) == {"IN04": 0.29}
    press(blocks, Key.Key_Delete)
    assert scales(controller) == {}
    press(blocks, Key.Key_Minus)
    assert blocks.drawing.editor.text() == "-"
    QTest.keyClicks(blocks.drawing.editor, ".5")
    QTest.keyClick(blocks.drawing.editor, Key.Key_Return)
    assert scales(controller) == {"IN04": -0.5}
    press(blocks, Key.Key_Return)
    assert blocks.drawing.editor.isVisible()


def test_a_held_key_is_one_step(blocks, controller):
    go_to(blocks, "IN04")
    history = controller.document.undo_stack
    before = history.count()
    for _ in range(5):
        QTest.keyPress(focused(), Key.Key_Down, CONTROL)
    assert controller.stack.is_dragging
    assert scales(controller) == {"IN04": 0.75}
    assert history.count() == before + 1


def test_shift_and_arrows_paint_as_one_step(blocks, controller):
    go_to(blocks, "OUT05")
    history = controller.document.undo_stack
    before = history.count()
    for _ in range(2):
        QTest.keyPress(focused(), Key.Key_Down, SHIFT)
    QTest.keyRelease(focused(), Key.Key_Shift)
    assert scales(controller) == dict.fromkeys(["OUT03", "OUT04", "OUT05"], 0.0)
    assert history.count() == before + 1
    assert not controller.stack.is_dragging
    go_to(blocks, "IN01")
    press(blocks, Key.Key_Up, modifiers=SHIFT)
    assert blocks.drawing.current == "denoiser"
    assert "M00" not in scales(controller), "a whole network only where the keys were on it"


def test_undo_and_render_have_their_keys_here_too(blocks, controller):
    go_to(blocks, "IN04")
    press(blocks, Key.Key_Home)
    press(blocks, Key.Key_Z, modifiers=CONTROL)
    assert scales(controller) == {}


def test_screen_readers_hear_where_a_block_lies_and_may_move_it(blocks, controller):
    cell = blocks.drawing.cell("IN04")
    name = "IN04: encoder, level 2 of 4, from fine to coarse"
    assert cell.accessibleName() == f"{name}: 1"
    cell.setValue(25)
    assert scales(controller) == {"IN04": 0.25}
    assert cell.accessibleName() == f"{name}: 0.25"
    assert blocks.drawing.tip("IN04") == f"{name} — 0.25"
