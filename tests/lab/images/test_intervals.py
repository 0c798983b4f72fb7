"""Intervals: as often right as they say, whatever is drawn, and the same every time."""

import math

import numpy as np
import pytest

from loraviewer.lab.images.intervals import crossed_interval, interval


def prompts_and_seeds(
    prompts: int, seeds: int, rng: np.random.Generator, between: float = 1.0, within: float = 1.0
) -> np.ndarray:
    shared = between * rng.standard_normal((prompts, 1))
    return shared + within * rng.standard_normal((prompts, seeds))


def coverage(prompts: int, seeds: int, runs: int = 400) -> float:
    rng = np.random.default_rng(prompts)
    found = [
        interval(prompts_and_seeds(prompts, seeds, rng).tolist(), seed=run, draws=1000)
        for run in range(runs)
    ]
    return sum(one.low <= 0 <= one.high for one in found) / runs


def test_the_mean_is_of_prompts_each_counting_alike():
    found = interval([[1.0, 3.0], [10.0], [4.0, 4.0, 4.0, 4.0]])
    assert found.mean == pytest.approx((2 + 10 + 4) / 3)
    assert (found.prompts, found.pictures, found.over) == (3, 7, "prompts")
    assert found.low <= found.mean <= found.high


@pytest.mark.parametrize(("prompts", "least"), [(8, 0.91), (16, 0.92), (32, 0.93)])
def test_it_holds_the_truth_as_often_as_it_says(prompts, least):
    assert least <= coverage(prompts, 4) <= 0.98


def test_with_four_prompts_it_is_less_than_it_says_and_is_no_claim():
    assert 0.80 <= coverage(4, 8) < 0.95
    assert not interval(np.eye(4).tolist()).is_enough
    assert not interval([np.arange(100.0).tolist()]).is_enough
    assert interval(np.eye(8).tolist()).is_enough


def test_drawing_pictures_as_if_they_had_nothing_in_common_would_be_too_narrow():
    rng = np.random.default_rng(5)
    table = prompts_and_seeds(8, 16, rng, between=1.0, within=0.1)
    honest, naive = interval(table.tolist()), interval([table.ravel().tolist()])
    assert honest.high - honest.low > 3 * (naive.high - naive.low)
    assert honest.mean == pytest.approx(naive.mean)


def test_one_prompt_speaks_for_its_seeds():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(50)
    found = interval([values.tolist()])
    error = values.std(ddof=1) / math.sqrt(50)
    assert (found.over, found.prompts, found.pictures) == ("seeds", 1, 50)
    assert found.high - found.low == pytest.approx(2 * 2.01 * error, rel=0.06)


def test_equal_numbers_have_no_width_and_one_has_no_end():
    assert interval([[5.0, 5.0], [5.0]]).low == interval([[5.0], [5.0]]).high == 5.0
    alone = interval([[5.0]])
    assert (alone.low, alone.mean, alone.high) == (-math.inf, 5.0, math.inf)
    assert not alone.excludes_zero


def test_the_same_numbers_and_seed_give_the_same_interval():
    table = prompts_and_seeds(6, 3, np.random.default_rng(2)).tolist()
    assert interval(table, seed=7) == interval(table, seed=7)
    assert interval(table, seed=7) != interval(table, seed=8)


def test_shifted_and_stretched_numbers_have_the_interval_shifted_and_stretched():
    table = prompts_and_seeds(6, 3, np.random.default_rng(2))
    found, other = interval(table.tolist()), interval((3 * table + 10).tolist())
    expected = [3 * end + 10 for end in (found.low, found.mean, found.high)]
    assert [other.low, other.mean, other.high] == pytest.approx(expected)


def test_the_order_of_seeds_counts_for_nothing():
    table = prompts_and_seeds(6, 5, np.random.default_rng(2))
    mixed = table[:, ::-1]
    assert interval(mixed.tolist()).low == pytest.approx(interval(table.tolist()).low)


def test_a_higher_level_is_wider_and_the_sign_is_known_where_zero_is_outside():
    table = (prompts_and_seeds(10, 4, np.random.default_rng(3)) + 3).tolist()
    wide, narrow = interval(table, level=0.99), interval(table, level=0.5)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert narrow.excludes_zero
    assert not interval(prompts_and_seeds(10, 4, np.random.default_rng(3)).tolist()).excludes_zero


def test_prompts_and_seeds_together_hold_what_equal_seeds_share():
    """Every prompt goes through the same eight seeds, of which each has its own shift."""
    rng, held, held_by_prompts = np.random.default_rng(4), 0, 0
    for run in range(300):
        table = 0.3 * rng.standard_normal((12, 8)) + rng.standard_normal((1, 8))
        both, prompts = (
            one(table.tolist(), seed=run, draws=1000) for one in (crossed_interval, interval)
        )
        held += both.low <= 0 <= both.high
        held_by_prompts += prompts.low <= 0 <= prompts.high
    assert held / 300 >= 0.9
    assert held_by_prompts / 300 < 0.5
    assert (both.over, both.prompts, both.pictures) == ("both", 12, 96)


def test_what_has_no_interval_is_refused():
    for values in ([], [[]], [[1.0], []], [[1.0, math.nan]]):
        with pytest.raises(ValueError):
            interval(values)
    with pytest.raises(ValueError, match="full table"):
        crossed_interval([[1.0, 2.0], [3.0]])
