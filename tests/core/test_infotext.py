import msgspec
import pytest

from loraviewer.core import infotext
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.outcome import FileError
from loraviewer.core.request import CheckpointRef, GenerationRequest, ResumedFrom, Sampling
from loraviewer.core.stack import AppliedAdapter

RECORD = ImageRecord(
    request=GenerationRequest(
        checkpoint=CheckpointRef("C:\\models\\base, new.safetensors", "0123456789abcdef"),
        adapters=(
            AppliedAdapter("a" * 64, 0.8, 0.8, "manga", "/x/manga.safetensors"),
            AppliedAdapter("b" * 64, 1.0, 0.25, "birds", "/x/birds.safetensors"),
        ),
        sampling=Sampling(prompt="a girl, “red”", negative_prompt="blurry", seed=2**40),
    ),
    fingerprint="feed",
    versions={"loraviewer": "0.1.0", "torch": "2"},
)


def test_the_record_survives_json():
    assert infotext.from_json(infotext.to_json(RECORD)) == RECORD


def test_equal_records_have_equal_text():
    again = infotext.from_json(infotext.to_json(RECORD))
    assert infotext.text_chunks(again) == infotext.text_chunks(RECORD)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"request": 3}', '{"request": {}, "more": 1}'])
def test_damaged_records_are_refused_in_a_sentence(text):
    with pytest.raises(FileError, match="cannot be read"):
        infotext.from_json(text)


def test_text_for_a1111():
    assert infotext.to_a1111(RECORD).splitlines() == [
        "a girl, “red” <lora:manga:0.8> <lora:birds:te=0.25:unet=1>",
        "Negative prompt: blurry",
        "Steps: 10, Sampler: DPM++ 2M, CFG scale: 4, Seed: 1099511627776, Size: 128x128, "
        'Model hash: 0123456789, Model: base  new, Lora hashes: "manga: aaaaaaaaaa, '
        'birds: bbbbbbbbbb", Version: loraviewer 0.1.0',
    ]


def test_text_of_a_bare_request():
    request = GenerationRequest(checkpoint=CheckpointRef("demo"), sampling=Sampling(prompt="a cat"))
    lines = infotext.to_a1111(ImageRecord(request=request)).splitlines()
    assert lines[0] == "a cat"
    assert lines[1].endswith("Size: 128x128, Model: demo")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Draft: few steps"),
        ({"resumed": ResumedFrom((), 6)}, "Draft: last 4 steps"),
    ],
)
def test_a_draft_says_so_in_both_texts(fields, words):
    draft = msgspec.structs.replace(RECORD.request, is_draft=True, **fields)
    record = msgspec.structs.replace(RECORD, request=draft)
    assert words in infotext.to_a1111(record)
    assert infotext.from_json(infotext.to_json(record)).request == draft
    assert "Draft" not in infotext.to_a1111(RECORD)
