"""The plot of hundreds: where things lie, and that it shows what differs."""

import pytest

from loraviewer.lab.claims.depth_axes import DepthAxes, round_values
from loraviewer.lab.claims.depth_plot import depth_plot
from tests.lab.claims.test_conclusions import mean


def test_depths_are_logarithmic_and_values_even():
    axes = DepthAxes([1, 10, 100], [0.0, 1.0], (0, 200), (100, 0))
    assert [axes.x(depth) for depth in (1, 10, 100)] == pytest.approx([0, 100, 200])
    assert [axes.y(value) for value in (0.0, 0.5, 1.0)] == pytest.approx([100, 50, 0])


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.03, 0.97), (-3, 12), (0.5, 0.5), (-1e-4, 1)])
def test_values_are_round_and_span_what_occurs(low, high):
    values = round_values(low, high)
    assert values[0] <= low
    assert values[-1] >= high
    assert 2 <= len(values) <= 9


def plotted(last):
    means = [
        mean("fidelity", 0.9, "base", ""),
        *(mean("fidelity", v, policy="one", depth=d) for d, v in ((1, 0.8), (100, last))),
        *(mean("fidelity", 0.7, "random", "sqrt", d) for d in (1, 400)),
        mean("ssim", 0.1, depth=3),
    ]
    return depth_plot("A title", "a unit", means, "fidelity")


def test_another_number_is_another_picture():
    assert plotted(0.5).tobytes() == plotted(0.5).tobytes()
    assert plotted(0.5).tobytes() != plotted(0.6).tobytes()
