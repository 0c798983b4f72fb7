"""Equal energy, checked against the definition on vectors that are really added up."""

import math

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loraviewer.core.balance import BalancedRow, Norms, balanced, rounded, rows_to_balance
from loraviewer.core.stack import AdapterStack, StackEntry

NUMBERS = st.floats(-20.0, 20.0).filter(lambda x: x == 0.0 or abs(x) > 1e-3)
SIZES = st.one_of(st.just(0.0), st.floats(1e-4, 1e4))


@st.composite
def groups(draw: st.DrawFn) -> list[tuple[StackEntry, Norms | None]]:
    rows = []
    for place in range(draw(st.integers(0, 6))):
        text = draw(st.one_of(st.none(), NUMBERS))
        entry = row(str(place), draw(NUMBERS), text)
        rows.append((entry, draw(st.one_of(st.none(), st.tuples(SIZES, SIZES)))))
    return rows


def row(entry_id: str, scale: float, text_scale: float | None = None) -> StackEntry:
    return StackEntry(
        entry_id=entry_id,
        name=entry_id,
        path=entry_id,
        sha256=entry_id,
        scale=scale,
        text_scale=text_scale,
    )


def energy(norms: Norms, scale: float, text_scale: float | None) -> float:
    """‖sΔW‖² of an adapter that is two numbers: all that it changes in the picture, and in text."""
    text = scale if text_scale is None else text_scale
    return (scale * norms[0]) ** 2 + (text * norms[1]) ** 2


def proposals(group: list[tuple[StackEntry, Norms | None]]) -> tuple[BalancedRow, ...]:
    known = {entry.entry_id: norms for entry, norms in group}
    return balanced([entry for entry, _ in group], lambda entry: known[entry.entry_id])


@given(groups())
def test_all_have_the_same_energy_and_together_as_much_as_before(group) -> None:
    before, after, each = 0.0, 0.0, []
    for one, (entry, norms) in zip(proposals(group), group, strict=True):
        if norms is None:
            continue
        before += energy(norms, entry.scale, entry.text_scale)
        after += energy(norms, one.scale, one.text_scale)
        each += [energy(norms, one.scale, one.text_scale)] * (not one.left)
    assert after == pytest.approx(before, rel=1e-9)
    if len(each) > 1:
        assert each == pytest.approx([each[0]] * len(each), rel=1e-9)


@given(groups())
def test_signs_and_the_ratio_of_both_faders_stay(group) -> None:
    for one in proposals(group):
        own = one.row
        assert math.copysign(1.0, one.scale) == math.copysign(1.0, own.scale) or not own.scale
        assert (one.text_scale is None) == (own.text_scale is None)
        if own.text_scale is not None and one.text_scale is not None:
            assert one.scale * own.text_scale == pytest.approx(one.text_scale * own.scale)


@given(groups())
def test_a_row_without_energy_stays_and_says_why(group) -> None:
    for one, (entry, norms) in zip(proposals(group), group, strict=True):
        has_energy = norms is not None and energy(norms, entry.scale, entry.text_scale) > 0.0
        assert bool(one.left) == (not has_energy)
        if one.left:
            assert (one.scale, one.text_scale) == (entry.scale, entry.text_scale)


@given(groups())
def test_what_is_in_balance_stays_so(group) -> None:
    once = proposals(group)
    assume(sum(not one.left for one in once) > 1)
    rows = [
        msgspec.structs.replace(one.row, scale=one.scale, text_scale=one.text_scale) for one in once
    ]
    again = proposals([(entry, norms) for entry, (_, norms) in zip(rows, group, strict=True)])
    for one, entry in zip(again, rows, strict=True):
        assert one.scale == pytest.approx(entry.scale, rel=1e-9)


@given(groups(), st.randoms())
def test_the_order_of_the_rows_changes_nothing(group, chance) -> None:
    mixed = list(group)
    chance.shuffle(mixed)
    told = {one.row.entry_id: one.scale for one in proposals(mixed)}
    for one in proposals(group):
        assert told[one.row.entry_id] == pytest.approx(one.scale, rel=1e-12)


def test_one_of_norm_3_and_one_of_norm_4() -> None:
    """Together 25 of energy, half of it each: √12.5 / 3 and √12.5 / 4."""
    one, other = proposals([(row("a", 1.0), (3.0, 0.0)), (row("b", -1.0), (0.0, 4.0))])
    assert one.scale == pytest.approx(math.sqrt(12.5) / 3.0)
    assert other.scale == pytest.approx(-math.sqrt(12.5) / 4.0)
    assert (one.size, other.size) == (3.0, 4.0)
    assert one.proposed_size == pytest.approx(other.proposed_size)
    assert rounded(one).scale == 1.179


def test_why_rows_stay() -> None:
    group = [
        (row("unknown", 1.0), None),
        (row("broken", 1.0), (math.nan, 1.0)),
        (row("empty", 1.0), (0.0, 0.0)),
        (row("silent", 0.0), (2.0, 2.0)),
        (row("silent text", 0.0, 0.5), (2.0, 0.0)),
        (row("beyond", 1e300), (1e300, 0.0)),
    ]
    whys = [one.left for one in proposals(group)]
    assert whys == ["unknown", "unknown", "empty", "silent", "silent", "beyond"]


def test_one_alone_stays() -> None:
    (alone,) = proposals([(row("a", 0.7), (3.0, 1.0))])
    assert (alone.scale, alone.left) == (0.7, "")


def test_a_strength_beyond_all_numbers_leaves_the_others_in_balance() -> None:
    tiny, one, other = proposals(
        [(row("a", 1e290), (1e-300, 0.0)), (row("b", 1.0), (1e20, 0)), (row("c", 1.0), (3e20, 0))]
    )
    assert (tiny.left, tiny.scale) == ("beyond", 1e290)
    assert one.proposed_size == pytest.approx(math.sqrt(5.0) * 1e20)
    assert other.proposed_size == pytest.approx(math.sqrt(5.0) * 1e20)


def test_huge_energies_are_balanced_without_overflow() -> None:
    one, other = proposals([(row("a", 1.0), (1e200, 0)), (row("b", 1.0), (1e200, 0))])
    assert (one.scale, other.scale) == (pytest.approx(1.0), pytest.approx(1.0))


def test_two_that_are_selected_are_meant_else_all_that_are_applied() -> None:
    stack = AdapterStack(entries=tuple(row(i, 1.0) for i in "abc"))
    applied = stack.entries[1:]
    assert rows_to_balance(stack, ("c", "a"), applied) == ("a", "c")
    assert rows_to_balance(stack, ("a",), applied) == ("b", "c")
