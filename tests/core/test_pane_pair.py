"""The pair that is compared: always two panes of the document, the active one among them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core import pane_edits
from loraviewer.core.document import Document, Layout
from loraviewer.core.pane_pair import PanePair, chosen, followed, stepped, usual_pair
from tests.core.test_pane_edits import EDITS, PLACES, document


def pair(words: str) -> PanePair:
    return PanePair(*words.split())


@pytest.mark.parametrize(
    ("active", "reference", "layout", "usual"),
    [
        ("B", "base", 2, "base B"),
        ("D", "base", 2, "base D"),
        ("base", "base", 2, "base B"),
        ("B", "D", 4, "D B"),
        ("B", "B", 4, "B base"),
        ("base", "base", 1, "base B"),
    ],
)
def test_at_first_the_reference_is_beside_the_active_pane(active, reference, layout, usual):
    four = document("B", "C", "D", active=active, layout=layout)
    assert usual_pair(pane_edits.with_reference(four, reference)) == pair(usual)


@pytest.mark.parametrize(
    ("before", "was_active", "active", "after"),
    [
        ("base B", "B", "C", "base C"),
        ("base B", "B", "base", "base B"),
        ("base B", "base", "C", "C B"),
        ("C D", "D", "B", "C B"),
        ("C D", "C", "D", "C D"),
    ],
)
def test_who_becomes_active_takes_the_place_of_who_was(before, was_active, active, after):
    four = document("B", "C", "D", active=active)
    assert followed(pair(before), was_active, four) == pair(after)


def test_where_a_pane_of_the_pair_goes_another_one_comes():
    four = document("B", "C", "D", active="C")
    without = pane_edits.closed(four, "C")
    assert without.active == "D"
    assert followed(pair("base C"), "C", without) == pair("base D")
    other = pane_edits.closed(document("B", "C", "D", active="D"), "C")
    assert followed(pair("C D"), "D", other) == pair("base D")
    both = Document(panes=document("B", "C").panes, active="B")
    assert followed(pair("X Y"), "Y", both) == pair("B base")


def test_a_chosen_pane_comes_and_one_of_the_pair_changes_sides():
    assert chosen(pair("base B"), 0, "C") == pair("C B")
    assert chosen(pair("base B"), 1, "C") == pair("base C")
    assert chosen(pair("base B"), 0, "B") == pair("B base")
    assert chosen(pair("base B"), 1, "B") == pair("base B")


def test_stepping_leaves_the_active_pane_and_goes_round_the_others():
    four = document("B", "C", "D", active="B")
    walk = [pair("base B")]
    for _ in range(3):
        walk.append(stepped(walk[-1], four, 1))
    assert walk[1:] == [pair("C B"), pair("D B"), pair("base B")]
    assert stepped(pair("base B"), four, -1) == pair("D B")
    two = document("B", active="B")
    assert stepped(pair("base B"), two, 1) == pair("base B")


@given(
    st.lists(st.tuples(st.sampled_from(sorted(EDITS)), PLACES), max_size=30),
    st.sampled_from([1, 2, 4, 6]),
)
def test_whatever_happens_two_panes_are_compared_and_one_of_them_is_active(steps, layout: Layout):
    now = msgspec.structs.replace(Document(), layout=layout)
    compared = usual_pair(now)
    for name, at in steps:
        before, now = now, EDITS[name](now, at)
        compared = followed(compared, before.active, now)
        assert len(set(compared.ids)) == 2
        assert set(compared.ids) <= {pane.pane_id for pane in now.panes}
        assert now.active in compared.ids
        assert now.active in stepped(compared, now, 1).ids
