"""A row for drafts only in the window: its menu, its mark, the question, and what captions say."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.request import Sampling
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.image_pane import ImagePane
from loraviewer.ui.strips.draft_part import DraftMark, DraftPart
from loraviewer.ui.widgets.buttons import LetterButton
from tests.ui.fakes import Desk, entry, plain_picture, rendered

RED = plain_picture((200, 0, 0))
LCM = "lcm-lora-sdv1-5"


@pytest.fixture
def rows(window: MainWindow, controller: Desk) -> MainWindow:
    for name in ("manga", LCM, "mine"):
        controller.stack.add(entry(name, 1.0))
        sha256 = controller.stack.stack.entries[-1].sha256
        summary = AdapterSummary(path=f"/adapters/{name}.safetensors", name=name, sha256=sha256)
        controller.adapters.learn_summary(summary)
    QApplication.processEvents()
    window.activateWindow()
    return window


def part_of(window: MainWindow, row: int) -> DraftPart:
    controls = window.stack_panel.strips.strips()[row]._controls
    assert controls is not None
    controls.menu.aboutToShow.emit()
    (part,) = controls.findChildren(DraftPart)
    return part


def mark_of(window: MainWindow, row: int) -> DraftMark:
    (mark,) = window.stack_panel.strips.strips()[row].findChildren(DraftMark)
    return mark


def way(controller: Desk, row: int) -> DraftWay | None:
    return controller.stack.stack.entries[row].for_drafts


def test_the_menu_marks_a_row_as_it_is_recognised(rows: MainWindow, controller: Desk) -> None:
    part, mark = part_of(rows, 1), mark_of(rows, 1)
    assert not part.only.isChecked()
    assert mark.isHidden()
    assert not part.ways.menuAction().isVisible()
    part.only.trigger()
    assert way(controller, 1) == DraftWay("lcm")
    part = part_of(rows, 1)
    assert part.only.isChecked()
    assert part.ways.menuAction().isVisible()
    assert not mark.isHidden()
    assert "LCM" in mark.toolTip()
    assert "settled pictures are made without" in mark.accessibleName()
    controller.document.undo_stack.undo()
    assert way(controller, 1) is None
    assert mark.isHidden()


def test_its_strip_says_drafts_only_and_has_no_solo(rows: MainWindow, controller: Desk) -> None:
    (solo,) = rows.stack_panel.strips.strips()[1].findChildren(LetterButton)
    controller.stack.set_solo(LCM, True)
    assert (solo.isEnabled(), solo.isChecked()) == (True, True)
    part_of(rows, 1).only.trigger()
    assert mark_of(rows, 1).text() == "drafts only"
    assert (solo.isEnabled(), solo.isChecked()) == (False, False)
    assert "it is in all drafts" in solo.toolTip()
    controller.document.undo_stack.undo()
    assert (solo.isEnabled(), solo.isChecked()) == (True, True)
    assert "it is in all drafts" not in solo.toolTip()


def test_marking_is_undone_and_done_again_and_goes_to_another_pane(
    rows: MainWindow, controller: Desk
) -> None:
    part_of(rows, 1).only.trigger()
    undo = controller.document.undo_stack
    undo.undo()
    undo.redo()
    assert way(controller, 1) == DraftWay("lcm")
    rows.actions_table["pin_pane"].trigger()
    pinned = controller.document.document.panes[-1]
    assert pinned.stack.entries[1].for_drafts == DraftWay("lcm")
    assert pinned.stack.applied() == controller.stack.stack.applied()


def test_one_that_nobody_knows_keeps_what_the_picture_has(
    rows: MainWindow, controller: Desk
) -> None:
    part_of(rows, 2).only.trigger()
    assert way(controller, 2) == DraftWay()
    ways = part_of(rows, 2).ways
    checked = [a.text() for a in ways.actions() if a.isChecked()]
    assert checked == [
        "none of these: sampler and guidance of the picture", "as many steps as it is made for",
    ]  # fmt: skip
    next(a for a in ways.actions() if a.text() == "Hyper-SD").trigger()
    assert way(controller, 2) == DraftWay("hyper")
    next(a for a in part_of(rows, 2).ways.actions() if a.text() == "6 steps").trigger()
    assert way(controller, 2) == DraftWay("hyper", 6)
    checked = [a.text() for a in part_of(rows, 2).ways.actions() if a.isChecked()]
    assert checked == ["Hyper-SD", "6 steps"]


def test_used_as_any_other_its_sampling_is_one_step(rows: MainWindow, controller: Desk) -> None:
    assert not part_of(rows, 0).take.isVisible()
    part = part_of(rows, 1)
    assert part.take.isVisible()
    before = controller.prompt.sampling
    part.take.trigger()
    sampling = controller.prompt.sampling
    assert (sampling.sampler, sampling.steps, sampling.guidance_scale) == ("LCM", 4, 1.0)
    assert not part_of(rows, 1).take.isVisible(), "it is used already"
    controller.document.undo_stack.undo()
    assert controller.prompt.sampling == before


def test_a_second_row_for_drafts_only_says_that_it_does_not_count(
    rows: MainWindow, controller: Desk
) -> None:
    for row in (1, 2):
        part_of(rows, row).only.trigger()
    first, second = rows.stack_panel.strips.strips()[1:3]
    assert first._is_applied
    assert not second._is_applied
    assert second._controls is not None
    second._controls._on_strength(0.5)
    assert "first row for drafts only" in second._controls._strength.note
    assert "first row for drafts only" in mark_of(rows, 2).accessibleName()
    assert "first row for drafts only" not in mark_of(rows, 1).accessibleName()


def test_under_another_merge_rule_it_says_that_drafts_go_without(
    rows: MainWindow, controller: Desk
) -> None:
    part_of(rows, 1).only.trigger()
    controller.stack.set_rule(read_rule("ties:0.2"))
    strip = rows.stack_panel.strips.strips()[1]
    assert not strip._is_applied
    assert strip._controls is not None
    strip._controls._on_strength(0.5)
    assert "By this merge rule" in strip._controls._strength.note


def test_the_question_marks_the_row_and_goes(rows: MainWindow, controller: Desk) -> None:
    controller.draft_offers._on_added([controller.stack.stack.entries[1]])
    (bar,) = rows.notices.bars
    assert bar.sentence.startswith(f"“{LCM}” looks like an adapter for few steps (LCM).")
    QTest.mouseClick(bar.buttons()[0], Qt.MouseButton.LeftButton)
    assert way(controller, 1) == DraftWay("lcm")
    assert rows.notices.bars == ()


def test_the_question_goes_with_its_row(rows: MainWindow, controller: Desk) -> None:
    controller.draft_offers._on_added(controller.stack.stack.entries)
    assert len(rows.notices.bars) == 1
    controller.stack.remove(controller.stack.stack.entries[1].entry_id)
    assert rows.notices.bars == ()


def test_dismissing_the_question_changes_nothing(
    rows: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.draft_offers._on_added(controller.stack.stack.entries)
    (bar,) = rows.notices.bars
    bar.dismiss()
    assert way(controller, 1) is None
    controller.stack.remove(controller.stack.stack.entries[1].entry_id)  # nothing to take away
    assert rows.notices.bars == ()


def pane_of(window: MainWindow) -> ImagePane:
    return next(p for p in window.findChildren(ImagePane) if p.pane_id == "current")


@pytest.fixture
def marked(rows: MainWindow, controller: Desk) -> MainWindow:
    part_of(rows, 1).only.trigger()
    return rows


def test_a_draft_says_with_what_it_was_made(marked: MainWindow, controller: Desk) -> None:
    stack = controller.stack.stack
    row = stack.draft_row()
    assert row is not None
    made = rendered(RED, sampling=Sampling(steps=4), is_draft=True)
    request = msgspec.structs.replace(
        made.request, adapters=stack.with_draft_row(row), draft_adapter=row.sha256
    )
    draft = msgspec.structs.replace(made, request=request)
    controller.show("current", shown=draft, shown_stack=stack)
    pane = pane_of(marked)
    assert pane.badge == "draft · 4 steps with LCM"
    assert "without" not in pane.caption
    assert "an adapter that is for drafts only" in pane.recipe


def test_a_settled_picture_says_what_it_is_without(marked: MainWindow, controller: Desk) -> None:
    stack = controller.stack.stack
    controller.show("current", shown=rendered(RED, stack), shown_stack=stack)
    pane = pane_of(marked)
    assert pane.caption.startswith("manga 1 + mine 1")
    assert f"without {LCM} (drafts only)" in pane.caption
    off = stack.with_entry(stack.entries[1].entry_id, is_enabled=False)
    controller.show("current", shown=rendered(RED, stack), shown_stack=off)
    assert "without" not in pane.caption
