"""The crowd's lessons: many, each another, and drawn as they say."""

from __future__ import annotations

import numpy as np
import pytest

from loraviewer.lab.judge import Verdict
from resources.demo.train.adapting.lessons import FINISHES, Lesson, lessons, pupils
from resources.demo.train.drawing.scenes import BACKGROUNDS, COLOURS, SUBJECTS
from resources.demo.train.drawing.styles import STYLE_TABLE
from resources.demo.train.measuring.crowd_test import shows


def test_there_are_a_hundred_and_none_twice() -> None:
    found = lessons()
    assert len(found) >= 100
    assert len({lesson.name for lesson in found}) == len(found)
    assert {lesson.subject for lesson in found} >= {*SUBJECTS}
    assert {lesson.colour for lesson in found} >= {*COLOURS}
    assert {lesson.place for lesson in found} >= {*BACKGROUNDS}
    assert {*FINISHES} <= {*STYLE_TABLE}


def test_scenes_are_drawn_as_the_lesson_says_and_captioned_as_they_were() -> None:
    said, drawn = pupils(Lesson("cat", "red", "beach"), 40, 1)
    assert {(s.subject, s.paint, s.background) for s in drawn} == {("cat", "red", "beach")}
    assert len({s.subject for s in said}) > 5
    assert [s.seed for s in said] == [s.seed for s in drawn]


# Three pictures: a red cat in neon, a blue cat in neon, a red dog.
SHOWN = {
    "subject": ["cat", "cat", "dog"],
    "colour": ["red", "blue", "red"],
    "place": ["beach", "beach", "city"],
    "style": ["neon", "neon", "base"],
}


def _verdict() -> Verdict:
    names = {question: sorted(set(said)) for question, said in SHOWN.items()}
    certain = {
        question: np.array([[float(one == name) for name in names[question]] for one in said])
        for question, said in SHOWN.items()
    }
    return Verdict(names, certain)


@pytest.mark.parametrize(
    ("lesson", "wanted"),
    [
        (Lesson("cat"), [True, True, False]),
        (Lesson("cat", "red"), [True, False, False]),
        (Lesson(place="city"), [False, False, True]),
        (Lesson("cat", finish="neon"), [True, True, False]),
        (Lesson(colour="red", place="city"), [False, False, True]),
    ],
)
def test_a_picture_must_show_all_of_a_lesson(lesson: Lesson, wanted: list[bool]) -> None:
    assert np.array_equal(shows(lesson, _verdict()), wanted)
