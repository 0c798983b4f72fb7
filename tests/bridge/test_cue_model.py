"""Cues as a list: each edit is one step with a sentence, and views keep their places."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from loraviewer.bridge.document.cue_model import CueModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.stack import StackEntry


@pytest.fixture
def document(qapp) -> DocumentModel:
    return DocumentModel()


@pytest.fixture
def snapshots(document: DocumentModel) -> SnapshotModel:
    """Of manga at 0.1 and at 0.2."""
    stack, model = StackModel(document), SnapshotModel(document)
    stack.add(StackEntry(entry_id="manga", name="manga", path="manga", sha256="manga"))
    for scale in (0.1, 0.2):
        stack.set_scale("manga", scale)
        model.take()
    return model


@pytest.fixture
def model(document: DocumentModel, snapshots: SnapshotModel) -> CueModel:
    """One for each of them; the first says something."""
    model = CueModel(document)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.add_for_each()
    model.say(model.cues[0].cue_id, "A little.")
    return model


def words(model: CueModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


EDITS: list[tuple[Callable[[CueModel, str], object], str]] = [
    (lambda m, i: m.add(1), "Add a cue"),
    (lambda m, i: m.say(i, "More."), "Sentence of cue 1"),
    (lambda m, i: m.show(i, ""), "Let cue 1 show another snapshot"),
    (lambda m, i: m.remove(i), "Delete cue 1"),
    (lambda m, i: m.move(i, 1), "Move cue 1"),
]


@pytest.mark.parametrize(("edit", "text"), EDITS)
def test_each_edit_is_one_step(document, model, edit, text):
    before, steps = document.document, document.undo_stack.count()
    edit(model, model.cues[0].cue_id)
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == text
    assert document.document != before
    document.undo_stack.undo()
    assert document.document == before
    assert words(model) == ["manga .1 — A little.", "manga .2"]


def test_only_snapshots_without_a_cue_get_one(document, model, snapshots):
    model.add_for_each()
    assert model.rowCount() == 2
    document.undo_stack.undo()
    model.remove(model.cues[0].cue_id)
    model.add_for_each()
    shown = [cue.snapshot_id for cue in model.cues]
    assert shown == [s.snapshot_id for s in reversed(snapshots.snapshots)]


def test_rows_follow_the_names_of_snapshots(model, snapshots):
    first = snapshots.snapshots[0].snapshot_id
    snapshots.rename(first, "best")
    assert words(model)[0] == "best — A little."
    snapshots.remove(first)
    assert words(model)[0] == "a snapshot that is gone — A little."


def test_a_cue_of_nothing_says_so(model):
    model.add(2)
    assert words(model)[2] == "nothing yet"


def test_views_keep_their_places(model):
    kept = QPersistentModelIndex(model.index(1))
    model.move(model.cues[1].cue_id, 0)
    model.add(0)
    assert kept.row() == 1
