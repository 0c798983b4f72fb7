"""What differs between two stacks, with known answers."""

from typing import Any

import msgspec
import pytest

from loraviewer.core import pane_edits, snapshot_edits
from loraviewer.core.document import Document
from loraviewer.core.request import Sampling
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_diff import DiffLine, Side, compare, diff_text, sides, signed


def row(name: str, scale: float = 1.0, **fields) -> StackEntry:
    usual: dict[str, Any] = {"entry_id": name, "path": name, "sha256": name}
    return StackEntry(name=name, scale=scale, **(usual | fields))


def side(*rows: StackEntry, master: float = 1.0, **sampling) -> Side:
    return Side("", "x", AdapterStack(entries=rows, master=master), Sampling(**sampling))


@pytest.mark.parametrize(
    ("left", "right", "line"),
    [
        (row("a", 0.8), row("a", 0.8), DiffLine("", "a", "0.8", "0.8")),
        (row("a", 0.8), row("a", 0.5), DiffLine("≠", "a", "0.8", "0.5", "−0.3")),
        (row("a", -1.0), row("a", 2.5), DiffLine("≠", "a", "-1", "2.5", "+3.5")),
        (row("a"), row("a", is_enabled=False), DiffLine("≠", "a", "1", "1, off", "switched off")),
        (row("a", is_solo=True), row("a"), DiffLine("≠", "a", "1, solo", "1", "no solo")),
        (
            row("a", 0.8),
            row("a", 0.8, text_scale=0.8),
            DiffLine("≠", "a", "0.8", "0.8, text 0.8", "text on its own"),
        ),
        (
            row("a", text_scale=0.25),
            row("a", text_scale=0.5, is_solo=True),
            DiffLine("≠", "a", "1, text 0.25", "1, text 0.5, solo", "text +0.25, solo"),
        ),
        (
            row("a", is_enabled=False, insisted_on="base"),
            row("a"),
            DiffLine("≠", "a", "1, off, insisted on", "1", "switched on, not insisted on"),
        ),
    ],
)
def test_a_row_on_both_sides(left, right, line):
    assert compare(side(left), side(right)).lines == (line,)


def test_rows_on_one_side_are_marked_and_what_differs_comes_first():
    left = side(row("same"), row("gone", 0.5), row("moved", 0.1))
    right = side(row("new", 2.0), row("moved", 0.2), row("same"), master=0.5)
    told = compare(left, right)
    assert told.lines == (
        DiffLine("−", "gone", "0.5", "", "removed"),
        DiffLine("≠", "moved", "0.1", "0.2", "+0.1"),
        DiffLine("+", "new", "", "2", "added"),
        DiffLine("≠", "Master", "× 1", "× 0.5", "−0.5"),
        DiffLine("", "same", "1", "1"),
    )
    assert told.count == 4
    assert told.is_reordered
    assert not told.is_same_picture


def test_only_settings_that_differ_are_told():
    left = side(prompt="a red cat", seed=3, steps=8, guidance_scale=4.5)
    right = side(prompt="a green cat", seed=9, steps=20, guidance_scale=4.0, width=64)
    assert compare(left, right).lines == (
        DiffLine("≠", "Prompt", "a red cat", "a green cat", "− red + green"),
        DiffLine("≠", "Seed", "3", "9"),
        DiffLine("≠", "Steps", "8", "20", "+12"),
        DiffLine("≠", "Guidance", "4.5", "4", "−0.5"),
        DiffLine("≠", "Size", "128×128", "64×128"),
    )
    assert compare(side(), side()).lines == ()


def test_a_row_that_was_added_again_is_the_same():
    told = compare(side(row("a", 0.8)), side(row("a", 0.5, entry_id="new")))
    assert [line.sign for line in told.lines] == ["≠"]


def test_two_rows_of_one_adapter_are_paired_by_their_ids():
    first, second = row("a", 0.1), row("a", 0.9, entry_id="b")
    told = compare(side(first, second), side(second))
    assert [(line.sign, line.left, line.right) for line in told.lines] == [
        ("−", "0.1", ""),
        ("", "0.9", "0.9"),
    ]


def test_a_row_that_took_another_file_is_another():
    told = compare(side(row("a")), side(row("a", sha256="other")))
    assert [line.sign for line in told.lines] == ["−", "+"]


@pytest.mark.parametrize(
    ("right", "is_same"),
    [
        (side(row("b"), row("a")), True),
        (side(row("a"), row("b"), row("c", is_enabled=False)), True),
        (side(row("a"), row("b"), row("c", 0.0)), True),
        (side(row("a", 0.5), row("b", 0.5), master=2.0), True),
        (side(row("a"), row("b"), row("c", 0.1)), False),
        (side(row("a"), row("b"), seed=8), False),
    ],
)
def test_whether_the_pictures_differ(right, is_same):
    assert compare(side(row("a"), row("b")), right).is_same_picture == is_same


def test_copied_as_text_it_is_a_table():
    left = msgspec.structs.replace(side(row("a\tb", 0.8), prompt="one"), name="“best”")
    right = msgspec.structs.replace(side(row("c"), prompt=""), name="Present")
    assert diff_text(left, right, compare(left, right)).splitlines() == [
        "\t\t“best”\tPresent\tchange",
        "−\ta b\t0.8\t\tremoved",
        "+\tc\t\t1\tadded",
        "≠\tPrompt\tone",
    ]


def test_all_that_can_be_compared_is_the_present_the_panes_and_the_snapshots():
    stack = AdapterStack(entries=(row("a", 0.8),))
    document = Document().with_stack(stack)
    assert [one.name for one in sides(document)] == ["Present", "Base", "Current"]
    pinned = snapshot_edits.taken(pane_edits.pinned(document, "new"), "id")
    assert [one.name for one in sides(pinned)] == ["Present", "Base", "Pane B", "Pane C", "“a .8”"]
    assert [one.stack for one in sides(pinned)] == [stack, AdapterStack(), stack, stack, stack]
    assert sides(pinned)[-1].key == "snapshot id"


def test_a_frozen_pane_is_compared_with_its_own_prompt():
    frozen = pane_edits.frozen(Document(), "base")
    moved = frozen.with_sampling(msgspec.structs.replace(frozen.sampling, seed=99))
    assert [one.sampling.seed for one in sides(moved)] == [99, 7, 99]


@pytest.mark.parametrize(
    ("value", "text"), [(0.4, "+0.4"), (0.5 - 0.8, "−0.3"), (1e-9, "+1e-9"), (-12.0, "−12")]
)
def test_changes_have_a_sign(value, text):
    assert signed(value) == text


def test_long_texts_are_not_compared_word_by_word():
    long = " ".join(map(str, range(100_000)))
    assert compare(side(prompt=long), side(prompt=long[1:])).lines[0].change == ""
