"""Panes of a document: which are seen, and that no history of edits breaks what must hold."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core import pane_edits
from loraviewer.core.document import LAYOUTS, MOST_PANES, Document, Layout, PaneId, PaneSpec
from loraviewer.core.pane_names import pane_letter, pane_name
from loraviewer.core.stack import AdapterStack, StackEntry


def stack(name: str, scale: float = 1.0) -> AdapterStack:
    entry = StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=scale)
    return AdapterStack(entries=(entry,))


def document(*others: str, active: str = "current", layout: Layout = 2) -> Document:
    """The base, and panes with a stack each."""
    base = PaneSpec(pane_id="base", is_base=True)
    held = (PaneSpec(pane_id=name, stack=stack(name)) for name in others)
    return Document(panes=(base, *held), active=active, layout=layout)


def ids(panes: tuple[PaneSpec, ...]) -> list[PaneId]:
    return [pane.pane_id for pane in panes]


@pytest.mark.parametrize(
    ("layout", "active", "seen"),
    [
        (1, "C", ["C"]),
        (2, "B", ["base", "B"]),
        (2, "base", ["base", "B"]),
        (2, "D", ["base", "D"]),
        (4, "E", ["base", "B", "C", "E"]),
        (6, "E", ["base", "B", "C", "D", "E"]),
    ],
)
def test_the_first_panes_are_seen_and_always_the_active_one(layout, active, seen):
    five = document("B", "C", "D", "E", active=active, layout=layout)
    assert ids(five.visible()) == seen


@pytest.mark.parametrize(
    ("layout", "walk", "seen"),
    [
        (2, ["D", "base"], ["base", "D"]),
        (2, ["D", "base", "D", "base"], ["base", "D"]),
        (2, ["D", "base", "B"], ["base", "B"]),
        (2, ["D", "E", "base"], ["base", "E"]),
        (2, ["D", "B", "base"], ["base", "B"]),
        (4, ["E", "B", "base"], ["base", "B", "C", "E"]),
        (1, ["D", "base"], ["base"]),
    ],
)
def test_going_to_a_pane_that_is_seen_leaves_all_others_where_they_are(layout, walk, seen):
    five = document("B", "C", "D", "E", active="B", layout=layout)
    for pane_id in walk:
        five = pane_edits.activated(five, pane_id)
    assert ids(five.visible()) == seen


def test_a_pane_in_the_last_place_comes_back_with_its_layout_and_goes_when_it_is_closed():
    two = pane_edits.activated(document("B", "C", "D", active="D"), "base")
    four = pane_edits.with_layout(two, 4)
    assert ids(four.visible()) == ["base", "B", "C", "D"]
    assert ids(pane_edits.with_layout(four, 2).visible()) == ["base", "D"]
    elsewhere = pane_edits.activated(four, "C")
    assert ids(pane_edits.with_layout(pane_edits.activated(elsewhere, "base"), 2).visible()) == [
        "base",
        "B",
    ]
    assert ids(pane_edits.closed(two, "D").visible()) == ["base", "B"]


def test_panes_that_are_looked_at_are_wanted_though_they_are_not_seen():
    four = document("B", "C", "D", active="B")
    assert ids(four.wanted(["D", "B", "gone"])) == ["B", "base", "D"]
    compared = pane_edits.with_reference(four, "D")
    assert ids(compared.wanted(["D", "C"])) == ["B", "base", "C", "D"]


def test_the_active_pane_is_the_most_urgent_and_the_base_is_there_to_be_held_up():
    assert ids(document("B", "C", active="C").wanted()) == ["C", "base"]
    assert ids(document("B", "C", active="C", layout=1).wanted()) == ["C", "base"]
    assert ids(document("B", "C", active="base").wanted()) == ["base", "B"]


def test_a_pin_is_a_copy_in_the_next_free_place():
    pinned = pane_edits.pinned(document("B", active="B", layout=4), "new")
    assert ids(pinned.panes) == ["base", "B", "new"]
    assert pinned.pane("new").stack == stack("B")
    assert (pinned.active, pinned.layout) == ("B", 4)


def test_a_layout_without_a_free_place_grows():
    full = document("B", active="B")
    grown = [full]
    for name in "CDEF":
        grown.append(pane_edits.pinned(grown[-1], name))
    assert [d.layout for d in grown] == [2, 4, 4, 6, 6]
    assert not pane_edits.can_pin(grown[-1])
    with pytest.raises(ValueError, match="6 panes"):
        pane_edits.pinned(grown[-1], "G")


def test_a_copy_of_the_base_is_an_empty_stack_to_be_filled():
    pinned = pane_edits.pinned(document("B", active="base"), "new")
    assert pinned.active == "new"
    assert not pinned.pane("new").is_base
    assert pinned.stack == AdapterStack()


def test_a_duplicate_is_active():
    assert pane_edits.duplicated(document("B", active="B"), "new").active == "new"


@pytest.mark.parametrize(("closed", "active"), [("B", "C"), ("D", "C"), ("C", "D")])
def test_where_the_active_pane_goes_a_neighbour_with_a_stack_is_active(closed, active):
    left = pane_edits.closed(document("B", "C", "D", active=closed), closed)
    assert left.active == active
    assert closed not in ids(left.panes)


def test_the_base_beside_a_closed_pane_is_passed_over():
    base_between = pane_edits.moved(document("B", "C", "D", active="B"), "base", 1)
    assert ids(base_between.panes) == ["B", "base", "C", "D"]
    assert pane_edits.closed(base_between, "C").active == "B"
    assert pane_edits.closed(pane_edits.activated(base_between, "B"), "B").active == "base"


def test_neither_the_base_nor_the_last_pane_beside_it_can_be_closed():
    two, three = document("B", active="B"), document("B", "C", active="B")
    assert not pane_edits.can_close(two, "B")
    assert not pane_edits.can_close(three, "base")
    with pytest.raises(ValueError, match="cannot be closed"):
        pane_edits.closed(three, "base")


def test_panes_change_places():
    three = document("B", "C", active="B")
    assert ids(pane_edits.swapped(three, "base", "C").panes) == ["C", "B", "base"]
    assert ids(pane_edits.moved(three, "base", 2).panes) == ["B", "C", "base"]
    assert ids(pane_edits.moved(three, "C", 0).panes) == ["C", "base", "B"]


def test_a_stack_is_copied_but_never_to_the_base():
    three = document("B", "C", active="B")
    assert pane_edits.copied_to(three, "C").pane("C").stack == stack("B")
    with pytest.raises(ValueError, match="no adapters"):
        pane_edits.copied_to(three, "base")


def test_a_frozen_pane_keeps_its_sampling_while_the_others_follow():
    three = document("B", "C", active="B")
    frozen = pane_edits.frozen(three, "C")
    moved = frozen.with_sampling(msgspec.structs.replace(three.sampling, seed=99))
    assert moved.sampling_of("C").seed == three.sampling.seed
    assert moved.sampling_of("B").seed == 99
    assert pane_edits.thawed(moved, "C").sampling_of("C").seed == 99


def test_where_the_reference_goes_the_base_is_it_again():
    compared = pane_edits.with_reference(document("B", "C", active="B", layout=1), "C")
    assert ids(compared.wanted()) == ["B", "C"]
    assert pane_edits.closed(compared, "C").reference == "base"


def test_going_round_comes_back():
    three = document("B", "C", active="C")
    assert pane_edits.beside(three, 1) == "base"
    assert pane_edits.beside(three, -1) == "B"


def test_names_are_letters_by_place_and_plain_words_for_two():
    assert [pane_name(document("B", active="B"), p) for p in ("base", "B")] == ["Base", "Current"]
    three = document("B", "C", active="B")
    assert [pane_name(three, pane_id) for pane_id in ("base", "B", "C")] == ["Base", "B", "C"]
    assert pane_letter(pane_edits.moved(three, "C", 0), "C") == "A"


# Any history.

PLACES = st.integers(0, MOST_PANES)


def _on(pick: Callable[[Document, PaneId], Document]) -> Callable[[Document, int], Document]:
    """An edit of the pane in a place, the last one where there are fewer."""
    return lambda d, at: pick(d, d.panes[min(at, len(d.panes) - 1)].pane_id)


def _closed(d: Document, pane_id: PaneId) -> Document:
    return pane_edits.closed(d, pane_id) if pane_edits.can_close(d, pane_id) else d


def _pinned(d: Document, at: int) -> Document:
    return pane_edits.pinned(d, pane_edits.new_pane_id()) if pane_edits.can_pin(d) else d


def _copied(d: Document, pane_id: PaneId) -> Document:
    return d if d.pane(pane_id).is_base else pane_edits.copied_to(d, pane_id)


def _filled(d: Document, at: int) -> Document:
    return d if d.pane(d.active).is_base else d.with_stack(stack("manga", at / 10))


EDITS: dict[str, Callable[[Document, int], Document]] = {
    "activate": _on(pane_edits.activated),
    "layout": lambda d, at: pane_edits.with_layout(d, LAYOUTS[at % len(LAYOUTS)]),
    "pin": _pinned,
    "close": _on(_closed),
    "swap": _on(lambda d, pane_id: pane_edits.swapped(d, d.active, pane_id)),
    "move": lambda d, at: pane_edits.moved(d, d.active, at),
    "copy": _on(_copied),
    "freeze": _on(pane_edits.frozen),
    "thaw": _on(pane_edits.thawed),
    "fill": _filled,
    "compare": _on(pane_edits.with_reference),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(EDITS)), PLACES), max_size=30))
def test_any_edits_leave_one_base_unique_ids_and_an_active_pane_that_is_seen(steps):
    now = Document()
    for name, at in steps:
        before, now = now, EDITS[name](now, at)
        assert [pane.is_base for pane in now.panes].count(True) == 1
        assert now.base.stack == AdapterStack()
        assert len(set(ids(now.panes))) == len(now.panes) <= MOST_PANES
        assert now.active in ids(now.visible())
        assert {now.active, now.reference} <= set(ids(now.wanted()))
        assert len(now.visible()) <= now.layout
        assert any(not pane.is_base for pane in now.panes)
        if name == "activate" and now.active in ids(before.visible()):
            assert now.visible() == before.visible()
        if name != "activate":  # which is no step
            assert now.moved(now, before) == before
            assert before.moved(before, now) == now
