"""Pictures between being made and being measured: as many as fit, the newest."""

import pytest

from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.lab.experiments.fresh_pictures import FreshPictures

REQUEST = GenerationRequest(checkpoint=CheckpointRef("demo"))


def picture(value, side=4):
    pixels = Picture(side, side, bytes([value]) * (side * side * 3))
    return Rendered(REQUEST, pixels, Timings(), "")


@pytest.fixture
def fresh():
    return FreshPictures(most_bytes=3 * 48)


def test_the_oldest_give_way_once_they_are_too_many(fresh):
    for value in range(5):
        fresh.add(str(value), picture(value))
    assert [fresh.find(str(value)) is not None for value in range(5)] == [False] * 2 + [True] * 3


def test_what_is_dropped_makes_room(fresh):
    for value in range(3):
        fresh.add(str(value), picture(value))
    fresh.drop("1")
    fresh.drop("nothing")
    fresh.add("3", picture(3))
    assert [fresh.find(str(value)) is not None for value in range(4)] == [True, False, True, True]


def test_one_that_comes_again_counts_once(fresh):
    for _ in range(9):
        fresh.add("same", picture(1))
    fresh.add("other", picture(2))
    assert fresh.find("same") == picture(1)


def test_one_that_is_larger_than_all_room_is_not_kept(fresh):
    fresh.add("large", picture(1, side=64))
    assert fresh.find("large") is None
