"""Grain that was put there, and sharpness in closed form."""

import numpy as np
import pytest

from loraviewer.lab.images.grain import noise, sharpness
from tests.lab.images.fields import (
    blurred,
    checkerboard,
    coloured_noise,
    one_over_f,
    pattern,
    plain,
    ramp,
    white_noise,
)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 5.0, 15.0, 40.0])
def test_white_noise_has_the_sigma_it_was_made_with(sigma):
    found = [noise(coloured_noise(sigma, seed=seed)) for seed in range(8)]
    assert np.mean(found) == pytest.approx(np.hypot(sigma, 1 / np.sqrt(12)), rel=0.05)


def test_gradients_and_blocks_are_no_noise():
    # A ramp rounded to whole levels bends by one level here and there, less than half of the time.
    for smooth in (plain(7, 99, 200), ramp(), np.kron(plain(0, 0, 0, side=8), np.ones((8, 8, 1)))):
        assert noise(smooth.astype("u1")) == 0.0
    blocks = np.kron(np.random.default_rng(0).integers(0, 256, (8, 8, 1)), np.ones((8, 8, 3)))
    assert noise(blocks.astype("u1")) == 0.0


def test_noise_on_top_of_a_soft_picture_is_found():
    soft = blurred(one_over_f(), 3.0).astype(float)
    for sigma in (3.0, 8.0):
        grain = sigma * np.random.default_rng(1).standard_normal(soft.shape)
        grainy = np.clip(np.rint(soft + grain), 0, 255).astype("u1")
        assert noise(grainy) == pytest.approx(sigma, rel=0.05)


def test_it_stays_the_same_in_mirrors_and_negatives():
    pixels = pattern(50, 40)
    for other in (pixels[::-1], pixels[:, ::-1], pixels.transpose(1, 0, 2), 255 - pixels):
        assert noise(other) == pytest.approx(noise(pixels))
        assert sharpness(other) == pytest.approx(sharpness(pixels))


def test_sharpness_of_white_noise_is_twenty_times_its_variance():
    found = [sharpness(white_noise(sigma=20.0, seed=seed)) for seed in range(8)]
    assert np.mean(found) == pytest.approx(20 * (20.0**2 + 1 / 12), rel=0.03)


def test_sharpness_of_a_checkerboard():
    assert sharpness(checkerboard()) == pytest.approx((4 * 255) ** 2)
    assert sharpness(checkerboard(low=100, high=110)) == pytest.approx((4 * 10) ** 2)
    assert sharpness(plain(4, 5, 6)) == pytest.approx(0.0, abs=1e-9)


def test_sharpness_as_scipys_laplace_has_it():
    """scipy 1.17.1 on the same luma."""
    assert sharpness(pattern(80, 70)) == pytest.approx(5819.079625444569, rel=1e-9)


def test_blur_takes_both():
    base = one_over_f()
    soft = [blurred(base, sigma) for sigma in (0.5, 1, 2)]
    for measure in (noise, sharpness):
        falling = [measure(one) for one in (base, *soft)]
        assert falling == sorted(falling, reverse=True)
        assert falling[-1] < 0.05 * falling[0]


def test_too_small_a_picture_is_refused():
    for measure in (noise, sharpness):
        with pytest.raises(ValueError, match="too small"):
            measure(plain(0, 0, 0, side=2))
