"""Disturbances made comparable: what each takes to move one step by as much as was asked for."""

import math

import pytest

from loraviewer.core.experiments.cells import conditions
from loraviewer.core.experiments.outputs import OUTPUT_ARMS
from loraviewer.lab.experiments.calibrating import TOLERANCE, calibrated, fitted
from tests.core.experiments.asked import ladder

LAWS = {
    "line": lambda x: 2.4 * x,
    "saturating": lambda x: math.tanh(3 * x),
    "steep": lambda x: x**2,
    "flat": lambda x: 0.1 * x**0.5,
    "overflowing": lambda x: x / 10 if x < 5 else math.inf,
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("wanted", [0.05, 0.2, 0.4])
@pytest.mark.parametrize("start", [0.01, 0.2, 3.0])
def test_it_finds_what_measures_as_wanted(law, wanted, start):
    tried = []

    def changes(nominal):
        tried.append(nominal)
        return (0.9 * LAWS[law](nominal), 1.1 * LAWS[law](nominal))

    fit = fitted(changes, wanted, start)
    assert LAWS[law](fit.nominal) == pytest.approx(wanted, rel=TOLERANCE)
    assert fit.measured == changes(fit.nominal)
    assert len(tried) <= 9


def test_what_cannot_be_reached_is_told_as_it_is():
    fit = fitted(lambda nominal: (min(nominal, 0.1),), 0.5, 0.05)
    assert fit.measured == (0.1,)


class Straight:
    """A gauge by which each arm and draw answers with a slope of its own."""

    def __init__(self):
        self.asked = []

    def changes(self, condition):
        self.asked.append(condition)
        slope = 1 + OUTPUT_ARMS.index(condition.arm) + 0.1 * condition.order
        disturbance = condition.disturbance
        nominal = disturbance.energy if disturbance else condition.adapters[0].scale
        return (0.9 * slope * nominal, 1.1 * slope * nominal)


def outputs(**fields):
    usual = {"kind": "outputs", "depths": (), "energies": (0.0, 0.1, 0.3), "draws": 2}
    return ladder(**(usual | fields))


def test_all_arms_come_to_the_same_measured_energies():
    gauge, told = Straight(), []
    experiment = calibrated(outputs(), gauge, told.append)
    assert experiment.problem() is None
    assert len(experiment.nominals) == 3 * (1 + 6 * 2)
    for one in experiment.nominals:
        assert sum(one.measured) / 2 == pytest.approx(one.energy, rel=TOLERANCE)
        slope = 1 + OUTPUT_ARMS.index(one.arm) + 0.1 * (0 if one.arm == "stack" else one.draw)
        assert one.nominal * slope == pytest.approx(one.energy, rel=TOLERANCE, abs=0)
    assert told == sorted(told)
    assert told[0] == 0.0
    assert len(gauge.asked) <= 2 * len(experiment.nominals)  # of a line two are enough


def test_the_conditions_then_hold_what_was_found():
    experiment = calibrated(outputs(energies=(0.2,), draws=1), Straight())
    found = {one.arm: one.nominal for one in experiment.nominals}
    for condition in conditions(experiment)[1:]:
        disturbance = condition.disturbance
        nominal = disturbance.energy if disturbance else condition.adapters[0].scale
        assert nominal == pytest.approx(found[condition.arm])
        assert condition.at == (0.2,)
