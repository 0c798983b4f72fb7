"""What the window of block strengths follows, and the mark on its strip."""

import pytest
from msgspec.structs import replace
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.blocks.block_mark import BlockMark
from loraviewer.ui.strips.blocks.block_window import BlockWindow
from loraviewer.ui.widgets.buttons import LetterButton
from tests.ui.drawn_blocks import (
    FLUX,
    LEFT,
    SD1,
    TEXT,
    Key,
    at,
    choose,
    drag,
    learn,
    offered,
    scales,
    use_base,
)
from tests.ui.fakes import DEMO
from tests.ui.focus import focused
from tests.ui.test_stack_panel import first, strip, trigger


def test_a_removed_row_closes_it_also_while_painting(blocks, controller, block_studio):
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    QTest.mouseMove(blocks.drawing, at(blocks, "IN05"))
    controller.stack.remove("manga")
    QApplication.processEvents()
    assert block_studio.blocks.window("manga") is None
    assert not controller.stack.is_dragging


def test_one_window_for_each_row_and_its_name_in_the_title(blocks, controller, block_studio):
    trigger(strip(block_studio), "Block strengths…")
    assert block_studio.blocks.window("manga") is blocks
    assert blocks.windowTitle() == "Block strengths of manga"
    assert not blocks.isModal()


def test_another_base_shows_its_own_blocks(blocks, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.5})
    use_base(controller, FLUX, "/flux")
    assert blocks.nothing == "The adapter has not been compared with a base yet."
    assert not blocks.brushes.isVisible()
    learn(controller, ["D00", "D18", "S00", "S37"])
    assert blocks.nothing == ""
    assert blocks.drawing.own_blocks == ("D00", "D18", "S00", "S37")
    assert blocks.note == "Also set, without effect on this base: IN04."
    assert "Single blocks only" in offered(blocks)
    drag(blocks, ["S00"])
    assert scales(controller) == {"IN04": 0.5, "S00": 0.0}, "nothing of the other base is lost"
    choose(blocks, "Double blocks only")
    assert scales(controller)["S37"] == 0.0
    assert "D18" not in scales(controller)


def test_blocks_of_a_transformer_never_lie_on_each_other(blocks, controller):
    use_base(controller, (*FLUX, *TEXT, "noise_refiner.00", "noise_refiner.01"), "/flux")
    learn(controller, FLUX)
    assert_apart(blocks)
    title = blocks.drawing.cell("S37").title
    assert title == "S37: single blocks, 38 of 38"
    with pytest.raises(KeyError):
        blocks.drawing.cell("TE1.00")  # it leaves the text encoder alone


@pytest.mark.parametrize(
    "base",
    [
        SD1,
        [b for b in SD1 if b[-2:] not in ("02", "05", "08", "11")],
        (*SD1, "B00", "B01", "B02", "B03", "extra.00"),
        ("M00",),
        ("IN00", "TE3.00"),
    ],
)
def test_nor_do_those_of_a_unet(blocks, controller, base):
    use_base(controller, base, "/another")
    learn(controller, base)
    assert_apart(blocks)


def assert_apart(shown: BlockWindow) -> None:
    places = list(shown.drawing.plan.places().items())
    inside = shown.drawing.rect().toRectF()
    for index, (key, place) in enumerate(places):
        assert inside.contains(place), key
        clashes = [other for other, its in places[index + 1 :] if place.intersects(its)]
        assert not clashes, key


def test_what_a_unet_hands_across_lies_on_one_line(blocks):
    """As in the code of its authors: OUT11 takes what IN00 gave, OUT00 what IN11 gave."""
    for number in range(12):
        left = blocks.drawing.place(f"IN{number:02}").center()
        right = blocks.drawing.place(f"OUT{11 - number:02}").center()
        assert left.y() == right.y()
        assert left.x() < right.x()


def test_a_failed_adapter_says_why_there_is_nothing(blocks, controller):
    controller.learn("manga", Failure(FailureKind.ADAPTER, "It holds no adapter."))
    assert blocks.nothing == "It holds no adapter."


def test_a_row_that_is_off_says_so(blocks, controller):
    assert blocks.note == ""
    controller.stack.set_enabled("manga", False)
    assert blocks.note == "The row is off; switch it on to see its strengths."


def test_another_pane_without_the_row_closes_it(blocks, controller, block_studio):
    controller.places.activate("base")
    QApplication.processEvents()
    assert block_studio.blocks.window("manga") is None


def mark(window: MainWindow) -> BlockMark | None:
    found = strip(window).findChildren(BlockMark)
    return next((m for m in found if m.isVisible()), None)


def test_the_mark_is_there_while_a_block_is_not_at_1(block_studio, controller):
    assert mark(block_studio) is None
    controller.stack.set_block_scales("manga", {"OUT03": 0.5, "IN04": 0.0})
    shown = mark(block_studio)
    assert shown is not None
    assert shown.toolTip() == "Block strengths: IN04 0, OUT03 0.5"
    assert shown.accessibleName() == shown.toolTip()
    controller.document.undo_stack.undo()
    assert mark(block_studio) is None


def test_the_mark_opens_the_drawing_by_click_and_key(block_studio, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.0})
    shown = mark(block_studio)
    assert shown is not None
    QTest.mouseClick(shown, LEFT)
    opened_one = block_studio.blocks.window("manga")
    assert opened_one is not None
    opened_one.close()
    QTest.keyClick(shown, Key.Key_Return)
    assert block_studio.blocks.window("manga") is not None
    block_studio.activateWindow()
    first(strip(block_studio), LetterButton).setFocus()
    QTest.keyClick(focused(), Key.Key_Tab)
    assert focused() is shown


def test_the_menu_of_the_row_clears_all_of_it_in_one_step(block_studio, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.0, "IN05": 0.5})
    trigger(strip(block_studio), "All blocks at 1")
    assert scales(controller) == {}
    controller.document.undo_stack.undo()
    assert scales(controller) == {"IN04": 0.0, "IN05": 0.5}


def test_one_button_puts_all_at_1_also_what_is_elsewhere(blocks, controller):
    assert not blocks.all_at_1.isEnabled()
    controller.stack.set_block_scales("manga", {"IN04": 0.0, "D03": 0.5})
    QTest.mouseClick(blocks.all_at_1, LEFT)
    assert scales(controller) == {}


def test_a_row_that_does_not_fit_says_what_its_strip_says(blocks, controller):
    report = AdapterReport(
        sha256="manga", matched=("a",), shape_mismatch=("b",), blocks=("IN04", "IN05")
    )
    summary = AdapterSummary(path="", name="manga", sha256="manga", family="sdxl")
    controller.use_checkpoint(replace(DEMO, family="sd1", source="/sd1b", blocks=SD1))
    controller.learn_summary(summary)
    controller.learn("manga", report)
    assert "Made for" in blocks.note
    assert blocks.drawing.own_blocks == ("IN04", "IN05")


def test_a_file_that_was_located_with_other_content_shows_its_own_blocks(blocks, controller):
    learn(controller, ["M00"], "other")
    stack = controller.stack.stack.with_entry("manga", sha256="other")
    document = controller.document.document
    controller.document.edit("Locate manga", document.with_stack(stack))
    assert blocks.drawing.own_blocks == ("M00",)
