"""Known curves have known knees."""

import numpy as np
import pytest

from loraviewer.lab.experiments.knees import knee

XS = np.linspace(0, 2, 9)


def prompts(curve: np.ndarray, noise: float = 0.0, count: int = 8, seed: int = 3) -> np.ndarray:
    """Each prompt has a strength of its own."""
    rng = np.random.default_rng(seed)
    return rng.normal(1, 0.2, (count, 1)) * curve + rng.normal(0, noise, (count, len(curve)))


def hinge(at: float) -> np.ndarray:
    return 0.5 * XS + 3 * np.maximum(0, XS - at)


def test_a_hinge_is_found_where_it_is():
    found = knee(XS, prompts(hinge(1.2)))
    assert found is not None
    assert found.x == pytest.approx(1.2, abs=0.01)
    assert found.low <= found.x <= found.high
    assert (found.before, found.after) == pytest.approx((0.5, 3.5), rel=0.2)


def test_a_hinge_is_found_in_noise():
    found = knee(XS, prompts(hinge(1.2), noise=0.2))
    assert found is not None
    assert found.x == pytest.approx(1.2, abs=0.15)
    assert found.low <= 1.2 <= found.high


def test_a_curve_that_flattens_has_a_knee_too():
    found = knee(XS, prompts(np.minimum(XS, 0.7)))
    assert found is not None
    assert found.x == pytest.approx(0.7, abs=0.02)
    assert found.after == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    "curve", [3 * XS, 0 * XS, XS**2, -XS], ids=["line", "flat", "parabola", "down"]
)
def test_what_does_not_break_has_none(curve):
    assert knee(XS, prompts(curve)) is None


@pytest.mark.parametrize("curve", [3 * XS, 0 * XS], ids=["line", "flat"])
def test_noise_seldom_makes_one(curve):
    found = [knee(XS, prompts(curve, 0.3, seed=seed)) for seed in range(40)]
    assert sum(one is not None for one in found) <= 2


def test_few_points_and_few_prompts_have_none():
    assert knee(XS[:5], prompts(hinge(0.5))[:, :5]) is None
    assert knee(XS, prompts(hinge(1.2), count=3)) is None


def test_the_same_numbers_give_the_same_knee():
    units = prompts(hinge(1.2), noise=0.2)
    assert knee(XS, units) == knee(XS, units)
