"""What the energy bar's zones are computed with, against known answers and plain loops."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from resources.demo.train.measuring.zones.fits import Falling, draws, interval, rank_correlation
from resources.demo.train.measuring.zones.ssim import C1, C2, LUMA, SIDE, similarity
from resources.demo.train.measuring.zones.stacks import DEPTHS, NAMES, STRENGTHS, trials


def test_shares_that_fall_are_kept_and_limits_lie_between_them() -> None:
    x, counted = np.array([4.0, 1, 2, 8]), np.full(4, 10.0)
    fitted = Falling.fitted(x, np.array([4.0, 10, 8, 0]), counted)
    assert fitted.shares.tolist() == [1.0, 0.8, 0.4, 0.0]
    assert fitted.at(0.9) == pytest.approx(2**0.5)
    assert fitted.at(0.5) == pytest.approx(8**0.5)


def test_shares_that_would_rise_are_taken_together() -> None:
    x, right = np.array([1.0, 2, 3, 4]), np.array([10.0, 5, 9, 1])
    fitted = Falling.fitted(x, right, np.array([10.0, 10, 10, 10]))
    assert fitted.shares == pytest.approx([1.0, 0.7, 0.7, 0.1])


@pytest.mark.parametrize("seed", range(20))
def test_falling_shares_are_those_of_the_min_max_formula(seed: int) -> None:
    """share at i = min over j ≤ i of max over k ≥ i of the share of all from j to k."""
    rng = np.random.default_rng(seed)
    counted = rng.integers(1, 17, 12).astype(float)
    right = np.floor(counted * rng.uniform(size=12))
    found = Falling.fitted(np.arange(1.0, 13), right, counted).shares
    for i, share in enumerate(found):
        means = [
            max(right[j : k + 1].sum() / counted[j : k + 1].sum() for k in range(i, 12))
            for j in range(i + 1)
        ]
        assert share == pytest.approx(min(means))


def test_pictures_count_as_often_as_they_are_weighted() -> None:
    x, right, counted = np.array([1.0, 2, 4]), np.array([9.0, 3, 4]), np.full(3, 10.0)
    often = np.array([3.0, 2, 1])
    repeated = [np.repeat(values, often.astype(int)) for values in (x, right, counted)]
    once = Falling.fitted(x, often * right, often * counted)
    assert once.shares == pytest.approx(Falling.fitted(*repeated).shares)
    without = Falling.fitted(x, right * [1, 0, 1], counted * [1, 0, 1])
    assert without.sizes.tolist() == [1.0, 4.0]


def test_what_never_falls_below_has_no_limit() -> None:
    x, counted = np.array([1.0, 2, 4]), np.full(3, 10.0)
    assert np.isnan(Falling.fitted(x, np.array([9.0, 9, 9]), counted).at(0.9))
    assert np.isnan(Falling.fitted(x, np.array([1.0, 1, 0]), counted).at(0.5))


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ([1, 2, 3, 4], [1, 4, 9, 16], 1.0),
        ([1, 2, 3, 4], [0.4, 0.3, 0.2, 0.1], -1.0),
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233),
        ([1, 1, 1], [1, 2, 3], np.nan),
    ],
)
def test_rank_correlation(one: list[float], other: list[float], found: float) -> None:
    value = rank_correlation(np.array(one, float), np.array(other, float))
    assert value == pytest.approx(found, nan_ok=True)


def test_whole_groups_are_drawn() -> None:
    groups = np.array(["a", "b", "a", "c", "b"])
    for counts in draws(groups, 20):
        assert counts[0] == counts[2]
        assert counts[1] == counts[4]
        assert counts[0] + counts[1] + counts[3] == 3


def test_intervals_are_as_wide_as_groups_vary() -> None:
    """Four pictures of one stack are no four stacks: the mean of ten groups of four equal values
    is as sure as that of ten values."""
    values = np.repeat(np.random.default_rng(0).normal(size=10), 4)

    def mean(of_stacks: np.ndarray, of_prompts: np.ndarray) -> float:
        return float((of_stacks * values).sum() / of_stacks.sum())

    groups = np.repeat(np.arange(10), 4)
    low, high = interval(mean, groups, np.arange(3))
    assert high - low == pytest.approx(4 * values.std() / 10**0.5, rel=0.15)
    low, high = interval(mean, np.arange(40), np.arange(3))
    assert high - low == pytest.approx(4 * values.std() / 40**0.5, rel=0.15)


def test_similarity_of_a_picture_with_itself_and_with_its_negative() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    assert similarity(picture, picture) == pytest.approx(1.0)
    assert similarity(picture, 255 - picture) < -0.5


def test_similarity_of_flat_pictures_is_that_of_their_light() -> None:
    dark, light = (np.full((16, 16, 3), value, np.uint8) for value in (50, 100))
    expected = (2 * 50 * 100 + C1) / (50**2 + 100**2 + C1)
    assert similarity(dark, light) == pytest.approx(expected)


def test_similarity_is_what_loops_over_windows_give() -> None:
    rng = np.random.default_rng(1)
    one, other = (rng.integers(0, 256, (10, 9, 3), dtype=np.uint8) for _ in range(2))
    found = []
    for top in range(10 - SIDE + 1):
        for left in range(9 - SIDE + 1):
            x, y = (p[top : top + SIDE, left : left + SIDE] @ LUMA for p in (one, other))
            common = np.mean((x - x.mean()) * (y - y.mean()))
            light = (2 * x.mean() * y.mean() + C1) / (x.mean() ** 2 + y.mean() ** 2 + C1)
            found.append(light * (2 * common + C2) / (x.var() + y.var() + C2))
    assert similarity(one, other) == pytest.approx(np.mean(found))


def test_every_adapter_is_measured_at_every_strength_once() -> None:
    singles = [one.strengths for one in trials() if one.family == "single"]
    found = Counter(pair for strengths in singles for pair in strengths.items())
    assert found == {(name, strength): 1 for name in NAMES for strength in STRENGTHS}


def test_stacks_have_every_depth_in_every_round_and_every_prompt() -> None:
    plan = list(trials())
    depths = Counter(len(one.strengths) for one in plan if one.family == "stack")
    assert set(depths) == set(DEPTHS)
    assert len(set(depths.values())) == 1
    for family in ("single", "stack"):
        asks = Counter(one.asks for one in plan if one.family == family)
        assert max(asks.values()) - min(asks.values()) <= 2
    assert len({one.name for one in plan}) == len(plan)


def test_the_plan_is_the_same_every_time() -> None:
    assert list(trials(2)) == list(trials(2))
    assert list(trials(1)) == list(trials(2))[: len(list(trials(1)))]
