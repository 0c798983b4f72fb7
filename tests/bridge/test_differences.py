"""Differences of pictures: numbers by hand, and an oracle in plain Python."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.bridge.differences import GAINS, brightened, difference, white_at
from loraviewer.core.picture import Picture


def picture(*pixels: tuple[int, int, int], width: int = 2) -> Picture:
    return Picture(width, len(pixels) // width, bytes(level for p in pixels for level in p))


A = picture((10, 20, 30), (0, 0, 0), (255, 255, 255), (7, 7, 7))
B = picture((10, 20, 30), (3, 0, 0), (0, 255, 250), (7, 7, 7))


def test_numbers_of_a_known_difference():
    found = difference(A, B)
    assert tuple(found.levels.rgb) == (0, 0, 0, 3, 0, 0, 255, 0, 5, 0, 0, 0)
    assert (found.levels.width, found.levels.height) == (2, 2)
    assert found.largest == 255
    assert found.mean == (3 + 255 + 5) / 12
    assert found.share == 0.5
    assert not found.is_none


def test_it_does_not_matter_which_comes_first():
    assert difference(A, B) == difference(B, A)


def test_equal_pictures_differ_in_nothing():
    found = difference(A, Picture(A.width, A.height, bytes(bytearray(A.rgb))))
    assert found.is_none
    assert (found.largest, found.mean, found.share) == (0, 0.0, 0.0)


def test_one_level_of_one_pixel_is_a_difference():
    found = difference(picture((0, 0, 0), (0, 0, 0)), picture((0, 0, 0), (0, 0, 1)))
    assert not found.is_none
    assert (found.largest, found.share) == (1, 0.5)


def test_pictures_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="2×2 and 1×4"):
        difference(A, Picture(1, 4, A.rgb))


@pytest.mark.parametrize(
    ("gain", "levels", "white"),
    [(1, (0, 3, 5, 255), 255), (2, (0, 6, 10, 255), 128), (8, (0, 24, 40, 255), 32),
     (32, (0, 96, 160, 255), 8)],
)  # fmt: skip
def test_a_gain_multiplies_levels_up_to_white(gain, levels, white):
    image = brightened(difference(A, B).levels, gain)
    none, few, much = image.pixelColor(0, 0), image.pixelColor(1, 0), image.pixelColor(0, 1)
    assert (none.red(), few.red(), much.blue(), much.red()) == levels
    assert few.green() == 0
    assert white_at(gain) == white


@pytest.mark.parametrize("gain", GAINS)
def test_white_begins_exactly_where_it_is_said_to(gain):
    ramp = Picture(256, 1, bytes(level for level in range(256) for _ in range(3)))
    image = brightened(ramp, gain)
    shown = [image.pixelColor(level, 0).red() for level in range(256)]
    assert shown.index(255) == white_at(gain)


@given(st.binary(min_size=12, max_size=12), st.binary(min_size=12, max_size=12))
def test_any_two_pictures(one: bytes, other: bytes):
    found = difference(Picture(2, 2, one), Picture(2, 2, other))
    levels = [abs(x - y) for x, y in zip(one, other, strict=True)]
    assert list(found.levels.rgb) == levels
    assert found.largest == max(levels)
    assert found.mean == pytest.approx(sum(levels) / 12)
    assert found.share == sum(any(levels[i : i + 3]) for i in range(0, 12, 3)) / 4
