import pytest

from loraviewer.core.pacing import (
    Pace,
    lets_finish,
    settling_pause_s,
    shows_previews,
    start_delay_s,
)


@pytest.mark.parametrize(
    ("fraction", "since_shown_s", "expected_s", "answer"),
    [
        (0.0, 0.0, None, False),
        (0.69, 0.5, 0.6, False),
        (0.70, 0.0, 0.6, True),
        (0.1, 1.19, 0.6, False),
        (0.1, 1.2, 0.6, True),
        (0.5, 100.0, None, False),
    ],
)
def test_a_superseded_job_finishes_when_nearly_done_or_starving(
    fraction, since_shown_s, expected_s, answer
):
    assert lets_finish(fraction, since_shown_s, expected_s) is answer


@pytest.mark.parametrize(
    ("expected_s", "since_first_edit_s", "answer"),
    [
        (None, 0.0, 0.0),
        (0.6, 0.0, 0.0),
        (1.5, 0.0, 0.0),
        (1.6, 0.0, 0.25),
        (10.0, 2.9, pytest.approx(0.1)),
        (10.0, 3.0, 0.0),
        (10.0, 9.0, 0.0),
    ],
)
def test_slow_machines_wait_for_a_pause_but_not_for_ever(expected_s, since_first_edit_s, answer):
    assert start_delay_s(expected_s, since_first_edit_s) == answer


@pytest.mark.parametrize(
    ("merging_s", "answer"), [(0.0, 0.0), (0.09, 0.0), (0.1, 0.2), (0.4, 0.8), (0.5, 1), (9, 1)]
)
def test_an_adapter_for_drafts_stays_in_the_weights_as_long_as_both_ways_take(merging_s, answer):
    assert settling_pause_s(merging_s) == pytest.approx(answer)


def test_a_pause_is_kept_on_quick_machines_too_but_not_for_ever():
    assert start_delay_s(0.6, 0.0, 0.8) == 0.8
    assert start_delay_s(10.0, 0.0, 0.1) == 0.25
    assert start_delay_s(0.6, 2.5, 0.8) == pytest.approx(0.5)
    assert start_delay_s(0.6, 3.0, 0.8) == 0.0


def test_the_pace_follows_the_newest_picture():
    pace = Pace().learnt(is_draft=False, steps=10, seconds=2.0)
    assert pace.settled_step_s == 0.2
    assert pace.learnt(is_draft=False, steps=5, seconds=0.5).settled_step_s == pytest.approx(0.17)


def test_drafts_and_settled_pictures_have_a_pace_of_their_own():
    pace = Pace().learnt(is_draft=False, steps=25, seconds=25.0)
    pace = pace.learnt(is_draft=True, steps=4, seconds=0.6)
    assert pace.expected_s(is_draft=True, steps=4) == pytest.approx(0.6)
    assert pace.expected_s(is_draft=False, steps=25) == pytest.approx(25.0)


def test_the_first_of_a_kind_is_expected_by_the_other():
    assert Pace().expected_s(is_draft=True, steps=4) is None
    pace = Pace().learnt(is_draft=False, steps=10, seconds=5.0)
    assert pace.expected_s(is_draft=True, steps=4) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("expected_s", "answer"), [(None, True), (0.5, False), (0.6, True), (50.0, True)]
)
def test_partial_pictures_are_for_pictures_one_has_to_wait_for(expected_s, answer):
    assert shows_previews(expected_s) is answer
