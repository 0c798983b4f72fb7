"""Blocks in words: their order, how many are named, how their strengths are written."""

from loraviewer.core.captions import differences, stack_caption
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_diff import Side, compare
from loraviewer.core.told_blocks import factor_text, first_blocks, first_scales, moved_blocks

SCALES = (("IN10", 1 / 3), ("M00", 0.0), ("OUT03", 0.5), ("TE1.02", -2.0), ("TIME", 1.25))


def stack(*scales) -> AdapterStack:
    row = StackEntry(
        entry_id="row", name="ink", path="ink", sha256="ink", scale=0.8, block_scales=scales
    )
    return AdapterStack(entries=(row,))


def test_blocks_come_as_they_are_computed():
    assert first_blocks(["TE1.02", "OUT03", "M00", "IN04"], 2) == (("IN04", "M00"), 2)
    assert first_blocks(["M00"], 2) == (("M00",), 0)


def test_strengths_have_three_digits_at_most():
    assert [factor_text(factor) for factor in (1 / 3, 0.0, 1.0, -2.0)] == ["0.333", "0", "1", "-2"]
    told, more = first_scales(SCALES, 3)
    assert (told, more) == (["TIME 1.25", "IN10 0.333", "M00 0"], 2)


def test_what_moved_is_told_with_both_strengths():
    assert list(moved_blocks(SCALES[1:3], (("IN04", 0.5), ("OUT03", 0.5))).items()) == [
        ("IN04", (1.0, 0.5)),
        ("M00", (0.0, 1.0)),
    ]


def test_captions_and_comparisons_name_the_same_blocks_in_the_same_order():
    painted = stack(("M00", 0.125), ("TIME", 0.25))
    assert stack_caption(painted).endswith(".8 (TIME .25, M00 .125)")
    (told,) = differences(painted, stack())
    assert told.endswith("TIME 1 → .25 and M00 1 → .125")
    (line, *_) = compare(
        Side("l", "l", painted),
        Side(
            "r",
            "r",
            stack(
                ("M00", 1.0),
            ),
        ),
    ).lines
    assert line.left == "0.8, blocks TIME 0.25 M00 0.125"
