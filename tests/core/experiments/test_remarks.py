"""What is told of an experiment that cannot be all that was asked for."""

import pytest

from loraviewer.core.experiments.nominals import Nominal
from loraviewer.core.experiments.remarks import remarks
from tests.core.experiments.asked import ladder, way


def test_real_adapters_end_where_there_are_no_more():
    experiment = ladder(depths=(1, 2, 40), arms=("real", "random"))
    (told,) = remarks(experiment)
    known = len(experiment.adapters)
    assert f"end at depth {min(2, known)}" in told
    assert f"only {known} of them" in told
    assert "go on to 40" in told


@pytest.mark.parametrize("experiment", [ladder(), ladder(depths=(1, 40), arms=("random",)), way()])
def test_what_is_all_there_needs_no_words(experiment):
    assert remarks(experiment) == ()


def test_energies_that_no_arm_could_reach_are_told():
    met = Nominal(arm="activations-fresh", draw=1, energy=0.2, nominal=1, measured=(0.19, 0.21))
    missed = Nominal(arm="weights-random", draw=2, energy=0.2, nominal=3, measured=(0.1, 0.2))
    assert met.is_met
    assert not missed.is_met
    (told,) = remarks(way(nominals=(met, missed)))
    assert told.startswith("weights-random, draw 2: at an energy of 0.2 one step moves by 0.15")
