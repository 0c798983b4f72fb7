"""Several rows at once: known answers on a stack of five."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loraviewer.core import row_edits
from loraviewer.core.stack import AdapterStack, StackEntry

STACK = AdapterStack(
    entries=tuple(StackEntry(entry_id=i, name=i, path=i, sha256=i) for i in "abcde")
)
SOME = st.sets(st.sampled_from("abcdexy"))


def told(stack: AdapterStack) -> str:
    return "".join(entry.entry_id for entry in stack.entries)


def test_rows_move_up_together_until_the_first_is_there() -> None:
    up = row_edits.moved_by(STACK, {"c", "d"}, -1)
    assert told(up) == "acdbe"
    up = row_edits.moved_by(up, {"c", "d"}, -1)
    assert told(up) == "cdabe"
    assert told(row_edits.moved_by(up, {"c", "d"}, -1)) == "cdabe"


def test_rows_that_lie_apart_move_down_each_by_one() -> None:
    assert told(row_edits.moved_by(STACK, {"a", "d"}, 1)) == "baced"
    assert told(row_edits.moved_by(STACK, {"c", "e"}, 1)) == "abdce"


def test_rows_come_together_where_they_are_dropped() -> None:
    assert told(row_edits.placed(STACK, {"b", "e"}, 0)) == "beacd"
    assert told(row_edits.placed(STACK, {"b", "e"}, 4)) == "acdbe"
    assert told(row_edits.placed(STACK, {"a", "b"}, 5)) == "cdeab"


@given(SOME, st.integers(-1, 1).filter(bool), st.integers(0, 5))
def test_moving_loses_no_row_and_keeps_those_that_stay_in_order(
    ids: set[str], step: int, gap: int
) -> None:
    for moved in (row_edits.moved_by(STACK, ids, step), row_edits.placed(STACK, ids, gap)):
        assert sorted(told(moved)) == list("abcde")
        for chosen in (ids, set("abcde") - ids):
            kept = [row for row in told(moved) if row in chosen]
            assert kept == sorted(kept)


def test_rows_are_removed_and_inserted() -> None:
    assert told(row_edits.without_rows(STACK, {"a", "c", "gone"})) == "bde"
    new = row_edits.as_new(row_edits.rows_with(STACK, {"d", "b"}))
    put = row_edits.with_inserted(STACK, new, 2)
    assert [entry.name for entry in put.entries] == list("abbdcde")
    assert len({entry.entry_id for entry in put.entries}) == 7


def test_moving_a_strength_leaves_no_trace_of_adding() -> None:
    assert row_edits.shifted(0.1, 0.2) == 0.3
    assert row_edits.shifted(1e300, 0.5) == 1e300
    assert row_edits.shifted(1.5e308, 1.5e308) == 1.5e308
    assert math.copysign(1.0, row_edits.shifted(0.5, -0.5)) == 1.0


def named(content: str, **fields: Any) -> StackEntry:
    """A row as a text names it: with an id that no stack has."""
    return StackEntry(entry_id=f"new {content}", name=content, path="", sha256=content, **fields)


def test_what_a_text_names_goes_into_the_row_of_its_file_or_becomes_one() -> None:
    blocks = (("down.0", 0.5),)
    stack = STACK.with_entry("a", block_scales=blocks)
    now = row_edits.with_named(stack, [named("a", scale=2.0, is_enabled=False), named("x")])
    assert told(now) == "abcdenew x"
    assert (now.entries[0].scale, now.entries[0].is_enabled) == (2.0, False)
    assert now.entries[0].block_scales == blocks
    assert now.entries[1:5] == STACK.entries[1:]


def test_where_two_rows_have_the_file_that_is_named_neither_is_meant() -> None:
    twice = row_edits.with_inserted(STACK, [named("a")], 0)
    now = row_edits.with_named(twice, [replace(named("a", scale=2.0), entry_id="third")])
    assert told(now) == "new aabcdethird"
    assert now.entries[:-1] == twice.entries
