"""Cues of a document: edits, and that undo takes back one of them and no other."""

import pytest

from loraviewer.core import cue_edits, snapshot_edits
from loraviewer.core.cues import LONGEST_SENTENCE, Cue, tidy_sentence
from loraviewer.core.document import Document


def document(*sentences: str) -> Document:
    """With a cue for each sentence, called A, B, C … by their ids."""
    now = Document()
    for cue_id, sentence in zip("ABCDEF", sentences, strict=False):
        now = cue_edits.added(now, Cue(cue_id=cue_id, sentence=sentence), len(now.cues))
    return now


def ids(d: Document) -> str:
    return "".join(cue.cue_id for cue in d.cues)


def said(d: Document) -> list[str]:
    return [cue.sentence for cue in d.cues]


@pytest.mark.parametrize(("place", "after"), [(0, "XAB"), (1, "AXB"), (9, "ABX"), (-1, "XAB")])
def test_a_cue_comes_where_it_is_wanted(place, after):
    assert ids(cue_edits.added(document("", ""), Cue(cue_id="X"), place)) == after


@pytest.mark.parametrize(("place", "after"), [(0, "CAB"), (1, "ACB"), (9, "ABC"), (-3, "CAB")])
def test_a_cue_is_moved(place, after):
    assert ids(cue_edits.moved(document("", "", ""), "C", place)) == after


def test_a_sentence_is_one_line_that_a_room_can_read():
    changed = cue_edits.said_with(document("", ""), "B", "  More\n is  not \t better. ")
    assert said(changed) == ["", "More is not better."]
    assert len(tidy_sentence("x " * 500)) <= LONGEST_SENTENCE


def test_a_cue_for_each_snapshot():
    taken = snapshot_edits.taken(snapshot_edits.taken(Document(), "s"), "t")
    cues = cue_edits.added_for_each(taken, ["s", "t"]).cues
    assert [cue.snapshot_id for cue in cues] == ["s", "t"]
    assert len({cue.cue_id for cue in cues}) == 2


def test_a_cue_that_is_not_there_is_an_error():
    for edit in (cue_edits.removed, cue_edits.cue, cue_edits.place_of):
        with pytest.raises(KeyError):
            edit(document("one"), "Z")


def test_deleting_a_snapshot_leaves_its_cue():
    taken = snapshot_edits.taken(document("look"), "s")
    shown = cue_edits.shown_with(taken, "A", "s")
    gone = snapshot_edits.removed(shown, "s")
    assert gone.cues == shown.cues, "undo brings the snapshot back"


def test_undoing_one_edit_leaves_the_others_alone():
    first = document("one", "two")
    second = cue_edits.said_with(first, "A", "uno")
    third = cue_edits.said_with(second, "B", "due")
    assert said(third.moved(second, first)) == ["one", "due"]
    fourth = cue_edits.removed(third, "B")
    assert said(fourth.moved(second, first)) == ["one"]
    assert said(fourth.moved(fourth, third)) == ["uno", "due"]
