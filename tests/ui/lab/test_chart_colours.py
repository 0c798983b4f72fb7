"""Colours that tell apart what they stand for, for everybody, in light and in dark."""

import itertools
import math

import pytest
from PySide6.QtGui import QColor, QPalette

from loraviewer.ui.lab.charts.chart_colours import (
    diverging,
    ink_on,
    luminance,
    row_colour,
    row_dash,
    sequential,
)
from loraviewer.ui.lab.charts.oklch import oklch
from loraviewer.ui.lab.charts.scales import (
    DivergingScale,
    LinearScale,
    LogScale,
    RootScale,
)
from loraviewer.ui.widgets.theme import studio_palette

PALETTES = [studio_palette(False), studio_palette(True)]
EYES = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
"""Linear sRGB as it is seen; Machado, Oliveira and Fernandes 2009, severity 1."""


def seen(colour: QColor, eyes: str) -> tuple[float, float, float]:
    """In CIELAB (D65), where a distance of 2.3 is just noticed."""
    linear = [_linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF())]
    r, g, b = (
        max(0.0, min(1.0, sum(w * p for w, p in zip(row, linear, strict=True))))
        for row in EYES[eyes]
    )
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def apart(first: QColor, second: QColor, eyes: str) -> float:
    return math.dist(seen(first, eyes), seen(second, eyes))


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("palette", PALETTES)
def test_a_sequential_map_is_ordered_by_lightness_alone(palette: QPalette, eyes: str) -> None:
    colours = sequential(palette)
    levels = [seen(colours.at(step / 16), eyes)[0] for step in range(17)]
    steps = [b - a for a, b in itertools.pairwise(levels)]
    assert len({step > 0 for step in steps}) == 1
    assert min(map(abs, steps)) > 1.0
    assert abs(levels[-1] - levels[0]) > 60
    ground = seen(palette.color(QPalette.ColorRole.Window), eyes)[0]
    assert abs(levels[0] - ground) < abs(levels[-1] - ground), "0 is near the ground"


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("palette", PALETTES)
def test_a_diverging_map_tells_the_signs_apart(palette: QPalette, eyes: str) -> None:
    colours = diverging(palette)
    for amount in (0.25, 0.5, 1.0):
        low, high = colours.at(0.5 - amount / 2), colours.at(0.5 + amount / 2)
        assert apart(low, high, eyes) > 15 * amount + 5
        assert seen(low, eyes)[2] > seen(high, eyes)[2], "yellow cancels, blue is alike"
    ground = palette.color(QPalette.ColorRole.Window)
    assert apart(colours.at(0.5), ground, eyes) < 6


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("palette", PALETTES)
def test_rows_of_a_stack_differ(palette: QPalette, eyes: str) -> None:
    colours = [row_colour(palette, place) for place in range(6)]
    for first, second in itertools.combinations(colours, 2):
        assert apart(first, second, eyes) > 25
    window = palette.color(QPalette.ColorRole.Window)
    for colour in colours:
        low, high = sorted((luminance(colour), luminance(window)))
        assert (high + 0.05) / (low + 0.05) >= 2.0
    looks = {(row_colour(palette, i).name(), row_dash(i)) for i in range(24)}
    assert len(looks) == 24


def test_words_are_legible_on_every_cell() -> None:
    for palette, colours in itertools.product(PALETTES, (sequential, diverging)):
        for step in range(33):
            ground = colours(palette).at(step / 32)
            low, high = sorted((luminance(ground), luminance(ink_on(ground))))
            assert (high + 0.05) / (low + 0.05) >= 4.5


def test_known_colours_of_oklch() -> None:
    """Of the paper's own table: white, and the primaries of sRGB."""
    assert oklch(1.0, 0.0, 0.0).name() == "#ffffff"
    assert oklch(0.0, 0.0, 0.0).name() == "#000000"
    red = oklch(0.62796, 0.25768, 29.23)
    assert abs(red.red() - 255) + red.green() + red.blue() < 12
    assert oklch(0.5, 9.0, 120.0).isValid(), "more chroma than there is"


def test_logarithmic_scales_span_whole_powers_of_ten() -> None:
    scale = LogScale.of([0.02, 3.0, 0.0])
    assert (scale.low, scale.high) == (pytest.approx(0.01), 10.0)
    assert scale.share(0.01) == 0.0
    assert scale.share(0.3162277) == pytest.approx(0.5, abs=1e-6)
    assert (scale.share(0.0), scale.share(-1.0), scale.share(99.0)) == (0.0, 0.0, 1.0)
    assert [text for _, text in scale.ticks()] == ["10⁻²", "10⁻¹", "10⁰", "10¹"]
    wide = LogScale.of([1e-9, 1.0])
    assert wide.low == pytest.approx(1e-4), "four powers at most, the largest ones"
    assert LogScale.of([]).share(0.5) >= 0.0
    assert LogScale.of([1.0]).low == pytest.approx(0.1)


def test_linear_and_signed_scales() -> None:
    assert [LinearScale(4.0).share(v) for v in (-1.0, 1.0, 9.0)] == [0.0, 0.25, 1.0]
    assert LinearScale(0.0).share(1.0) == 0.0
    assert [DivergingScale().share(v) for v in (-1.0, 0.0, 0.5)] == [0.0, 0.5, 0.75]
    assert [RootScale().share(v) for v in (-1.0, -0.25, 0.0, 0.25, 7.0)] == [
        0.0, 0.25, 0.5, 0.75, 1.0,
    ]  # fmt: skip
    assert [text for _, text in RootScale().ticks()] == ["−1", "−0.25", "0", "0.25", "1"]
