"""The order of bars, the scale they share, and how shares are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.energy_bars import (
    bar_height,
    bar_scale,
    percent_words,
    round_up,
    share_words,
)
from tests.fake_weights import FakeWeights


class Scattered(FakeWeights):
    """Blocks as weights of a base are sorted: by name."""

    @property
    def blocks(self):
        names = ("TE1.00", "TE1.IN", "END", "IN00", "IN04", "M00", "TIME", "OUT05")
        return tuple(("text_encoder" if name[0:2] == "TE" else "unet", name) for name in names)


def test_bars_follow_the_network_and_text_encoders_come_last() -> None:
    scale = bar_scale(Scattered([], "base"), [])
    assert [name for _, name in scale.blocks] == [
        *("TIME", "IN00", "IN04", "M00", "OUT05", "END", "TE1.IN", "TE1.00")
    ]
    blocks = Scattered([], "base").blocks
    assert tuple(blocks[i] for i in scale.places) == scale.blocks
    assert scale.picture_bars == 6


def test_blocks_are_asked_for_once() -> None:
    """There may be ten thousand."""
    asked: list[int] = []

    class Counted(Scattered):
        @property
        def blocks(self):
            asked.append(1)
            return super().blocks

    bar_scale(Counted([], "base"), [])
    assert len(asked) == 1


def test_two_denoisers_have_bars_of_their_own() -> None:
    class Two(FakeWeights):
        @property
        def blocks(self):
            return (("transformer", "D00"), ("transformer", "D01"), ("transformer_2", "D00"))

    scale = bar_scale(Two([], "base"), [])
    assert len(scale.blocks) == len(set(scale.places)) == 3


def test_the_scale_has_room_for_half_as_much_again_as_the_strongest_at_one() -> None:
    """Of one adapter every block is at 0.1 of its base."""
    live = FakeWeights(["a", "b", "c", "d"], "base")
    assert bar_scale(live, ["a"]).full == 0.15
    assert bar_scale(live, ["a"]).stack_full == 0.15
    four = bar_scale(live, ["a", "b", "c", "d"])
    assert (four.full, four.stack_full) == (0.15, 0.3)  # √4 times as much
    assert bar_scale(live, ["a", "a", "stranger"]) == bar_scale(live, ["a"])


def test_without_adapters_there_is_a_scale() -> None:
    scale = bar_scale(FakeWeights([], "base"), [])
    assert (scale.full, scale.stack_full) == (1.0, 1.0)


@given(st.floats(1e-12, 1e12))
def test_round_up_is_a_little_more_and_short(value: float) -> None:
    found = round_up(value)
    assert value * (1 - 1e-9) <= found <= 4 / 3 * value * (1 + 1e-9)
    assert found == float(f"{found:.1e}")


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_round_up_of_nothing(value: float) -> None:
    assert round_up(value) == 1.0


def test_heights_are_roots() -> None:
    assert [bar_height(one, 0.4) for one in (0.0, 0.1, 0.4, 1.6)] == [0.0, 0.5, 1.0, 2.0]
    assert bar_height(None, 0.4) == 0.0


@pytest.mark.parametrize(
    ("share", "words"),
    [
        *((0.314, "31 %"), (1.0, "100 %"), (0.0, "0 %"), (-0.04, "−4 %"), (-0.001, "0 %")),
        *((9.99, "999 %"), (14.2, "14 ×"), (-13.7, "−14 ×"), (1e12, "999 ×")),
    ],
)
def test_shares(share: float, words: str) -> None:
    assert share_words(share) == words


@pytest.mark.parametrize(
    ("relative", "words"),
    [
        *((0.0, "0 %"), (1e-7, "< 0.1 %"), (0.0005, "0.1 %"), (0.0321, "3.2 %")),
        *((0.0994, "9.9 %"), (0.0996, "10 %"), (0.14, "14 %"), (1.4, "140 %")),
    ],
)
def test_percents(relative: float, words: str) -> None:
    assert percent_words(relative) == words
