"""Snapshots as a list: each edit is one step with a sentence, and views keep their places."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.snapshot_model import PRESENT_ROLE, SNAPSHOT_ROLE, SnapshotModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core import pane_edits
from loraviewer.core.stack import StackEntry


@pytest.fixture
def document(qapp) -> DocumentModel:
    return DocumentModel()


@pytest.fixture
def stack(document: DocumentModel) -> StackModel:
    stack = StackModel(document)
    stack.add(StackEntry(entry_id="manga", name="manga", path="manga", sha256="manga"))
    return stack


@pytest.fixture
def model(document: DocumentModel, stack: StackModel) -> SnapshotModel:
    """Three of them, of manga at 0.1, 0.2 and 0.3; the last one is present."""
    model = SnapshotModel(document)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    for scale in (0.1, 0.2, 0.3):
        stack.set_scale("manga", scale)
        model.take()
    return model


def names(model: SnapshotModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def present(model: SnapshotModel) -> list[str]:
    rows = map(model.index, range(model.rowCount()))
    return [row.data() for row in rows if row.data(PRESENT_ROLE)]


def ids(model: SnapshotModel) -> list[str]:
    return [snapshot.snapshot_id for snapshot in model.snapshots]


EDITS: list[tuple[Callable[[SnapshotModel, list[str]], object], str]] = [
    (lambda m, i: m.rename(i[0], "best"), "Rename snapshot to “best”"),
    (lambda m, i: m.apply(i[0]), "Apply snapshot “manga .1”"),
    (lambda m, i: m.update(i[0]), "Update snapshot “manga .3 (2)”"),
    (lambda m, i: m.remove(i[1]), "Delete snapshot “manga .2”"),
    (lambda m, i: m.move(i[2], 0), "Move snapshot “manga .3”"),
    (lambda m, i: m.walk(-1), "Apply snapshot “manga .2”"),
]


@pytest.mark.parametrize(("edit", "sentence"), EDITS)
def test_every_edit_is_one_step_with_a_sentence(model, document, edit, sentence):
    steps, before = document.undo_stack, document.document
    count = steps.count()
    edit(model, ids(model))
    after, shown = document.document, names(model)
    assert after != before
    assert (steps.count(), steps.undoText()) == (count + 1, sentence)
    steps.undo()
    assert document.document == before
    assert names(model) == ["manga .1", "manga .2", "manga .3"]
    steps.redo()
    assert document.document == after
    assert names(model) == shown


def test_taking_one_is_a_step(model, stack, document):
    stack.set_scale("manga", 0.4)
    before = document.document
    model.take()
    assert names(model)[-1] == "manga .4"
    assert document.undo_stack.undoText() == "Take snapshot “manga .4”"
    document.undo_stack.undo()
    assert document.document == before
    assert present(model) == []


def test_undoing_a_step_leaves_snapshots_that_came_without_one(model, stack, document):
    stack.set_scale("manga", 0.9)
    restored = msgspec.structs.replace(
        document.document.snapshots[0], snapshot_id="x", name="restored"
    )
    held = (*document.document.snapshots, restored)
    document.install(msgspec.structs.replace(document.document, snapshots=held))
    document.undo_stack.undo()  # the strength
    document.undo_stack.undo()  # taking the third
    assert names(model) == ["manga .1", "manga .2", "restored"]


def test_the_same_twice_is_refused_in_a_sentence(model, document, qtbot: QtBot):
    count = document.undo_stack.count()
    with qtbot.waitSignal(model.refused) as heard:
        model.take()
    assert heard.args == ["The snapshot “manga .3” holds exactly this already."]
    assert document.undo_stack.count() == count


def test_the_present_one_follows_every_edit(model, stack, document):
    assert present(model) == ["manga .3"]
    stack.set_scale("manga", 0.2)
    assert present(model) == ["manga .2"]
    stack.set_scale("manga", 0.25)
    assert present(model) == []
    document.undo_stack.undo()
    assert present(model) == ["manga .2"]
    document.install(pane_edits.activated(document.document, "base"))
    assert present(model) == []


def test_applying_what_is_there_is_no_step(model, document):
    count = document.undo_stack.count()
    model.apply(model.present)
    assert document.undo_stack.count() == count


def test_walking_is_one_step_however_far(model, stack, document):
    stack.set_scale("manga", 0.7)
    before, count = document.document, document.undo_stack.count()
    seen = []
    for _ in range(4):
        model.walk(1)
        seen += present(model)
    assert seen == ["manga .1", "manga .2", "manga .3", "manga .1"]
    assert document.undo_stack.count() == count + 1
    assert document.undo_stack.undoText() == "Apply snapshot “manga .1”"
    document.undo_stack.undo()
    assert document.document == before
    model.walk(-1)
    model.walk(-1)
    assert present(model) == ["manga .2"]


def test_an_edit_between_ends_the_walk(model, stack, document):
    model.walk(1)
    stack.set_scale("manga", 0.7)
    model.walk(1)
    assert present(model) == ["manga .2"], "on from where the last one was"
    document.undo_stack.undo()
    assert stack.stack.entries[0].scale == 0.7


def test_walking_without_snapshots_does_nothing(document):
    SnapshotModel(document).walk(1)
    assert document.undo_stack.count() == 0


def test_prompt_and_seed_only_where_asked_for(model, document):
    now = document.document
    document.install(now.with_sampling(msgspec.structs.replace(now.sampling, seed=99)))
    model.apply(ids(model)[0])
    assert document.document.sampling.seed == 99
    model.apply(ids(model)[0], with_sampling=True)
    assert document.document.sampling.seed == 7
    document.undo_stack.undo()
    assert document.document.sampling.seed == 99


def test_the_step_says_in_which_pane_where_there_are_more(model, document):
    document.install(pane_edits.pinned(document.document, "new"))
    model.apply(ids(model)[0])
    assert document.undo_stack.undoText() == "Apply snapshot “manga .1” in B"


def test_a_name_with_braces_is_a_name(model, document):
    model.rename(ids(model)[0], "{0} {} {x}")
    model.apply(ids(model)[0])
    assert document.undo_stack.undoText() == "Apply snapshot “{0} {} {x}”"


def test_a_view_renames_in_place(model):
    index = model.index(1)
    assert index.flags() & Qt.ItemFlag.ItemIsEditable
    assert model.setData(index, " best ")
    assert index.data() == "best"
    assert not model.setData(index, True, PRESENT_ROLE)
    assert index.data(SNAPSHOT_ROLE).stack.entries[0].scale == 0.2


def test_rows_move_without_losing_a_views_place(model, document):
    here = model.index(2).data(SNAPSHOT_ROLE).snapshot_id
    kept = QPersistentModelIndex(model.index(2))
    model.move(here, 0)
    assert kept.row() == 0
    model.remove(ids(model)[1])
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert kept.row() == 2
    assert model.place_of(here).row() == 2
    assert not model.place_of("gone").isValid()
