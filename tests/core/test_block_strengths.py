"""Strengths in single blocks, in everything that a stack takes part in."""

import json

import msgspec
import pytest

from loraviewer.core import infotext
from loraviewer.core.ablation import row_alone, without_row
from loraviewer.core.arguments import adapter_tags, parse_adapter
from loraviewer.core.blocks import BlockScales, block_scales
from loraviewer.core.captions import Beside, differences, pane_caption, stack_caption
from loraviewer.core.drafts import draft_of
from loraviewer.core.foreign.own import read_own
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.outcome import FileError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.snapshots import default_name, is_same_state
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry
from loraviewer.core.stack_diff import Side, compare
from loraviewer.core.stored_picture import StoredPicture

SOFT = block_scales({"IN04": 0.5, "M00": 0.0})


def row(name: str, scale: float = 0.8, blocks: BlockScales = (), **fields) -> StackEntry:
    return StackEntry(
        entry_id=name, name=name, path=name, sha256=name, scale=scale, block_scales=blocks, **fields
    )


def stack(*rows: StackEntry) -> AdapterStack:
    return AdapterStack(entries=rows)


def request(*adapters: AppliedAdapter, steps: int = 10) -> GenerationRequest:
    sampling = Sampling(steps=steps)
    return GenerationRequest(
        checkpoint=CheckpointRef("demo", "id"), adapters=adapters, sampling=sampling
    )


def manga(*pairs: tuple[str, float], scale: float = 0.8) -> AppliedAdapter:
    return AppliedAdapter("manga", scale, scale, "manga", block_scales=pairs)


# Canonical form, identity.


def test_equal_strengths_are_equal_rows_and_requests():
    one = row("manga", blocks=(("M00", 0.0), ("OUT03", 1.0), ("IN04", 0.5)))
    other = row("manga", blocks=SOFT)
    assert one == other
    assert hash(one) == hash(other)
    assert one.block_scales == (("IN04", 0.5), ("M00", 0.0))
    assert stack(one).applied() == stack(other).applied()
    here, there = (request(*stack(r).applied()).sha256() for r in (one, other))
    assert here == there


def test_they_take_part_in_equality_and_hash():
    plain, soft = manga(), manga(*SOFT)
    hashes = {request(a).sha256() for a in (plain, soft, manga(("IN04", 0.5)))}
    assert len(hashes) == 3
    assert stack(row("manga")).applied() != stack(row("manga", blocks=SOFT)).applied()
    assert not is_same_state(stack(row("manga")), stack(row("manga", blocks=SOFT)))
    assert stack(row("manga", blocks=SOFT)).moved_adapter(stack(row("manga"))) == "manga"


def test_names_never_decide_the_order_of_what_is_applied():
    """Two rows of one file at one strength, whatever they are called."""
    blocks = block_scales({"IN04": 0.5})
    orders = []
    for first, second in (("a", "b"), ("b", "a")):
        rows = [row("x", blocks=blocks), row("x")]
        named = (
            msgspec.structs.replace(r, entry_id=n, name=n)
            for r, n in zip(rows, (first, second), strict=True)
        )
        orders.append([a.block_scales for a in stack(*named).applied()])
    assert orders[0] == orders[1]


def test_a_hash_without_them_is_what_it_was():
    """Known from before there were any."""
    assert (
        request(manga()).sha256()
        == "35ec1247bda83adcebec95ee102b81d5831e558f6ab663d2eb5f3fb2530e9e96"
    )
    plain = msgspec.structs.asdict(manga())
    assert plain.pop("block_scales") == ()
    old = msgspec.convert(plain, type=AppliedAdapter)
    assert old == manga()


@pytest.mark.parametrize("pairs", [[["IN04", 0.5], ["IN04", 1]], [["", 0.5]], [["IN04"]]])
def test_a_damaged_record_is_refused_in_one_sentence(pairs):
    text = infotext.to_json(ImageRecord(request=request(manga(*SOFT))))
    raw = json.loads(text)
    raw["request"]["adapters"][0]["block_scales"] = pairs
    with pytest.raises(FileError, match="record cannot be read"):
        infotext.from_json(json.dumps(raw))


# Records, pictures.


def test_a_record_keeps_them_and_restores_them():
    record = ImageRecord(request=request(manga(*SOFT)))
    assert infotext.from_json(infotext.to_json(record)) == record
    (found,) = read_own(infotext.to_json(record)).loras
    assert found.block_scales == SOFT
    (restored,) = StoredPicture(key="k", record=record).rows().entries
    assert restored.block_scales == SOFT


def test_a_record_of_an_older_version_has_none():
    record = ImageRecord(request=request(manga()))
    raw = json.loads(infotext.to_json(record))
    del raw["request"]["adapters"][0]["block_scales"]
    read = infotext.read_json(json.dumps(raw))
    assert read.record == record
    assert read.note == ""


def test_ablation_keeps_those_of_the_rows_that_stay():
    whole = stack(row("manga", blocks=SOFT), row("neon"))
    assert without_row(whole, "neon").applied() == stack(row("manga", blocks=SOFT)).applied()
    assert row_alone(whole, "manga").applied()[0].block_scales == SOFT


# Words.


MANY = block_scales(dict.fromkeys((f"OUT{n:02}" for n in range(12)), 0.0))


def test_a_caption_names_few_blocks_and_counts_many():
    soft = stack(row("manga", blocks=SOFT), row("neon"))
    assert stack_caption(soft) == "manga .8 (IN04 .5, M00 0) + neon .8"
    assert stack_caption(stack(row("manga", blocks=MANY))) == "manga .8 (12 blocks)"
    assert default_name(soft) == stack_caption(soft)


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (row("manga", blocks=SOFT), row("manga"), "manga IN04 1 → .5 and M00 1 → 0"),
        (row("manga"), row("manga", blocks=SOFT), "manga IN04 .5 → 1 and M00 0 → 1"),
        (row("manga", blocks=SOFT), row("manga", blocks=SOFT[1:]), "manga IN04 1 → .5"),
        (row("manga", blocks=MANY), row("manga"), "manga 12 other blocks"),
        (row("manga", 0.5, SOFT), row("manga", 0.8, SOFT), "manga .8 → .5"),
        (row("manga", 0.8001), row("manga"), "manga other strengths"),
        (row("manga", 0.5, SOFT[1:]), row("manga", 0.8), "manga .8 → .5, M00 1 → 0"),
        (
            row("manga", 0.8, SOFT[1:], text_scale=0.2),
            row("manga"),
            "manga text .8 → .2, M00 1 → 0",
        ),
    ],
)
def test_what_differs_names_few_blocks_and_counts_many(now, before, told):
    assert differences(stack(now), stack(before)) == [told]
    assert pane_caption(stack(now), [Beside("B", stack(before))]) in (
        f"as B: {told}",
        stack_caption(stack(now)),
    )


def test_of_several_rows_of_one_adapter_blocks_are_counted():
    rows = [
        StackEntry(entry_id=name, name=name, path="", sha256="a", scale=scale, block_scales=blocks)
        for name, scale, blocks in (("one", 0.8, SOFT), ("two", 0.3, ()))
    ]
    assert differences(stack(*rows), stack()) == ["+ one .3/.8 (2 blocks)"]
    plain = [msgspec.structs.replace(entry, block_scales=()) for entry in rows]
    assert differences(stack(*rows), stack(*plain)) == ["one other blocks"]


@pytest.mark.parametrize(
    ("left", "right", "shown", "change"),
    [
        ((), SOFT, "0.8, blocks IN04 0.5 M00 0", "blocks IN04 −0.5 M00 −1"),
        (SOFT, (), "0.8", "all blocks alike"),
        (SOFT, SOFT, "0.8, blocks IN04 0.5 M00 0", ""),
        (
            (),
            block_scales({f"IN{n:02}": 0.0 for n in range(5)}),
            "0.8, blocks IN00 0 IN01 0 IN02 0 and 2 more",
            "blocks IN00 −1 IN01 −1 IN02 −1 and 2 more",
        ),
    ],
)
def test_what_differs_is_told_by_block(left, right, shown, change):
    sides = [
        Side("", name, stack(row("manga", blocks=blocks)), Sampling())
        for name, blocks in (("x", left), ("y", right))
    ]
    diff = compare(*sides)
    assert (diff.lines[0].right, diff.lines[0].change) == (shown, change)
    assert diff.is_same_picture == (left == right)


# Drafts.


@pytest.mark.parametrize(
    ("now", "resumes"),
    [
        (manga(("IN04", 0.9)), True),  # 0.8 · 0.1
        (manga(("IN04", 0.5)), False),
        (manga(("IN04", 0.9), scale=0.9), True),
        (manga(scale=1.2), False),
    ],
)
def test_the_last_steps_are_enough_where_no_block_moved_far(now, resumes):
    before = request(manga(), steps=20)
    draft = draft_of(request(now, steps=20), before, 5)
    assert (draft.resumed is not None) == resumes


# The command line.


def test_they_are_typed_after_an_at_sign():
    read = parse_adapter("/x/manga.safetensors:0.8:0.3@IN04=0.5,M00=0,TE1.03=2")
    assert (read.file, read.scale, read.text_scale) == ("/x/manga.safetensors", 0.8, 0.3)
    assert read.block_scales == block_scales({"IN04": 0.5, "M00": 0, "TE1.03": 2})
    assert parse_adapter("manga@IN04=0.5").file == "manga"


def test_a_file_that_has_such_a_name_is_that_file(tmp_path):
    path = tmp_path / "manga@IN04=0.5"
    path.write_bytes(b"")
    read = parse_adapter(str(path))
    assert (read.file, read.block_scales) == (str(path), ())
    assert parse_adapter("me@home.safetensors").file == "me@home.safetensors"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("manga@IN4=0.5", "no block with a strength"),
        ("manga@IN04=much", "no block with a strength"),
        ("manga@IN04=0.5,", "no block with a strength"),
        ("manga@IN04=0.5,IN04=1", "a block is named twice"),
        ("manga@IN04=inf", "IN04 is not a finite number"),
        ("@IN04=0.5", "names no adapter file"),
    ],
)
def test_what_is_typed_wrong_is_told(text, words):
    with pytest.raises(ValueError, match=words):
        parse_adapter(text)


def test_a_tag_in_a_prompt_is_told_as_the_option_that_means_the_same():
    ones = ",".join(["1"] * 24)
    tag = f"<lora:manga:0.8:lbw=1,0.5,{ones}:blocks=TE1.03=0>"
    assert adapter_tags(f"a cat {tag}") == {tag: "--lora manga:0.8@IN00=0.5,TE1.03=0"}
    assert parse_adapter("manga:0.8@IN00=0.5,TE1.03=0").block_scales
