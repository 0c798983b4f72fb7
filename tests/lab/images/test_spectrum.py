"""Spectra of fields whose spectrum was put there."""

import numpy as np
import pytest

from loraviewer.lab.images.pixels import luma
from loraviewer.lab.images.spectrum import (
    ROUNDING,
    RadialSpectrum,
    detail,
    fine_share,
    radial_spectrum,
    slope,
)
from tests.lab.images.fields import (
    blurred,
    checkerboard,
    grey,
    one_over_f,
    pattern,
    plain,
    white_noise,
)


def test_white_noise_has_its_variance_in_every_ring():
    spectra = [radial_spectrum(white_noise(sigma=20.0, seed=seed)) for seed in range(30)]
    power = np.mean([one.power for one in spectra], axis=0)
    assert spectra[0].frequencies == pytest.approx(np.arange(1, 65) / 128)
    assert power[2:] == pytest.approx(np.full(62, 20.0**2 + 1 / 12), rel=0.15)
    assert power[2:].mean() == pytest.approx(20.0**2, rel=0.02)


def test_white_noise_is_fine_by_the_area_outside_of_the_circle():
    shares = [fine_share(white_noise(256, seed=seed)) for seed in range(10)]
    assert np.mean(shares) == pytest.approx(1 - np.pi / 16, abs=0.003)


@pytest.mark.parametrize(("height", "width"), [(20, 30), (21, 31), (16, 9)])
def test_shares_and_rings_are_those_of_the_whole_plane(height, width):
    """The plain transform, bin by bin, whichever sides are odd."""
    pixels = pattern(height, width)
    hann = [0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n) for n in (height, width)]
    window = np.outer(*hann)
    light = luma(pixels)
    light -= np.average(light, weights=window)
    power = np.abs(np.fft.fft2(light * window)) ** 2 / (window**2).sum()
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    expected = power[radius > 0.25].sum() / power.sum()
    assert fine_share(pixels) == pytest.approx(expected, rel=1e-9)
    side = min(height, width)
    ring = np.rint(radius * side)
    means = [power[ring == at].mean() for at in range(1, side // 2 + 1)]
    assert radial_spectrum(pixels).power == pytest.approx(np.array(means), rel=1e-9)


def test_rings_below_rounding_count_as_rounding():
    frequencies = np.array([0.1, 0.2])
    loud = RadialSpectrum(frequencies, np.array([64 / 12, 1 / 120]))
    still = RadialSpectrum(frequencies, np.array([0.0, 4 / 12]))
    assert loud.against(still) == pytest.approx(np.array([6.0, -2.0]))


@pytest.mark.parametrize("power", [0.0, 1.0, 1.5])
def test_the_slope_is_twice_that_of_the_amplitude(power):
    slopes = [slope(one_over_f(seed=seed, power=power)) for seed in range(30)]
    assert np.mean(slopes) == pytest.approx(-2 * power, abs=0.05)


@pytest.mark.parametrize(("period", "share"), [(16, 0.0), (2, 1.0)])
def test_a_wave_is_coarse_or_fine(period, share):
    wave = grey(128 + 100 * np.cos(2 * np.pi * np.arange(64) / period)[None].repeat(64, 0))
    assert fine_share(wave) == pytest.approx(share, abs=1e-4)
    ring = radial_spectrum(wave)
    assert ring.frequencies[ring.power.argmax()] == 1 / period


def test_a_checkerboard_has_nothing_else_than_the_corner():
    assert fine_share(checkerboard()) == pytest.approx(1)
    assert radial_spectrum(checkerboard()).power.max() < 1e-9  # no ring reaches the corner


def test_blur_takes_detail_and_noise_brings_it():
    base = one_over_f()
    losses = [detail(blurred(base, sigma), base) for sigma in (0.5, 1, 2)]
    assert losses[2] < losses[1] < losses[0] < -1
    soft = blurred(base, 1)
    rough = grey(soft[..., 0] + 10 * np.random.default_rng(1).standard_normal((128, 128)))
    assert detail(rough, soft) > 3


def test_blur_of_one_picture_follows_the_gaussian_ring_by_ring():
    base = one_over_f(256, power=0.5)
    ratio = radial_spectrum(blurred(base, 1.0)).against(radial_spectrum(base))
    frequency = np.arange(1, 129) / 256
    inside = (frequency > 0.05) & (frequency < 0.3)
    expected = -2 * (2 * np.pi**2 * frequency**2) / np.log(2)
    assert ratio[inside] == pytest.approx(expected[inside], abs=0.1)


def test_detail_is_nothing_for_the_same_picture_and_turns_its_sign_when_they_change_places():
    first, second = pattern(64, 48), pattern(64, 48, 5) // 3
    assert detail(first, first) == 0.0
    assert detail(first, second) == pytest.approx(-detail(second, first))
    assert detail(first, second) == pytest.approx(np.log2(fine_share(first) / fine_share(second)))


def test_light_and_contrast_count_for_nothing():
    base = white_noise(sigma=20.0)
    lighter = base + np.uint8(20)
    assert base.max() < 235
    assert fine_share(lighter) == pytest.approx(fine_share(base), rel=1e-9)
    even = base // 2 * 2
    assert detail(even // 2, even) == pytest.approx(0.0, abs=1e-9)


def test_mirrored_and_turned_pictures_have_the_same_spectrum_nearly():
    """Not to the last digit: the window is even about another pixel than the mirror."""
    base = one_over_f()
    for other in (base[::-1], base[:, ::-1], base.transpose(1, 0, 2)):
        assert detail(other, base) == pytest.approx(0.0, abs=0.1)


def test_a_picture_of_one_colour_has_no_detail_and_a_finite_number():
    nothing = plain(200, 10, 77)
    assert fine_share(nothing) == 0.0
    assert slope(nothing) == pytest.approx(0.0)
    assert detail(nothing, nothing) == 0.0
    assert detail(nothing, checkerboard(32)) == np.log2(ROUNDING)
    assert radial_spectrum(nothing).against(radial_spectrum(nothing)) == pytest.approx(0.0)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="two sizes"):
        detail(pattern(64, 48), pattern(48, 64))
    with pytest.raises(ValueError, match="too small"):
        fine_share(pattern(7, 64))
    with pytest.raises(ValueError, match="no 8-bit picture"):
        fine_share(np.zeros((64, 64, 3)))
