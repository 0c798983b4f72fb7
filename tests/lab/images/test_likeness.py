"""Likeness to another picture: by the definition, and by numbers of another program.

What is marked so was computed by scikit-image 0.26.0: `structural_similarity` of the same luma with
`gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255`.
"""

import numpy as np
import pytest

from loraviewer.lab.images.likeness import difference, ssim, ssim_map
from loraviewer.lab.images.pixels import luma
from tests.lab.images.fields import checkerboard, pattern, plain, ramp, white_noise

FIRST = pattern(80, 70)


@pytest.mark.parametrize(
    ("other", "skimage"),
    [
        (pattern(80, 70, 1), 0.4244030909443668),
        (pattern(80, 70, 3), 0.2700273441405382),
        (FIRST // 2, 0.665010244341608),
        (255 - FIRST, -0.6827073289933843),
    ],
)
def test_as_scikit_image_has_it(other, skimage):
    assert ssim(FIRST, other) == pytest.approx(skimage, abs=1e-10)


def test_two_patterns_of_scikit_images_run():
    corner = ramp(1, 128)[:64, :64]
    assert ssim(checkerboard(64), corner) == pytest.approx(0.0025649779611099724, abs=1e-10)


@pytest.mark.parametrize("at", [(0, 0), (33, 41), (69, 59)])
def test_each_number_is_the_formula_in_its_own_window(at):
    other = pattern(80, 70, 4)
    row, column = at
    window = (slice(row, row + 11), slice(column, column + 11))
    x, y = luma(FIRST)[window], luma(other)[window]
    distance = np.hypot(*np.mgrid[-5:6, -5:6])
    weight = np.exp(-(distance**2) / (2 * 1.5**2))
    weight /= weight.sum()
    mean_x, mean_y = (weight * x).sum(), (weight * y).sum()
    var_x = (weight * (x - mean_x) ** 2).sum()
    var_y = (weight * (y - mean_y) ** 2).sum()
    both = (weight * (x - mean_x) * (y - mean_y)).sum()
    c1, c2 = 2.55**2, 7.65**2
    lightness = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    expected = lightness * (2 * both + c2) / (var_x + var_y + c2)
    assert ssim_map(FIRST, other).shape == (70, 60)
    assert ssim_map(FIRST, other)[at] == pytest.approx(expected, rel=1e-9)


def test_two_plain_pictures_differ_by_light_alone():
    c1 = 2.55**2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert ssim(plain(100, 100, 100), plain(150, 150, 150)) == pytest.approx(expected)


def test_it_does_not_matter_which_comes_first_nor_how_both_lie():
    other = pattern(80, 70, 2)
    value = ssim(FIRST, other)
    assert ssim(other, FIRST) == pytest.approx(value)
    assert ssim(FIRST[::-1], other[::-1]) == pytest.approx(value)
    assert ssim(FIRST.transpose(1, 0, 2), other.transpose(1, 0, 2)) == pytest.approx(value)


def test_a_picture_is_most_like_itself_and_less_with_every_bit_of_noise():
    base = pattern(64, 64)
    rng = np.random.default_rng(0).standard_normal((64, 64, 3))
    likeness = [
        ssim(base, np.clip(base + sigma * rng, 0, 255).astype("u1")) for sigma in (0, 5, 15, 40)
    ]
    assert likeness[0] == 1.0
    assert likeness == sorted(likeness, reverse=True)
    assert abs(ssim(white_noise(seed=1), white_noise(seed=2))) < 0.03


def test_the_difference_is_in_levels_both_ways():
    assert difference(plain(10, 20, 30), plain(13, 20, 24)) == 3.0
    assert difference(plain(13, 20, 24), plain(10, 20, 30)) == 3.0
    assert difference(plain(0, 0, 0), plain(255, 255, 255)) == 255.0
    assert difference(FIRST, FIRST) == 0.0
    one_off = FIRST.copy()
    one_off[40, 40, 1] ^= 1
    assert difference(FIRST, one_off) == pytest.approx(1 / FIRST.size)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="too small"):
        ssim(pattern(10, 40), pattern(10, 40))
    for function in (ssim, difference):
        with pytest.raises(ValueError, match="two sizes"):
            function(FIRST, pattern(70, 80))
