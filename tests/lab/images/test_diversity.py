"""Vendi scores and distances in closed form, and what must not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.lab.images.diversity import (
    cosines,
    drift,
    mean_distance,
    pairwise_distances,
    pixel_features,
    vendi,
    vendi_ratio,
)
from tests.lab.images.fields import pattern, plain, white_noise


def equicorrelated(count: int, rho: float) -> np.ndarray:
    """Rows of length 1 whose cosines are all `rho`."""
    return np.linalg.cholesky(np.full((count, count), rho) + (1 - rho) * np.eye(count))


def normal(count: int, size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, size))


def test_equal_pictures_count_once_and_orthogonal_ones_each():
    assert vendi(np.ones((8, 5))) == pytest.approx(1)
    assert vendi(np.eye(8)) == pytest.approx(8)
    assert vendi(normal(1, 5, 0)) == pytest.approx(1)


def test_two_equal_groups_are_two():
    assert vendi(np.repeat(np.eye(2), 4, axis=0)) == pytest.approx(2)


def test_unequal_groups_are_the_entropy_of_their_shares():
    shares = np.array([6, 2]) / 8
    expected = np.exp(-(shares @ np.log(shares)))
    assert vendi(np.repeat(np.eye(2), [6, 2], axis=0)) == pytest.approx(expected)


@pytest.mark.parametrize(("rho", "paper"), [(0.3, 6.42), (0.6, 3.78), (0.9, 1.60)])
def test_equal_cosines(rho, paper):
    largest, rest = (1 + 7 * rho) / 8, (1 - rho) / 8
    expected = np.exp(-(largest * np.log(largest) + 7 * rest * np.log(rest)))
    assert vendi(equicorrelated(8, rho)) == pytest.approx(expected)
    assert expected == pytest.approx(paper, abs=0.005)
    assert mean_distance(equicorrelated(8, rho)) == pytest.approx((1 - rho) / 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(1, 20), st.integers(0, 1000))
def test_order_rotation_and_size_of_features_count_for_nothing(count, size, seed):
    features = normal(count, size, seed)
    rng = np.random.default_rng(seed + 1)
    turn = np.linalg.qr(rng.standard_normal((size, size)))[0]
    sizes = rng.uniform(0.1, 10, (count, 1))
    for other in (rng.permutation(features), features @ turn, features * sizes):
        assert vendi(other) == pytest.approx(vendi(features))
        assert mean_distance(other) == pytest.approx(mean_distance(features))
    assert 1 - 1e-9 <= vendi(features) <= min(count, size) + 1e-9


def test_the_ratio_needs_as_many_of_the_one_as_of_the_other():
    features = normal(8, 5, 0)
    assert vendi_ratio(features, features) == 1.0
    with pytest.raises(ValueError, match="8 and 7"):
        vendi_ratio(features, features[:7])


def test_distances_come_in_the_order_of_pairs():
    features = np.array([[1.0, 0], [0, 1], [-1, 0]])
    assert pairwise_distances(features) == pytest.approx(np.array([0.5, 1.0, 0.5]))
    assert mean_distance(features) == pytest.approx(2 / 3)
    assert mean_distance(features[:1]) == 0.0


def test_drift_goes_from_the_same_to_the_opposite():
    x, other = normal(1, 9, 0)[0], np.array([0.0, 0, 1])
    assert drift(x, x) == 0.0
    assert drift(x, 3 * x) == pytest.approx(0)
    assert drift(x, -x) == pytest.approx(1)
    assert drift(np.array([1.0, 0, 0]), other) == pytest.approx(0.5)


def test_drift_is_the_distance_of_the_pair():
    features = normal(2, 30, 3)
    assert drift(*features) == pytest.approx(pairwise_distances(features)[0])


def test_features_may_have_any_shape():
    latents = normal(4, 4 * 3 * 3, 1)
    assert vendi(latents.reshape(4, 4, 3, 3)) == vendi(latents)
    assert drift(latents[0].reshape(4, 3, 3), latents[1]) == drift(latents[0], latents[1])


def test_empty_features_are_alike_and_have_nothing_in_common_with_others():
    features = np.array([[0.0, 0], [0, 0], [3, 4]])
    assert cosines(features).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert drift(features[0], features[1]) == 0.0
    assert drift(features[0], features[2]) == 0.5


def test_features_that_are_not_finite_are_refused():
    for hole in (np.nan, np.inf):
        with pytest.raises(ValueError, match="not finite"):
            vendi(np.array([[1.0, hole], [0.0, 1.0]]))


def test_pixels_without_their_mean():
    dark, light = pattern(20, 20) // 2, pattern(20, 20) // 2 + 100
    rows = pixel_features(np.stack([dark, light, 200 - dark]))
    assert rows.shape == (3, 1200)
    assert pairwise_distances(rows) == pytest.approx(np.array([0.0, 1.0, 1.0]), abs=1e-12)


def test_noise_is_more_various_than_anything():
    """The trap: the number of different pictures says nothing of what they are."""
    pictures = np.stack([white_noise(64, seed=seed) for seed in range(6)])
    assert vendi(pixel_features(pictures)) > 5.9
    assert vendi(pixel_features(np.stack([plain(9, 9, 9)] * 6))) == pytest.approx(1)
