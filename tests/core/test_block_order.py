"""Where blocks lie, and in which order what is computed passes them."""

import random

import pytest

from loraviewer.core.block_order import (
    BlockPlace,
    in_order,
    is_unet,
    level_of,
    levels_of,
    networks,
    place_of,
)

UNET = ["TIME", "IN00", "IN01", "IN03", "IN11", "M00", "OUT00", "OUT08", "OUT11", "END"]
FLUX = ["IN", "D00", "D18", "S00", "S37", "OUT"]
TEXT = ["TE1.IN", "TE1.00", "TE1.11", "TE1.OUT", "TE2.IN", "TE2.00", "TE2.31", "TE2.OUT"]


@pytest.mark.parametrize("denoiser", [UNET, FLUX, ["IN", "noise_refiner.00", "OUT"]])
def test_the_order_is_that_of_the_computation(denoiser):
    shuffled = [*denoiser, *TEXT]
    random.Random(7).shuffle(shuffled)
    assert in_order(shuffled) == (*denoiser, *TEXT)
    assert networks(shuffled) == {
        "denoiser": tuple(denoiser),
        "TE1": tuple(TEXT[:4]),
        "TE2": tuple(TEXT[4:]),
    }


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ("IN04", ("denoiser", "IN", 4)),
        ("OUT11", ("denoiser", "OUT", 11)),
        ("M00", ("denoiser", "M00", 0)),
        ("TIME", ("denoiser", "", 0)),
        ("IN", ("denoiser", "", 0)),
        ("D18", ("denoiser", "D", 18)),
        ("S100", ("denoiser", "S", 100)),
        ("noise_refiner.01", ("denoiser", "noise_refiner", 1)),
        ("TE2.IN", ("TE2", "", 0)),
        ("TE2.31", ("TE2", "TE2", 31)),
    ],
)
def test_places(block, place):
    assert place_of(block) == BlockPlace(*place)


def test_only_sides_and_a_middle_make_a_unet():
    assert is_unet(UNET)
    assert is_unet(["M00"])
    assert not is_unet(FLUX), "what lies before a transformer's blocks is called IN, too"


@pytest.mark.parametrize(
    ("blocks", "level"),
    [
        (["IN00", "IN02", "OUT09", "OUT11"], 0),
        (["IN03", "IN05", "OUT06", "OUT08"], 1),
        (["IN09", "IN11", "OUT00", "OUT02"], 3),
    ],
)
def test_blocks_of_a_level_lie_across_from_each_other(blocks, level):
    assert levels_of(["IN11", "OUT11"]) == 4
    assert {level_of(block, 4) for block in blocks} == {level}


def test_a_base_without_sides_has_no_levels():
    assert levels_of([*FLUX, *TEXT]) == 0
