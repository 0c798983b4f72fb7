"""Edits of several rows: one undo step each, and a held fader moves all by the same difference."""

import pytest
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.row_edits import RowEdits
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.stack import StackEntry

BOTH = ("manga", "neon")


@pytest.fixture
def document(qapp) -> DocumentModel:
    return DocumentModel()


@pytest.fixture
def undo_stack(document: DocumentModel) -> QUndoStack:
    return document.undo_stack


@pytest.fixture
def model(document: DocumentModel) -> StackModel:
    model = StackModel(document)
    for name, scale in (("manga", 0.5), ("birds", 1.0), ("neon", 1.25)):
        model.add(StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=scale))
    return model


@pytest.fixture
def edits(model: StackModel) -> RowEdits:
    return RowEdits(model)


def scales(model: StackModel) -> list[float]:
    return [entry.scale for entry in model.stack.entries]


EDITS = [
    (lambda e, ids: e.set_enabled(dict.fromkeys(ids, ""), False), "Turn 2 rows off"),
    (lambda e, ids: e.set_solo(ids, True), "Solo 2 rows"),
    (lambda e, ids: e.set_scale(ids, 1.0), "Strength of 2 rows to 1"),
    (lambda e, ids: e.move_scale(ids, ids[0], 0.75), "Strengths of 2 rows by +0.25"),
    (lambda e, ids: e.set_text_apart(ids, True), "Text strengths of 2 rows on their own"),
    (lambda e, ids: e.set_fader_range(ids, (-5.0, 5.0)), "Fader of 2 rows from −5 to 5"),
    (lambda e, ids: e.remove(ids), "Remove 2 rows"),
    (lambda e, ids: e.move(ids, 1), "Move 2 rows"),
    (lambda e, ids: e.place(ids, 3), "Move 2 rows"),
]


@pytest.mark.parametrize(("edit", "text"), EDITS)
def test_every_edit_of_two_rows_is_one_step(model, edits, undo_stack, edit, text) -> None:
    before, steps = model.stack, undo_stack.count()
    edit(edits, BOTH)
    after = model.stack
    assert after != before
    assert undo_stack.count() == steps + 1
    assert undo_stack.undoText() == text
    assert after.entries == () or "birds" in [entry.entry_id for entry in after.entries]
    undo_stack.undo()
    assert model.stack == before
    undo_stack.redo()
    assert model.stack == after


@pytest.mark.parametrize(("edit", "_"), EDITS)
def test_of_one_row_the_step_says_its_name(model, edits, undo_stack, edit, _) -> None:
    before = model.stack
    edit(edits, ("manga",))
    assert "manga" in undo_stack.undoText()
    for name in ("birds", "neon"):
        kept = [entry for entry in model.stack.entries if entry.entry_id == name]
        assert kept == [before.entry(name)]


def test_a_drag_of_one_fader_moves_the_others_as_far(model, edits, undo_stack) -> None:
    steps = undo_stack.count()
    model.begin_drag()
    for value in (0.6, 0.83, 0.7):
        edits.move_scale(BOTH, "manga", value)
    model.end_drag()
    assert scales(model) == [0.7, 1.0, 1.45]
    assert undo_stack.count() == steps + 1
    assert undo_stack.undoText() == "Strengths of 2 rows by +0.2"
    undo_stack.undo()
    assert scales(model) == [0.5, 1.0, 1.25]


def test_there_and_back_is_no_step_whatever_the_numbers_are(model, edits, undo_stack) -> None:
    model.set_scale("neon", 1.0 / 3.0)
    steps = undo_stack.count()
    model.begin_drag()
    for value in (0.61, 0.07, 0.5):
        edits.move_scale(BOTH, "manga", value)
    model.end_drag()
    assert scales(model) == [0.5, 1.0, 1.0 / 3.0]
    assert undo_stack.count() == steps


def test_two_drags_are_two_steps(model, edits, undo_stack) -> None:
    for value in (0.6, 0.7):
        model.begin_drag()
        edits.move_scale(BOTH, "manga", value)
        model.end_drag()
    assert scales(model) == [0.7, 1.0, 1.45]
    undo_stack.undo()
    assert scales(model) == [0.6, 1.0, 1.35]


def test_a_typed_number_moves_from_where_the_rows_are(model, edits) -> None:
    model.begin_drag()
    edits.move_scale(BOTH, "manga", 1.0)
    model.end_drag()
    edits.move_scale(BOTH, "neon", 2.0)
    assert scales(model) == [1.25, 1.0, 2.0]


def test_numbers_beyond_all_leave_the_others_where_they_are(model, edits) -> None:
    model.set_scale("manga", -1.7e308)
    edits.move_scale(BOTH, "manga", 1.7e308)
    assert scales(model) == [1.7e308, 1.0, 1.25]


def test_text_strengths_move_together_where_rows_have_one(model, edits, undo_stack) -> None:
    edits.set_text_apart(("manga", "birds"), True)
    edits.move_text_scale(("manga", "birds", "neon"), "manga", 0.25)
    texts = [entry.text_scale for entry in model.stack.entries]
    assert texts == [0.25, 0.75, None]
    assert scales(model) == [0.5, 1.0, 1.25]
    edits.set_text_apart(("manga", "birds", "neon"), False)
    assert [entry.text_scale for entry in model.stack.entries] == [None] * 3


def test_a_separate_text_strength_begins_where_the_strength_is(model, edits) -> None:
    model.set_text_scale("birds", 0.1)
    edits.set_text_apart(("manga", "birds"), True)
    assert [entry.text_scale for entry in model.stack.entries] == [0.5, 0.1, None]


def test_a_held_key_moves_rows_in_one_step(model, edits, undo_stack) -> None:
    steps = undo_stack.count()
    for is_continued in (False, True):
        edits.move(("birds", "neon"), -1, is_continued=is_continued)
    assert [entry.entry_id for entry in model.stack.entries] == ["birds", "neon", "manga"]
    assert undo_stack.count() == steps + 1


def test_the_usual_range_is_none_of_its_own(model, edits) -> None:
    edits.set_fader_range(BOTH, (-5.0, 5.0))
    edits.set_fader_range(BOTH, (-1.0, 2.0))
    assert [entry.fader_range for entry in model.stack.entries] == [None] * 3


def test_a_wider_fader_asks_for_no_other_picture(model, edits) -> None:
    before = model.stack.applied()
    edits.set_fader_range(BOTH, (-15.0, 15.0))
    assert model.stack.applied() == before
    assert scales(model) == [0.5, 1.0, 1.25]


def test_each_row_is_insisted_on_for_its_own_reason(model, edits) -> None:
    edits.set_enabled({"manga": "base", "birds": ""}, True)
    assert [entry.insisted_on for entry in model.stack.entries] == ["base", "", ""]


def test_strengths_of_a_balance_are_one_step(model, edits, undo_stack) -> None:
    steps = undo_stack.count()
    edits.set_strengths("Balance 2 rows", {"manga": (0.75, None), "neon": (0.9, 0.3)})
    assert scales(model) == [0.75, 1.0, 0.9]
    assert model.stack.entry("neon").text_scale == 0.3
    assert (undo_stack.count(), undo_stack.undoText()) == (steps + 1, "Balance 2 rows")
