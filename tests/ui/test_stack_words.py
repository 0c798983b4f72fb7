"""What the lab says of a stack, in sentences."""

from dataclasses import replace

import pytest

from loraviewer.core.collisions import collisions
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import Meeting, WeightNorms
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.stack_words import (
    consequence,
    fights,
    headline,
    relative_text,
    sentence,
)
from tests.fake_weights import WEIGHTS, FakeWeights

NAMES = ["manga", "neon"]
BASE = "d" * 64


def rows(*scales: float) -> list[AppliedAdapter]:
    return [AppliedAdapter(n, s, s, n) for n, s in zip(NAMES, scales, strict=False)]


class Told(FakeWeights):
    """Two rows that meet where it is said; of length 1 in each of four weights, or in two."""

    def __init__(self, *shared: float, is_apart: bool = False) -> None:
        super().__init__(NAMES, BASE)
        self._shared, self._is_apart = shared, is_apart

    def meetings(self, rows):
        found = [
            Meeting(0, 1, w, 0.5, 0.01, s) for w, s in zip(WEIGHTS, self._shared, strict=False)
        ]
        return tuple(sorted(found, key=lambda one: -abs(one.shared)))

    def weight_norms(self, rows):
        second = (0.0, 0.0, 1.0, 1.0) if self._is_apart else (1.0,) * 4
        first = (1.0, 1.0, 0.0, 0.0) if self._is_apart else (1.0,) * 4
        return WeightNorms((1.0,) * 4, (first, second), (10.0,) * 4)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def line(energies, names) -> str:
    return plain(headline(energies, names))


def comes(collision) -> str:
    return plain(consequence(collision))


def told(*shared: float, **known) -> str:
    (one,) = collisions(Told(*shared, **known), rows(1.0, 1.0))
    return plain(sentence(one, NAMES))


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        (0.041, "4.1 % as large as"),
        (0.19596, "20 % as large as"),
        (0.00032, "0.032 % as large as"),
        (0.00002, "less than 0.01 % as large as"),
        (1.43, "1.4 times as large as"),
        (12.0, "12 times as large as"),
    ],
)
def test_sizes(relative, text):
    assert relative_text(relative) == text


def test_a_stack_in_one_line():
    live = FakeWeights(NAMES, BASE, cosine=0.0)
    assert line(live.energies(rows(1.0, 0.5)), NAMES) == (
        "The stack is 11 % as large as the base weights it touches; "
        "as strong as 1.1 of its adapters alone. manga carries 80 %."
    )


def test_equal_ones_that_have_nothing_in_common():
    live = FakeWeights(NAMES, BASE, cosine=0.0)
    assert line(live.energies(rows(1.0, 1.0)), NAMES).endswith(" All carry about the same.")


def test_rows_that_reinforce_and_rows_that_cancel():
    live = FakeWeights(NAMES, BASE, cosine=1.0)
    assert "They reinforce each other by 41 %." in line(live.energies(rows(1.0, 1.0)), NAMES)
    assert "They cancel 55 % of each other." in line(live.energies(rows(1.0, -0.5)), NAMES)


def test_one_that_carries_more_than_there_is():
    live = FakeWeights(NAMES, BASE, cosine=1.0)
    words = line(live.energies(rows(1.0, -0.5)), NAMES)
    assert words.endswith("manga carries more than all of it: others take some away.")


def test_a_single_row_is_named():
    live = FakeWeights(NAMES, BASE)
    words = line(live.energies(rows(1.0)), NAMES[:1])
    assert words == "manga is 10 % as large as the base weights it touches."


def test_a_base_that_cannot_be_read():
    live = FakeWeights(NAMES, BASE, cosine=0.0)
    energies = replace(live.energies(rows(1.0, 0.5)), relative=None, base_norm=None)
    assert line(energies, NAMES).startswith(
        "The stack changes weights whose own size is not known; as strong as 1.1 of its"
    )


def test_no_rows():
    words = line(FakeWeights(NAMES, BASE).energies([]), [])
    assert words == "Nothing is changed: the weights are the base’s own."


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        (
            (0.2, 0.2, 0.6),
            "manga and neon pull the same way in 3 of 4 shared weights, "
            "most in M00 (60 % of what they share).",
        ),
        ((0.0, 0.0, -0.6), "manga and neon cancel each other in 1 of 4 shared weights, in M00."),
        (
            (0.5, 0.5, 0.5, 0.5),
            "manga and neon pull the same way in all 4 shared weights, "
            "most in TE1.00 (25 % of what they share).",
        ),
        (
            (0.0, -0.5, 0.0, 0.5),
            "manga and neon pull the same way in 1 of 4 shared weights, in OUT03; "
            "they cancel each other in 1 of 4 shared weights, in IN01.",
        ),
        (
            (0.04,),
            "manga and neon hardly meet: in 4 shared weights they change each other’s energy by "
            "0.5 %.",
        ),
        (
            (),
            "manga and neon have nothing to do with each other: in 4 shared weights no more than "
            "chance.",
        ),
    ],
)
def test_who_meets_whom(shared, words):
    assert told(*shared) == words


def test_two_that_change_different_weights():
    assert told(is_apart=True) == "manga and neon change different weights."


def test_what_comes_of_it_in_numbers():
    (more,) = collisions(Told(0.2, 0.2, 0.6), rows(1.0, 1.0))
    assert comes(more) == (
        "Together 12 % more energy than apart, cosine 0.12 · M00 60 %, TE1.00 20 %, IN01 20 %"
    )
    (less,) = collisions(Told(0.0, 0.0, -0.8), rows(1.0, 1.0))
    assert comes(less) == "Together 10 % less energy than apart, cosine −0.10 · M00 100 %"
    (nothing,) = collisions(Told(), rows(1.0, 1.0))
    assert comes(nothing) == ""


def test_which_two_fight():
    fight = collisions(Told(0.1, 0.0, -0.8), rows(1.0, 1.0))
    assert fights(fight, NAMES) == "manga and neon fight most, above all in M00."
    little = collisions(Told(0.0, -0.7), rows(1.0, 1.0))  # of an energy of 8
    assert fights(little, NAMES) == (
        "manga and neon cancel a little of each other, above all in IN01."
    )
    peace = collisions(Told(0.4), rows(1.0, 1.0))
    assert fights(peace, NAMES) == "No two adapters of the stack cancel each other."


def test_a_second_row_of_the_same_adapter_has_a_name_of_its_own():
    twice = [AppliedAdapter(sha, 1.0, 1.0, "manga") for sha in "aab"]
    assert row_names(twice) == ("manga", "(2) manga", "(3) manga")
