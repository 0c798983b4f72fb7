"""Block strengths in tags: as the block-weight extension reads them, and as it wrote them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core import infotext
from loraviewer.core.blocks import block_scales, factor_of
from loraviewer.core.foreign.a1111 import read_a1111
from loraviewer.core.foreign.tags import read_tags
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.stack import AppliedAdapter

IN_OUT = [f"IN{n:02}" for n in range(12)], [f"OUT{n:02}" for n in range(12)]
ATTENDING = ["IN01", "IN02", "IN04", "IN05", "IN07", "IN08"]


def written(scales, scale=0.8, text=0.8) -> str:
    adapter = AppliedAdapter("a" * 64, scale, text, "manga", block_scales=block_scales(scales))
    request = GenerationRequest(checkpoint=CheckpointRef("demo"), adapters=(adapter,))
    return infotext.to_a1111(ImageRecord(request=request))


def tag(text: str) -> str:
    return text[text.index("<") : text.index(">") + 1]


@pytest.mark.parametrize(
    ("scales", "expected"),
    [
        ({}, "<lora:manga:0.8>"),
        (
            {"IN04": 0.5, "M00": 0, "OUT11": -1},
            "<lora:manga:0.8:lbw=1,1,1,1,1,0.5,1,1,1,1,1,1,1,0,1,1,1,1,1,1,1,1,1,1,1,-1>",
        ),
        ({"TE1.03": 0.5, "TIME": 0}, "<lora:manga:0.8:blocks=TE1.03=0.5 TIME=0>"),
        (
            {"D00": 0.5, "OUT": 0},
            f"<lora:manga:0.8:lbw=1,1,1,0.5,{','.join(['1'] * 56)},0>",
        ),
    ],
)
def test_known_tags(scales, expected):
    assert tag(written(scales)) == expected


BLOCKS = st.sampled_from([*IN_OUT[0], "M00", *IN_OUT[1], "TE1.03", "TIME", "TE2.OUT", "L03"])
FLUX = st.sampled_from(["IN", "D00", "D18", "S00", "S37", "OUT", "TE1.03"])
FACTORS = st.floats(-3, 3, allow_nan=False)


@given(
    st.dictionaries(BLOCKS, FACTORS, max_size=5) | st.dictionaries(FLUX, FACTORS, max_size=5),
    st.sampled_from([0.8, 0.25]),
)
def test_what_is_written_is_read_back_whole(scales, text_scale):
    read = read_a1111(written(scales, 0.8, text_scale))
    assert read is not None
    (adapter,) = read.loras
    assert (adapter.name, adapter.scale) == ("manga", 0.8)
    assert adapter.text_scale == (None if text_scale == 0.8 else text_scale)
    assert adapter.block_scales == block_scales(scales)
    assert not read.not_understood


def test_a_preset_of_the_extension_is_read_as_it_came_and_told():
    """It means 0 for all blocks that its 17 numbers leave out; a person may have changed it."""
    read = read_tags("a cat <lora:manga:0.8:lbw=OUTALL>")
    (adapter,) = read.adapters
    on = {f"OUT{n:02}" for n in range(3, 12)}
    off = {*IN_OUT[0], "M00", *IN_OUT[1]} - on
    assert adapter.block_scales == block_scales(dict.fromkeys(off, 0.0))
    assert (adapter.scale, adapter.text_scale) == (0.8, None)
    told = "whether its presets file had other numbers for “OUTALL” of manga"
    assert read.not_understood == (told,)


def test_its_first_number_is_for_text_encoders():
    numbers = ",".join(["0.5", *["1"] * 6, "0.25", *["1"] * 9])
    (adapter,) = read_tags(f"<lora:manga:0.8:lbw={numbers}>").adapters
    assert (adapter.scale, adapter.text_scale) == (0.8, 0.4)
    told = dict(adapter.block_scales)
    assert told["M00"] == 0.25
    assert told["IN00"] == told["OUT02"] == 0.0
    assert not told.keys() & set(ATTENDING)


@pytest.mark.parametrize("count", [12, 17, 20, 26, 61])
def test_every_list_of_ones_changes_no_block_that_it_names(count):
    (adapter,) = read_tags(f"<lora:manga:1:{','.join(['1'] * count)}>").adapters
    assert adapter.name == "manga"
    assert {factor for _, factor in adapter.block_scales} <= {0.0}
    assert (count in (26, 61)) == (not adapter.block_scales)


@pytest.mark.parametrize(
    ("said", "scale", "text", "blocks"),
    [
        ("0.8:mid=0.4", 0.8, None, {"M00": 0.5}),
        ("0.8:out=0", 0.8, None, dict.fromkeys(IN_OUT[1], 0.0)),
        ("0.8:in=0.5", 0.5, 0.8, {"M00": 1.6, **dict.fromkeys(IN_OUT[1], 1.6)}),
        (
            "te=0.3:unet=0.8:in=0:mid=0:out=0.8",
            0.8,
            0.3,
            dict.fromkeys([*IN_OUT[0], "M00", "TIME", "END"], 0.0),
        ),
        ("0.3:in=0:mid=0.1", 0.3, None, None),
    ],
)
def test_strengths_of_three_parts_as_sd_next_writes_them(said, scale, text, blocks):
    """They stand instead of the whole; `in` also where nothing else is named."""
    read = read_tags(f"<lora:manga:{said}>")
    (adapter,) = read.adapters
    assert not read.not_understood
    if blocks is not None:
        assert (adapter.scale, adapter.text_scale) == (scale, text)
        assert adapter.block_scales == block_scales(blocks)
    told = dict(part.split("=") for part in said.split(":") if "=" in part)
    places = {"in": ["IN00", "IN07", "TIME", "END"], "mid": ["M00"], "out": IN_OUT[1]}
    for part, names in places.items():
        for name in names:
            wanted = float(told.get(part, told.get("unet", said.split(":")[0].split("=")[-1])))
            assert adapter.scale * factor_of(adapter.block_scales, name) == wanted


@pytest.mark.parametrize("said", ["te=0.5@0.2,1@0.8", "in=0.5@0.2", "mid=much"])
def test_strengths_that_change_on_the_way_are_told(said):
    read = read_tags(f"<lora:manga:0.8:{said}>")
    assert read.adapters[0].scale == 0.8
    assert read.adapters[0].block_scales == ()
    assert read.not_understood == (f"“{said}” of manga",)


SHORT, SHORT_XL = (
    "BASE IN01 IN02 IN04 IN05 IN07 IN08 M00",
    "BASE IN04 IN05 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05",
)
OUTS = [f"OUT{n:02}" for n in range(3, 12)]
LISTS = [
    ["BASE", *IN_OUT[0], "M00", *IN_OUT[1]],
    [*SHORT.split(), *OUTS],
    ["BASE", *IN_OUT[0][:9], "M00", *IN_OUT[1][:9]],
    SHORT_XL.split(),
]


@pytest.mark.parametrize("names", LISTS, ids=len)
def test_each_number_of_a_list_is_of_its_block(names):
    """Known from the extension's documentation."""
    for at, name in enumerate(names):
        numbers = ",".join("0.5" if i == at else "1" for i in range(len(names)))
        (adapter,) = read_tags(f"<lora:manga:0.8:lbw={numbers}>").adapters
        halves = [block for block, factor in adapter.block_scales if factor == 0.5]
        assert halves == ([name] if at else [])
        assert adapter.text_scale == (None if at else 0.4)


def test_two_text_encoders_of_flux_have_strengths_of_their_own():
    numbers = ["0", "0.5", *["1"] * 59]
    (adapter,) = read_tags(f"<lora:manga:0.8:0.8:lbw={','.join(numbers)}>").adapters
    told = dict(adapter.block_scales)
    clip = [f"TE1.{place}" for place in ("IN", *(f"{n:02}" for n in range(12)), "OUT")]
    t5 = [f"TE2.{place}" for place in ("IN", *(f"{n:02}" for n in range(24)), "OUT")]
    assert told == dict.fromkeys(clip, 0.0) | dict.fromkeys(t5, 0.5)
    assert adapter.text_scale is None


FILE = "a preset whose numbers only the presets file of the block-weight extension has"
DRAWN = "in which R and U were drawn at random"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("lbw=MYPRESET", FILE),
        ("lbw=XYZ", "for which a plot had other numbers in each picture"),
        ("lbw=1,2,3", "3 numbers, for which there is no list of blocks"),
        (f"lbw={','.join(['R'] * 17)}", DRAWN),
        (f"lbw={','.join(['1'] * 11)}, U", DRAWN),
        (f"lbw=X+0.1,{','.join(['1'] * 11)}", "in which X stands for another number"),
        (f"lbw=one,{','.join(['1'] * 11)}", "in which not all are numbers"),
        ("blocks=TE1.03", ""),
        ("blocks=TE1.03=0.5 TE1.03=1", ""),
        ("lbwe=ATTNDEEPON", ""),
    ],
)
def test_what_is_not_understood_is_told(said, why):
    read = read_tags(f"<lora:manga:0.8:{said}>")
    assert read.adapters[0].block_scales == ()
    reason = f", {why}" if why else ""
    assert read.not_understood == (f"“{said}” of manga{reason}",)


def test_a_long_list_does_not_hide_why_it_was_left_out():
    read = read_tags(f"<lora:manga:0.8:lbw={','.join(['R'] * 61)}>")
    (told,) = read.not_understood
    assert told == f"“lbw={','.join(['R'] * 18)}…” of manga, {DRAWN}"
