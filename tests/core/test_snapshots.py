"""Snapshots of a document: names, what applying one changes, and that undo takes back one edit."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.core import pane_edits, snapshot_edits
from loraviewer.core.document import Document
from loraviewer.core.snapshots import LONGEST_NAME, default_name, is_same_state
from loraviewer.core.stack import AdapterStack, StackEntry


def row(name: str, scale: float = 1.0, **fields) -> StackEntry:
    usual: dict[str, Any] = {"entry_id": name, "path": name, "sha256": name}
    return StackEntry(name=name, scale=scale, **(usual | fields))


def stack(*rows: StackEntry, master: float = 1.0) -> AdapterStack:
    return AdapterStack(entries=rows, master=master)


MANGA = stack(row("manga", 0.8), row("birds", 1.2))
NEON = stack(row("neon", 0.5))


def document(*stacks: AdapterStack) -> Document:
    """Snapshots of these stacks, called A, B, C … by their ids; the active pane holds the last."""
    now = Document()
    for snapshot_id, held in zip("ABCDEF", stacks, strict=False):
        now = snapshot_edits.taken(now.with_stack(held), snapshot_id)
    return now


def names(d: Document) -> list[str]:
    return [snapshot.name for snapshot in d.snapshots]


def ids(d: Document) -> str:
    return "".join(snapshot.snapshot_id for snapshot in d.snapshots)


@pytest.mark.parametrize(
    ("held", "name"),
    [
        (MANGA, "manga .8 + birds 1.2"),
        (AdapterStack(), "no adapters"),
        (stack(row("manga", is_enabled=False)), "no adapters"),
        (stack(*map(row, "abcde")), "a 1 + b 1 + c 1 + 2 more"),
        (stack(row("x" * 200)), "x" * LONGEST_NAME),
        (stack(row("two\nlines")), "two lines 1"),
    ],
)
def test_a_snapshot_is_called_by_its_rows(held, name):
    assert default_name(held) == name
    assert names(document(held)) == [name]


def test_names_are_unique():
    three = document(MANGA, MANGA, MANGA)
    assert names(three) == [f"manga .8 + birds 1.2{number}" for number in ("", " (2)", " (3)")]
    named = snapshot_edits.renamed(three, "A", "best")
    assert names(snapshot_edits.renamed(named, "B", " best\n"))[1] == "best (2)"
    assert names(snapshot_edits.renamed(named, "A", "best"))[0] == "best"
    assert names(snapshot_edits.renamed(named, "C", "manga .8 + birds 1.2 (2)"))[2].endswith("(3)")


def test_nothing_typed_is_no_name():
    one = document(MANGA)
    assert snapshot_edits.renamed(one, "A", "  ") == one


def test_applying_leaves_prompt_and_seed_alone_unless_they_are_asked_for():
    one = document(MANGA)
    later = one.with_stack(NEON)
    later = later.with_sampling(msgspec.structs.replace(later.sampling, prompt="a cat", seed=9))
    stack_only = snapshot_edits.applied(later, "A")
    assert stack_only.stack == MANGA
    assert (stack_only.sampling.prompt, stack_only.sampling.seed) == ("a cat", 9)
    whole = snapshot_edits.applied(later, "A", with_sampling=True)
    assert (whole.stack, whole.sampling) == (MANGA, one.sampling)


def test_applying_to_the_base_fills_the_pane_beside_it():
    on_base = pane_edits.activated(document(MANGA).with_stack(NEON), "base")
    filled = snapshot_edits.applied(on_base, "A")
    assert filled.active == "current"
    assert filled.stack == MANGA
    assert filled.base.stack == AdapterStack()


def test_a_frozen_pane_takes_prompt_and_seed_as_its_own():
    frozen = pane_edits.frozen(document(MANGA), "current")
    frozen = frozen.with_sampling(msgspec.structs.replace(frozen.sampling, seed=9))
    applied = snapshot_edits.applied(frozen, "A", with_sampling=True)
    assert applied.sampling_of("current").seed == frozen.sampling.seed == 7
    assert applied.sampling == frozen.sampling


def test_an_update_renames_only_what_was_called_by_its_rows():
    two = snapshot_edits.renamed(document(MANGA, MANGA), "A", "best").with_stack(NEON)
    both = snapshot_edits.updated(snapshot_edits.updated(two, "A"), "B")
    assert names(both) == ["best", "neon .5"]
    assert [s.stack for s in both.snapshots] == [NEON, NEON]


def test_snapshots_go_and_change_places():
    three = document(MANGA, NEON, AdapterStack())
    assert ids(snapshot_edits.removed(three, "B")) == "AC"
    assert ids(snapshot_edits.moved(three, "A", 2)) == "BCA"
    assert ids(snapshot_edits.moved(three, "C", -1)) == "CAB"
    for edit in (snapshot_edits.removed, snapshot_edits.updated, snapshot_edits.applied):
        with pytest.raises(KeyError):
            edit(three, "gone")


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (stack(*reversed(MANGA.entries)), True),
        (stack(*(msgspec.structs.replace(e, entry_id="new", path="x") for e in MANGA.entries)), 1),
        (stack(*MANGA.entries, master=0.5), False),
        (stack(*MANGA.entries, row("neon", is_enabled=False)), False),
        (stack(row("manga", 0.8), row("birds", 1.2, is_solo=True)), False),
        (stack(row("manga", 0.8), row("birds", 1.2, text_scale=1.2)), False),
        (stack(row("manga", 0.8), row("birds", 1.3)), False),
        (stack(*MANGA.entries, *MANGA.entries[:1]), False),
    ],
)
def test_the_same_state_is_the_same_adapters_strengths_and_switches(other, is_same):
    assert is_same_state(MANGA, other) == is_same
    assert (snapshot_edits.present(document(MANGA).with_stack(other)) == "A") == is_same


def test_the_base_pane_is_no_snapshot():
    on_base = pane_edits.activated(document(AdapterStack()), "base")
    assert snapshot_edits.present(on_base) == ""


def test_walking_goes_round_from_what_is_there():
    three = document(MANGA, NEON, stack(row("night")))
    assert snapshot_edits.beside(three, 1) == "A"
    assert snapshot_edits.beside(three, -1) == "B"
    elsewhere = three.with_stack(stack(row("other")))
    assert [snapshot_edits.beside(elsewhere, step) for step in (1, -1)] == ["A", "C"]
    assert [snapshot_edits.beside(elsewhere, step, "B") for step in (1, -1)] == ["C", "A"]
    assert snapshot_edits.beside(elsewhere, 1, "gone") == "A"
    assert snapshot_edits.beside(Document(), 1) == ""


def test_walking_gets_past_equal_snapshots():
    three = snapshot_edits.applied(document(NEON, MANGA, MANGA), "A")
    at, seen = "A", []
    for _ in range(4):
        at = snapshot_edits.beside(three, 1, at)
        three = snapshot_edits.applied(three, at)
        seen.append(at)
    assert seen == ["B", "C", "A", "B"]


def test_exactly_what_is_there_is_known():
    one = document(MANGA)
    known = snapshot_edits.known_as(one)
    assert known is not None
    assert known.snapshot_id == "A"
    other = one.with_sampling(msgspec.structs.replace(one.sampling, seed=8))
    assert snapshot_edits.known_as(other) is None


# What an undo step moves.


def test_undoing_a_step_takes_back_no_other_snapshot():
    before = document(MANGA)
    after = snapshot_edits.taken(before.with_stack(NEON), "B")
    since = snapshot_edits.renamed(after, "A", "best")  # installed without a step
    back = since.moved(after, before)
    assert ids(back) == "A"
    assert names(back) == ["best"]
    assert ids(back.moved(before, after)) == "AB"


def test_undoing_a_name_leaves_alone_what_was_updated_since():
    before = document(MANGA)
    after = snapshot_edits.renamed(before, "A", "best")
    since = snapshot_edits.updated(after.with_stack(NEON), "A")
    back = since.moved(after, before)
    (kept,) = back.snapshots
    assert (kept.snapshot_id, kept.name, kept.stack) == ("A", "manga .8 + birds 1.2", NEON)


def test_undoing_an_edit_of_the_stack_leaves_all_snapshots_alone():
    before = document(MANGA)
    after = before.with_stack(NEON)
    since = snapshot_edits.taken(after, "B")
    assert ids(since.moved(after, before)) == "AB"


def test_what_came_and_went_since_stays():
    before = document(MANGA, NEON)
    after = snapshot_edits.renamed(before, "A", "best")
    since = snapshot_edits.removed(snapshot_edits.taken(after, "C"), "B")
    back = since.moved(after, before)
    assert ids(back) == "AC"
    assert names(back)[0] == "manga .8 + birds 1.2"


Edit = Callable[[Document, str], Document]


def _taken(d: Document, _: str) -> Document:
    return snapshot_edits.taken(d, snapshot_edits.new_snapshot_id())


EDITS: dict[str, Edit] = {
    "take": _taken,
    "rename": lambda d, at: snapshot_edits.renamed(d, at, "best"),
    "apply": lambda d, at: snapshot_edits.applied(d, at),
    "apply all": lambda d, at: snapshot_edits.applied(d, at, with_sampling=True),
    "update": snapshot_edits.updated,
    "remove": snapshot_edits.removed,
    "move": lambda d, at: snapshot_edits.moved(d, at, 1),
    "fill": lambda d, at: d.with_stack(stack(row("manga", len(at) + len(d.snapshots)))),
}


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 4)), max_size=25))
def test_any_edits_leave_unique_ids_and_names_and_can_be_taken_back(steps):
    now = document(MANGA, NEON)
    for name, at in steps:
        before = now
        if now.snapshots or name in ("take", "fill"):
            held = [s.snapshot_id for s in now.snapshots] or [""]
            now = EDITS[name](now, held[min(at, len(held) - 1)])
        assert len(set(names(now))) == len(names(now))
        assert len({s.snapshot_id for s in now.snapshots}) == len(now.snapshots)
        assert now.moved(now, before) == before
        assert before.moved(before, now) == now
