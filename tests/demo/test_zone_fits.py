"""What the energy bar's zones are computed with, against known answers and plain loops."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from resources.demo.train.measuring.zones.fits import Falling, draws, interval, rank_correlation
from resources.demo.train.measuring.zones.ssim import C1, C2, LUMA, SIDE, similarity
from resources.demo.train.measuring.zones.stacks import DEPTHS, NAMES, STRENGTHS, trials


def test_a_falling_curve_is_found_again() -> None:
    x = np.geomspace(0.2, 8, 200)
    share = 1 / (1 + (x / 2.0) ** 3)  # half at 2; 90 % where (x / 2)³ = 1/9
    fitted = Falling.fitted(x, 1000 * share, np.full(200, 1000.0))
    assert fitted.at(0.5) == pytest.approx(2.0, rel=1e-3)
    assert fitted.at(0.9) == pytest.approx(2.0 * 9 ** (-1 / 3), rel=1e-3)


def test_pictures_count_as_often_as_they_are_weighted() -> None:
    x, right, counted = np.array([1.0, 2, 4]), np.array([9.0, 5, 1]), np.full(3, 10.0)
    twice = np.repeat(x, 2), np.repeat(right, 2), np.repeat(counted, 2)
    once = Falling.fitted(x, 2 * right, 2 * counted)
    assert once.at(0.5) == pytest.approx(Falling.fitted(*twice).at(0.5), rel=1e-9)


def test_what_does_not_fall_has_no_limit() -> None:
    x = np.array([1.0, 2, 4])
    assert np.isnan(Falling.fitted(x, np.array([1.0, 5, 9]), np.full(3, 10.0)).at(0.5))


def test_curves_of_all_or_nothing_are_finite() -> None:
    x, counted = np.array([1.0, 2, 4, 8]), np.full(4, 16.0)
    fitted = Falling.fitted(x, np.array([16.0, 16, 0, 0]), counted)
    assert 2 < fitted.at(0.5) < 4


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
