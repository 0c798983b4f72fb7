"""How far a measure moved, in words that its interval allows."""

import pytest

from loraviewer.core.experiments.conclusions.estimates import Estimate
from loraviewer.core.experiments.conclusions.movement import movement


def by(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, level=0.95, n=16, prompts=8)


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (by(-1.8, -2.1, -1.5), "falls by 1.8 seed spreads"),
        (by(0.3, 0.1, 0.4), "less than another seed may do"),
        (by(-0.001, -0.002, -0.0004), "stays within one seed spread of the base, at 0"),
        (by(0.2, -0.3, 0.7), "stays within one seed spread"),
        (by(0.2, -3.0, 4.0), "Nothing can be said"),
    ],
)
def test_what_is_said_of_a_movement(estimate, said):
    assert said in movement("ssim", estimate, "at depth 5").sentence
