"""Charts as SVG: known answers, read back from what is drawn."""

import math
import re

import pytest

from loraviewer.lab.reports.heat_map import cosine_matrix, heat_map
from loraviewer.lab.reports.html_text import number, percent, safe
from loraviewer.lab.reports.line_styles import style
from loraviewer.lab.reports.spectra_plot import Curve, legend, spectra_plot

CELL = re.compile(
    r"<g><title>(?P<hint>[^<]*)</title><rect[^>]*fill=\"(?P<fill>[^\"]*)\" "
    r"fill-opacity=\"(?P<opacity>[^\"]*)\"[^>]*/><text[^>]*>(?P<text>[^<]*)</text></g>"
)


def cells(svg):
    return [match.groupdict() for match in CELL.finditer(svg)]


def test_a_heat_map_is_logarithmic():
    """Over three decades: a hundredth lies a third of the way up, what is below like the lowest."""
    found = cells(heat_map([[1.0, 0.01], [0.0001, 0.0]], ["a", "b"], ["x", "y"], "t", True))
    own, legend_cells = found[:4], found[4:]
    assert [cell["text"] for cell in own] == ["100.0%", "1.0%", "0.0%", ""]
    strongest, middle, faint, nothing = (float(cell["opacity"]) for cell in own)
    assert (strongest, nothing) == (0.75, 0.0)
    assert middle - faint == pytest.approx((strongest - faint) / 3, abs=1e-3)  # of three decades
    assert [cell["text"] for cell in legend_cells] == ["0.1%", "1.0%", "10.0%", "100.0%"]
    assert own[1]["hint"] == "a, y: 1.0%"


def test_a_heat_map_of_norms_tells_numbers():
    found = cells(heat_map([[12.3456]], ["a"], ["x"], "t", False))
    assert found[0]["text"] == "12.35"


def test_an_empty_heat_map_is_drawn():
    assert "<svg" in heat_map([[0.0, math.nan]], ["a"], ["x", "y"], "t", True)


def test_cosines_within_chance_have_no_colour():
    cosine = [[1.0, 0.04, -0.5], [0.04, 1.0, math.nan], [-0.5, math.nan, 1.0]]
    null = [[0.01] * 3] * 3
    found = cells(cosine_matrix(cosine, null, ["a", "b", "c"], "t", 5.0))
    assert [cell["text"] for cell in found] == [
        *("", "+0.040", "−0.500"),
        *("+0.040", "", "–"),
        *("−0.500", "–", ""),
    ]
    assert [float(cell["opacity"]) > 0.0 for cell in found[:3]] == [False, False, True]
    assert found[2]["fill"] == "var(--against)"
    wider = cells(cosine_matrix(cosine, null, ["a", "b", "c"], "t", 3.0))
    assert float(wider[1]["opacity"]) > 0.0
    assert wider[1]["fill"] == "var(--alike)"


def points(svg):
    lines = re.findall(r"<polyline[^>]*points=\"([^\"]*)\"", svg)
    return [[tuple(map(float, pair.split(","))) for pair in line.split()] for line in lines]


def test_spectra_fall_by_equal_steps_for_equal_ratios():
    svg = spectra_plot("t", [Curve("one", (1.0, 0.1, 0.01), 0)], None)
    (line,) = points(svg)
    first, second, third = (y for _, y in line)
    assert first < second < third
    assert third - second == pytest.approx(second - first, abs=0.2)
    xs = [x for x, _ in line]
    assert xs == sorted(xs)


def test_the_base_lies_where_its_value_would():
    curve = Curve("one", (10.0, 1.0), None)
    svg = spectra_plot("t", [curve], 1.0)
    (line,) = points(svg)
    dashed = re.search(r"y1=\"([\d.]+)\" y2=\"\1\" stroke=\"var\(--quiet\)\"", svg)
    assert dashed is not None
    assert float(dashed[1]) == pytest.approx(line[1][1], abs=0.1)
    assert "σ₁ of W₀: 1" in svg


def test_a_single_direction_is_seen():
    (line,) = points(spectra_plot("t", [Curve("one", (2.0,), 0)], 3.0))
    assert len(line) == 2


def test_nothing_is_plotted_of_nothing():
    assert spectra_plot("t", [Curve("one", (), 0), Curve("all", (0.0,), None)], 1.0) == ""


def test_twenty_eight_adapters_look_different():
    assert len({style(place) for place in range(28)}) == 28
    drawn = legend([f"<{i}>" for i in range(3)], has_base=False)
    assert "&lt;2&gt;" in drawn
    assert "<2>" not in drawn
    assert "σ₁ of W₀" not in drawn


def test_words_and_numbers():
    assert safe("<a href='x'>\u202e\x1b&") == "&lt;a href=&#x27;x&#x27;&gt;��&amp;"
    assert [percent(share) for share in (None, math.nan, -0.5, 0.1234, 12.0)] == [
        *("–", "–", "−50.0%", "12.3%", "1200%")
    ]
    assert [number(value) for value in (None, -1.23456, 0.0)] == ["–", "−1.235", "0"]
