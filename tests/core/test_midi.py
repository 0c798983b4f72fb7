"""What a MIDI control means for a row, and which control moves which."""

import pytest

from loraviewer.core.midi import ControlMoved, strength_at, with_bound

USUAL = (-1.0, 2.0)


@pytest.mark.parametrize(
    ("value", "ends", "strength"),
    [
        (0, USUAL, -1.0),
        (127, USUAL, 2.0),
        (42, USUAL, 0.0),
        (85, USUAL, 1.0),
        (43, USUAL, 0.02),
        (64, (0.0, 1.0), 0.5),
        (200, USUAL, 2.0),
        (-5, USUAL, -1.0),
        (0, (2.0, 5.0), 2.0),
    ],
)
def test_a_place_is_a_strength(value, ends, strength):
    assert strength_at(value, ends) == strength


def test_zero_and_one_are_reached_whatever_the_range():
    for ends in (USUAL, (-15.0, 15.0), (-2.0, 2.0), (-5.0, 5.0), (0.0, 1.0)):
        reached = {strength_at(value, ends) for value in range(128)}
        assert {0.0, 1.0} <= reached


def test_moving_up_never_goes_down():
    way = [strength_at(value, USUAL) for value in range(128)]
    assert way == sorted(way)


def test_one_control_for_a_row_and_one_row_for_a_control():
    bound = with_bound({"1/7": 1, "1/8": 2}, "1/7", 2)
    assert bound == {"1/7": 2}
    assert with_bound(bound, "2/7", 1) == {"1/7": 2, "2/7": 1}


def test_channels_are_counted_as_people_do():
    assert ControlMoved(channel=0, control=7, value=3).key == "1/7"
