"""The plane over two faders: its points, and the order in which they are made."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.map_cells import (
    MASTER,
    RESOLUTIONS,
    Span,
    affordable,
    coarse_to_fine,
    fader_value,
    level_of,
    level_points,
    nearest,
    usual_faders,
    usual_span,
    values,
    with_fader,
)
from loraviewer.core.stack import AdapterStack, StackEntry


def row(name: str, scale: float = 1.0, *, on: bool = True) -> StackEntry:
    return StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=scale, is_enabled=on)


def test_the_usual_side_has_even_steps_and_the_present_strength_in_its_middle():
    span = usual_span(0.8)
    assert values(span, 3) == (0.0, 0.8, 1.6)
    assert values(span, 9) == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_around_any_strength_there_is_a_usual_side(value):
    span = usual_span(value)
    along = values(span, 9)
    assert span.problem() == ""
    assert list(along) == sorted(set(along))
    assert coarse_to_fine(3, (span.share(value), 0.5))


def test_an_odd_strength_lies_between_even_steps():
    assert values(usual_span(0.83), 3) == (0.05, 0.85, 1.65)


def test_a_side_through_zero_has_no_negative_zero():
    assert str(values(Span(-1.0, 1.0), 3)[1]) == "0.0"


def test_three_points_come_first_the_nearest_of_them_first():
    order = coarse_to_fine(5, (1.0, 1.0))
    assert order[0] == (4, 4)
    assert set(order[:9]) == {(x, y) for x in (0, 2, 4) for y in (0, 2, 4)}
    assert order[9] == (3, 4)
    assert order[-1] == (1, 0)


def test_levels_by_hand():
    assert [level_of((i, 0), 9) for i in range(9)] == [3, 9, 5, 9, 3, 9, 5, 9, 3]
    assert level_points(3, 5) == tuple((x, y) for y in (0, 2, 4) for x in (0, 2, 4))


shares = st.floats(-2, 3)


@given(st.sampled_from(RESOLUTIONS), shares, shares)
def test_every_point_once_coarse_before_fine_near_before_far(resolution, x, y):
    order = coarse_to_fine(resolution, (x, y))
    assert len(order) == len(set(order)) == resolution**2
    last = resolution - 1
    ranks = [
        (level_of(p, resolution), round(math.hypot(p[0] / last - x, p[1] / last - y), 9))
        for p in order
    ]
    assert ranks == sorted(ranks)


@given(st.floats(-20, 20), st.floats(0.02, 30), st.sampled_from(RESOLUTIONS))
def test_values_rise_from_end_to_end_and_coarse_ones_are_among_fine_ones(low, length, count):
    span = Span(round(low, 3), round(low + length, 3))
    fine = values(span, 9)
    assert (fine[0], fine[-1]) == (span.low, span.high)
    assert list(fine) == sorted(set(fine))
    assert set(values(span, count)) <= set(fine)


@pytest.mark.parametrize("span", [Span(1.0, 1.0), Span(1.0, 0.0), Span(0.0, math.inf)])
def test_ends_that_make_no_side_are_told(span):
    assert span.problem().endswith(".")


def test_a_missing_picture_is_stood_in_for_by_the_nearest():
    assert nearest((1, 1), [(0, 4), (2, 2), (4, 4)]) == (2, 2)
    assert nearest((1, 1), []) is None


@pytest.mark.parametrize(
    ("seconds", "resolution"), [(0.1, 9), (1.0, 5), (10.0, 3), (100.0, 3), (None, 3)]
)
def test_no_finer_than_can_be_waited_for(seconds, resolution):
    assert affordable(seconds, 60.0) == resolution


def test_faders_that_are_applied_come_first_and_the_master_fills_up():
    of = AdapterStack(entries=(row("a", on=False), row("b"), row("c")))
    assert usual_faders(of) == ("b", "c")
    assert usual_faders(of.without("c")) == ("b", MASTER)
    assert usual_faders(AdapterStack(entries=(row("a", on=False), row("b", on=False)))) == (
        "a",
        "b",
    )
    assert usual_faders(AdapterStack()) is None


def test_a_fader_is_a_row_or_the_master():
    of = AdapterStack(entries=(row("a", 0.5),))
    changed = with_fader(with_fader(of, "a", 0.7), MASTER, 1.5)
    assert (fader_value(changed, "a"), fader_value(changed, MASTER)) == (0.7, 1.5)
