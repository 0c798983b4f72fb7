"""Rows through the clipboard: the same rows with new ids, or one sentence."""

import json

import msgspec
import pytest

from loraviewer.core.foreign.pasted import pasted_adapters
from loraviewer.core.outcome import FileError
from loraviewer.core.row_clipboard import rows_from_json, rows_to_json, rows_to_text
from loraviewer.core.stack import StackEntry
from tests import a1111_reader

MANGA = StackEntry(
    entry_id="a",
    name="manga",
    path="/lora/manga\udcff.safetensors",
    sha256="m" * 64,
    is_enabled=False,
    is_solo=True,
    scale=-0.8,
    text_scale=0.3,
    insisted_on="base",
    block_scales=(("IN04", 0.5),),
    fader_range=(-5.0, 5.0),
)
BIRDS = StackEntry(entry_id="b", name="birds", path="/lora/birds.safetensors", sha256="b" * 64)


def test_rows_come_back_whole_with_ids_of_their_own() -> None:
    read = rows_from_json(rows_to_json([MANGA, BIRDS]))
    assert not {row.entry_id for row in read} & {"a", "b"}
    assert len({row.entry_id for row in read}) == 2
    for row, own in zip(read, (MANGA, BIRDS), strict=True):
        assert msgspec.structs.replace(row, entry_id=own.entry_id) == own


def test_what_a_newer_studio_wrote_beside_them_is_passed_over() -> None:
    raw = json.loads(rows_to_json([BIRDS]))
    raw["rows"][0]["colour"] = "green"
    raw["from"] = "tomorrow"
    assert rows_from_json(json.dumps(raw).encode())[0].name == "birds"


def bad(**changes: object) -> bytes:
    raw = json.loads(rows_to_json([MANGA]))
    raw["rows"][0] |= changes
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b'{"loraviewer": "session", "version": 1}',
        b'{"loraviewer": "rows", "version": 2, "rows": []}',
        b'{"loraviewer": "rows", "version": 1, "rows": [[]]}',
        b"[" * 100_000,
        b" " * (17 << 20),
        bad(scale=float("inf")),
        bad(scale="much"),
        bad(path=None),
        bad(fader_range=[2, 1]),
        bad(block_scales=[["IN04", 0.5], ["IN04", 0.6]]),
    ],
    ids=range(14),
)
def test_anything_else_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(FileError) as refused:
        rows_from_json(data)
    assert str(refused.value).startswith("What was copied cannot be pasted: it ")
    assert str(refused.value).endswith(".")


def test_other_programs_read_names_and_strengths() -> None:
    text = rows_to_text([MANGA, BIRDS])
    assert text.startswith("<lora:manga:te=0.3:unet=-0.8:lbw=1,1,1,1,1,0.5,1,")
    tags = a1111_reader.read(text).tags
    assert [(tag.name, tag.unet, tag.text) for tag in tags] == [
        ("manga", -0.8, 0.3),
        ("birds", 1.0, 1.0),
    ]


def test_a_tag_is_no_longer_than_its_name_and_strength_where_blocks_are_alike() -> None:
    assert rows_to_text([BIRDS]) == "<lora:birds:1>"


def test_such_a_text_names_the_same_adapters_here() -> None:
    manga, birds = pasted_adapters(rows_to_text([MANGA, BIRDS]))
    assert (manga.name, manga.scale, manga.text_scale) == ("manga", -0.8, 0.3)
    assert manga.block_scales == MANGA.block_scales
    assert (birds.name, birds.scale, birds.text_scale) == ("birds", 1.0, None)


def test_all_that_a1111_writes_brings_hashes_along() -> None:
    text = (
        "a girl <lora:manga:0.8>\nSteps: 20, Sampler: Euler a, Seed: 7, Size: 512x512, "
        'Lora hashes: "manga: 0123456789ab"'
    )
    assert [(one.name, one.scale, one.hashes) for one in pasted_adapters(text)] == [
        ("manga", 0.8, ("0123456789ab",))
    ]


def test_a_text_without_tags_names_none() -> None:
    assert pasted_adapters("a girl in a <green> meadow <lora>") == ()
