"""The way of a fader: values, stacks, and the order in which pictures are seen."""

import pytest

from loraviewer.core.animation import MASTER, FaderWay, shown_order
from loraviewer.core.stack import AdapterStack, StackEntry

ROW = StackEntry(entry_id="a", name="a", path="/a", sha256="a", is_enabled=False, scale=0.3)


def test_both_ends_are_among_the_values():
    way = FaderWay(entry_id="a", start=-1.0, end=2.0, frames=4)
    assert way.values() == (-1.0, 0.0, 1.0, 2.0)
    assert FaderWay(entry_id="a", start=0.1, end=0.7, frames=2).values() == (0.1, 0.7)


def test_a_row_that_is_off_moves_too():
    stacks = FaderWay(entry_id="a", start=0, end=1, frames=2).stacks(AdapterStack(entries=(ROW,)))
    assert [s.entries[0].is_enabled for s in stacks] == [True, True]
    assert [s.entries[0].scale for s in stacks] == [0, 1]


def test_the_master_moves_all_rows():
    stack = AdapterStack(entries=(ROW,))
    stacks = FaderWay(entry_id=MASTER, start=0, end=2, frames=3).stacks(stack)
    assert [s.master for s in stacks] == [0, 1, 2]
    assert all(s.entries == stack.entries for s in stacks)


@pytest.mark.parametrize(
    ("frames", "turn", "order"),
    [
        (4, "loop", (0, 1, 2, 3)),
        (4, "bounce", (0, 1, 2, 3, 2, 1)),
        (2, "bounce", (0, 1)),
        (1, "bounce", (0,)),
    ],
)
def test_the_way_back_shows_no_end_twice(frames, turn, order):
    assert shown_order(frames, turn) == order
