import pytest

from loraviewer.core.pacing import lets_finish, running_average_s, shows_previews, start_delay_s


@pytest.mark.parametrize(
    ("fraction", "since_shown_s", "average_s", "expected"),
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
    fraction, since_shown_s, average_s, expected
):
    assert lets_finish(fraction, since_shown_s, average_s) is expected


@pytest.mark.parametrize(
    ("average_s", "since_first_edit_s", "expected"),
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
def test_slow_machines_wait_for_a_pause_but_not_for_ever(average_s, since_first_edit_s, expected):
    assert start_delay_s(average_s, since_first_edit_s) == expected


def test_the_average_follows_the_newest_generation():
    assert running_average_s(None, 2.0) == 2.0
    assert running_average_s(2.0, 1.0, weight=0.25) == 1.75


@pytest.mark.parametrize(
    ("steps", "average_step_s", "expected"),
    [(10, None, True), (10, 0.05, False), (12, 0.05, True), (4, 0.05, False), (25, 2.0, True)],
)
def test_partial_pictures_are_for_pictures_one_has_to_wait_for(steps, average_step_s, expected):
    assert shows_previews(steps, average_step_s) is expected
