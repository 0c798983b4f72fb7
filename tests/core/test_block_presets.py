"""Presets of block strengths: what they leave on, and on which adapters they say something."""

import pytest

from loraviewer.core.block_presets import (
    LONGEST_NAME,
    Preset,
    offered,
    preset_factors,
    preset_name,
    restricted,
)

UNET = ("IN00", "IN04", "M00", "OUT05", "TIME", "TE1.00", "TE1.01")
FLUX = tuple([f"D{n:02}" for n in range(19)] + [f"S{n:02}" for n in range(38)])


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (UNET, "ALL ENCODER MIDDLE DECODER TEXT_OFF"),
        (("IN00", "OUT03"), "ALL ENCODER MIDDLE DECODER"),
        (("IN", *FLUX), "ALL DOUBLE SINGLE FIRST_THIRD MIDDLE_THIRD LAST_THIRD"),
        (("B00", "B39", "TE1.00"), "ALL FIRST_THIRD MIDDLE_THIRD LAST_THIRD TEXT_OFF"),
        (("TE1.00",), "ALL TEXT_OFF"),
        ((), "ALL"),
    ],
)
def test_only_what_says_something_is_offered(own, expected):
    assert offered(own) == tuple(Preset[name] for name in expected.split())


@pytest.mark.parametrize(
    ("preset", "on"),
    [
        (Preset.ENCODER, {"IN00", "IN04"}),
        (Preset.MIDDLE, {"M00"}),
        (Preset.DECODER, {"OUT05"}),
    ],
)
def test_one_part_of_a_unet_and_text_as_it_was(preset, on):
    factors = preset_factors(preset, UNET, UNET, {"TE1.00": 0.5, "IN04": 0.25})
    assert {b for b, factor in factors.items() if factor == 1.0} == on
    assert factors.pop("TE1.00") == 0.5
    assert set(factors) == {"IN00", "IN04", "M00", "OUT05", "TIME"}, "only what the adapter has"


def test_text_off_is_about_text_alone():
    after = preset_factors(Preset.TEXT_OFF, UNET, UNET, {"IN04": 0.25})
    assert after == {"IN04": 0.25, "TE1.00": 0.0, "TE1.01": 0.0}
    assert preset_factors(Preset.ALL, UNET, UNET, after) == {}


def test_thirds_are_of_the_base_and_meet_nowhere():
    own = [block for block in FLUX if block != "D03"]
    parts = [
        {b for b, factor in preset_factors(third, own, FLUX, {}).items() if factor == 1.0}
        for third in (Preset.FIRST_THIRD, Preset.MIDDLE_THIRD, Preset.LAST_THIRD)
    ]
    assert sorted(block for part in parts for block in part) == sorted(own)
    assert [len(part) for part in parts] == [18, 19, 19], "57 in all, one is not the adapter's"
    assert {"D00", "D18"} <= parts[0]
    assert "S37" in parts[2]


def test_an_own_preset_counts_where_the_adapter_has_blocks():
    assert restricted({"IN04": 0.5, "D03": 0.0}, UNET) == {"IN04": 0.5}


def test_names_are_one_short_line():
    assert preset_name("  face \n off ") == "face off"
    assert len(preset_name("x" * 500)) == LONGEST_NAME
