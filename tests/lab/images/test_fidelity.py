"""What a prompt asks for, and how sure the judge is that a picture shows it."""

import numpy as np
import pytest
import torch

from loraviewer.lab.images.fidelity import asked_for, fidelity
from loraviewer.lab.images.measures import SeedPictures
from loraviewer.lab.images.registry import measures
from loraviewer.lab.judge import Judge, JudgeNetwork

ANSWERS = {
    "subject": ("cat", "snowman", "bird"),
    "place": ("snow", "night", "plain"),
    "colour": ("red", "blue"),
    "face": ("none", "whole"),
    "style": ("base", "night"),
}
PICTURES = np.random.default_rng(0).integers(0, 256, (3, 128, 128, 3), dtype=np.uint8)


@pytest.fixture
def judge() -> Judge:
    torch.manual_seed(0)
    return Judge(JudgeNetwork([len(one) for one in ANSWERS.values()]).eval(), ANSWERS)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red cat in the snow", {"subject": "cat", "place": "snow", "colour": "red"}),
        ("A Snowman, at NIGHT", {"subject": "snowman", "place": "night"}),
        ("a bird with red wings and a blue hat", {"subject": "bird"}),
        ("a reddish catfish", {}),
        ("a whole base", {}),
        ("", {}),
    ],
)
def test_a_question_is_asked_where_the_prompt_names_one_of_its_answers(prompt, expected):
    assert asked_for(prompt, ANSWERS) == expected


def test_it_is_the_mean_of_the_probabilities_of_what_is_named(judge):
    seen = judge.ask(PICTURES).probabilities
    expected = (seen["subject"][:, 0] + seen["place"][:, 1] + seen["colour"][:, 1]) / 3
    assert fidelity(judge, PICTURES, "a blue cat at night") == pytest.approx(expected, rel=1e-6)
    assert fidelity(judge, PICTURES, "cat") == pytest.approx(seen["subject"][:, 0], rel=1e-6)


def test_all_answers_of_one_question_share_one(judge):
    each = [fidelity(judge, PICTURES, name) for name in ANSWERS["subject"]]
    assert sum(each) == pytest.approx(np.ones(3), abs=1e-5)


def test_a_prompt_that_names_nothing_is_refused_and_known_beforehand(judge):
    with pytest.raises(ValueError, match="an elephant"):
        fidelity(judge, PICTURES, "an elephant")
    measure = measures(judge)["fidelity"]
    assert not measure.knows("an elephant")
    assert measure.knows("a cat")


def test_as_a_measure_it_is_asked_like_all_others(judge):
    measure = measures(judge)["fidelity"]
    shown = SeedPictures(PICTURES, PICTURES[::-1], "a red cat")
    values = measure.values(shown)
    assert values == pytest.approx(fidelity(judge, PICTURES, "a red cat"))
    assert measure.band(PICTURES, "a red cat").median == pytest.approx(np.median(values))
    assert measure.origins(shown) == pytest.approx(values[::-1], abs=1e-6)
    assert not measure.is_of_set
    assert "fidelity" not in measures()
