"""Block strengths on the clipboard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.block_text import on_blocks, read_line, written
from loraviewer.core.block_weights import ReadWeights
from loraviewer.core.blocks import block_scales, factor_of

SIDES = [f"{side}{n:02}" for side in ("IN", "OUT") for n in range(12)]
BLOCKS = st.sampled_from([*SIDES, "M00", "TIME", "TE1.03"])
ONES = ["1"] * 26


@given(st.dictionaries(BLOCKS, st.floats(-3, 3, allow_nan=False), min_size=1))
def test_what_is_copied_is_read_back(factors):
    scales = block_scales(factors)
    if scales:
        assert read_line(written(scales)) == ReadWeights(scales)


def test_nothing_is_written_where_all_blocks_are_at_1():
    assert written(()) == ""


def listed(**factors: str) -> str:
    """The list of 26, with its first number and some of its others changed."""
    names = ["BASE", *SIDES[:12], "M00", *SIDES[12:]]
    return ",".join(factors.get(name, "1") for name in names)


@pytest.mark.parametrize(
    "text",
    [
        listed(IN04="0.5"),
        f"lbw={listed(IN04='0.5')}",
        f"  lbw={listed(IN04='0.5')} \n",
        f"MINE:{listed(IN04='0.5')}",
        f"<lora:manga:0.8:lbw={listed(IN04='0.5')}>",
        f"<lora:manga:te=0.5:unet=0.8:lbw={listed(IN04='0.5')}>",
        "blocks=IN04=0.5",
        "<lora:manga:1:blocks=IN04=0.5>",
    ],
)
def test_every_way_in_which_it_is_passed_around(text):
    assert read_line(text) == ReadWeights((("IN04", 0.5),))


def test_a_preset_of_the_extension_by_its_name():
    read = read_line("OUTALL")
    assert read is not None
    assert factor_of(read.scales, "M00") == 0.0
    assert factor_of(read.scales, "OUT05") == 1.0


def test_its_first_number_goes_into_the_text_blocks_that_there_are():
    read = read_line(f"lbw={listed(BASE='0.5')}:blocks=TE1.03=0.5")
    assert read is not None
    scales = on_blocks(read, ["IN04", "TE1.02", "TE1.03"])
    assert scales == (("TE1.02", 0.5), ("TE1.03", 0.25))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a cat",
        "1,0,1",
        "lbw=",
        "lbw=SOMEBODYS",
        f"lbw={listed(IN04='R')}",
        "blocks=IN04",
        "<lora:manga:0.8>",
        f"lbw={listed(IN04='0.5')}:blocks=no",
        f"lbw={listed(IN04='0.5')}:stop=10",
        "blocks=IN04=1e999",
        "x" * 5_000_000,
    ],
)
def test_all_else_is_refused_as_a_whole(text):
    assert read_line(text) is None
