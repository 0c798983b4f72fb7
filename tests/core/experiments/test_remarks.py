"""What is told of an experiment that cannot be all that was asked for."""

import pytest

from loraviewer.core.experiments.nominals import Nominal
from loraviewer.core.experiments.remarks import remarks
from loraviewer.core.experiments.wordings import wordings
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


def test_choices_are_letters_where_no_seed_makes_them():
    told = remarks(ladder(prompts=("a {red|blue} cat", "a __colour__ dog", "a {red|blue} cat now")))
    assert told == (
        "Read as letters: “{red|blue}”; write plain words instead.",
        "Read as letters: “__colour__”; write plain words instead.",
        "Of all experiments only a seed wall leaves words of its prompts to the seed.",
    )


def test_a_seed_wall_that_draws_its_words_says_nothing():
    prompts = ("a {red|blue} cat",)
    seeds = way().seeds
    wall = way(kind="seeds", prompts=prompts, wordings=wordings(prompts, seeds))
    assert remarks(wall) == ()
    (told,) = remarks(way(kind="seeds", prompts=prompts))
    assert told.startswith("Read as letters: “{red|blue}”")


def test_letters_of_what_pictures_are_to_lack_are_told_too():
    (told,) = remarks(way(kind="seeds", negative="<lora:a:1>"))
    assert "“<lora:a:1>”" in told
