"""Light, burnt parts and colours of pictures that one can work out by hand."""

import numpy as np
import pytest
from PIL import Image

from loraviewer.core.picture import Picture
from loraviewer.lab.images.colours import cie_lab, colourfulness, palette_distance
from loraviewer.lab.images.pixels import luma, pixels_of
from loraviewer.lab.images.tones import brightness, contrast, highlights, shadows
from tests.lab.images.fields import checkerboard, grey, pattern, plain, ramp


def halves(left: tuple[int, ...], right: tuple[int, ...]) -> np.ndarray:
    return np.concatenate([plain(*left), plain(*right)], axis=1)


def test_a_picture_as_an_array_is_the_same_memory_row_by_row():
    array = pixels_of(Picture(2, 3, bytes(range(18))))
    assert array.shape == (3, 2, 3)
    assert array[2, 1].tolist() == [15, 16, 17]
    assert not array.flags.writeable


def test_luma_is_pillows_grey():
    pixels = pattern(60, 50)
    pillows = np.asarray(Image.fromarray(pixels).convert("L"), np.float64)
    assert np.abs(luma(pixels) - pillows).max() <= 1.0


def test_a_ramp_burns_at_both_ends_as_its_contrast_is_raised():
    for gain, least in ((1, 1 / 128), (2, 0.25), (4, 0.375)):
        assert highlights(ramp(gain)) == pytest.approx(least, abs=0.005)
        assert shadows(ramp(gain)) == pytest.approx(least, abs=0.005)
    tones = [contrast(ramp(gain)) for gain in (1, 2, 4)]
    assert tones[0] == pytest.approx(1 / np.sqrt(12), rel=0.01)
    assert tones == sorted(tones)
    assert brightness(ramp()) == pytest.approx(0.5)


def test_burnt_is_counted_by_channel():
    assert highlights(plain(254, 253, 255)) == pytest.approx(2 / 3)
    assert shadows(plain(0, 1, 2)) == pytest.approx(2 / 3)


def test_contrast_is_a_half_where_half_is_black_and_half_white():
    assert contrast(checkerboard()) == pytest.approx(0.5)
    assert contrast(plain(9, 99, 199)) == pytest.approx(0.0, abs=1e-12)


def test_colourfulness_by_hand():
    assert colourfulness(ramp()) == 0.0
    assert colourfulness(plain(255, 0, 0)) == pytest.approx(0.3 * np.hypot(255, 127.5))
    both = halves((255, 0, 0), (0, 255, 0))
    assert colourfulness(both) == pytest.approx(255 + 0.3 * 127.5)


def test_colours_fade_towards_grey():
    strong = pattern(40, 40).astype(float)
    middle = strong.mean(2, keepdims=True)
    faded = [
        colourfulness(np.rint(middle + keep * (strong - middle)).astype("u1"))
        for keep in (1, 0.6, 0.3, 0)
    ]
    assert faded == sorted(faded, reverse=True)
    assert faded[-1] == 0.0


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((255, 0, 0), (53.2406, 80.0923, 67.2028)),
        ((0, 255, 0), (87.7351, -86.1830, 83.1797)),
        ((0, 0, 255), (32.2957, 79.1856, -107.8573)),
        ((12, 3, 1), (1.3143, 2.1048, 1.5966)),
    ],
)
def test_cie_lab_as_scikit_image_has_it(colour, expected):
    assert cie_lab(plain(*colour))[0, 0] == pytest.approx(np.array(expected), abs=0.02)


def test_greys_have_lightness_alone():
    lab = cie_lab(ramp())
    assert np.abs(lab[..., 1:]).max() < 1e-9
    assert (lab[0, 0, 0], lab[0, -1, 0]) == (pytest.approx(0), pytest.approx(100))
    assert lab[0, :, 0].tolist() == sorted(lab[0, :, 0])


def test_the_palette_distance_of_two_colours_is_theirs():
    assert palette_distance(plain(0, 0, 0), plain(255, 255, 255)) == pytest.approx(100)
    red, blue = (cie_lab(plain(*one))[0, 0] for one in ((255, 0, 0), (0, 0, 255)))
    distance = palette_distance(plain(255, 0, 0), plain(0, 0, 255))
    assert distance == pytest.approx(np.linalg.norm(red - blue))


def test_moving_half_of_the_pixels_is_half_the_way():
    black, white = (0, 0, 0), (255, 255, 255)
    assert palette_distance(halves(black, white), halves(white, white)) == pytest.approx(50)


def test_the_palette_does_not_care_where_a_colour_is():
    pixels = pattern(40, 30)
    mixed = np.random.default_rng(0).permutation(pixels.reshape(-1, 3)).reshape(60, 20, 3)
    assert palette_distance(pixels, mixed) == pytest.approx(0, abs=1e-12)
    assert palette_distance(pixels, pixels[::-1]) == 0.0


def test_as_scipy_has_it_for_equal_and_for_several_sizes():
    """scipy 1.17.1: the Wasserstein distances of scikit-image's L*, a*, b*."""
    first = pattern(80, 70)
    other, small = pattern(80, 70, 9) // 2 + 60, pattern(40, 33, 9) // 2 + 60
    assert palette_distance(first, other) == pytest.approx(23.575356856191792, rel=1e-4)
    assert palette_distance(first, small) == pytest.approx(28.046351081802854, rel=1e-3)


def test_it_is_a_distance():
    one, two, three = pattern(40, 40), pattern(40, 40, 7) // 2, grey(pattern(40, 40)[..., 1])
    assert palette_distance(one, two) == pytest.approx(palette_distance(two, one))
    through = palette_distance(one, two) + palette_distance(two, three)
    assert palette_distance(one, three) <= through
