import msgspec
import pytest

from loraviewer.core import infotext
from loraviewer.core.a1111_text import GalleryHashes
from loraviewer.core.foreign.own import read_own
from loraviewer.core.foreign.read import read_picture
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.known_fields import known_fields
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.outcome import FileError
from loraviewer.core.request import (
    FROZEN,
    CheckpointRef,
    GenerationRequest,
    ResumedFrom,
    Sampling,
)
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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"request": 3}',
        '{"request": {}, "more": 1}',
        "[" * 100_000,
        '{"more": ' * 100_000,
        '{"request": {"checkpoint": {}}}',
        '{"request": {"checkpoint": {"path": "a"}, "dtype": "float3"}}',
        '{"request": {"checkpoint": {"path": "a"}, "sampling": {"steps": "10"}, "tone": 1}}',
        '{"request": {"checkpoint": {"path": "a"}}, "schema": "2"}',
    ],
)
def test_damaged_records_are_refused_in_a_sentence(text):
    with pytest.raises(FileError, match="cannot be read"):
        infotext.from_json(text)


NOISY = msgspec.structs.replace(RECORD, beyond="fresh noise in activations, energy 0.1, draw 1")


def test_what_no_request_can_say_is_said_and_nothing_is_said_of_nothing():
    assert infotext.from_json(infotext.to_json(NOISY)) == NOISY
    assert "beyond" not in infotext.to_json(RECORD)
    line = infotext.to_a1111(NOISY).splitlines()[-1]
    assert 'Made with: "fresh noise in activations, energy 0.1, draw 1"' in line
    assert any("fresh noise" in odd for odd in read_own(infotext.to_json(NOISY)).not_understood)
    assert read_own(infotext.to_json(RECORD)).not_understood == ()


HASHES = GalleryHashes("c0ffee" * 10, {"a" * 64: "123456789abc"})


def test_text_for_a1111():
    assert infotext.to_a1111(RECORD, HASHES).splitlines() == [
        "a girl, “red” <lora:manga:0.8> <lora:birds:te=0.25:unet=1>",
        "Negative prompt: blurry",
        "Steps: 10, Sampler: DPM++ 2M, CFG scale: 4, Seed: 1099511627776, Size: 128x128, "
        'Model hash: c0ffeec0ff, Model: "base, new", Lora hashes: "manga: 123456789abc, '
        'birds: bbbbbbbbbb", Version: loraviewer 0.1.0',
    ]


def test_a_checkpoint_without_a_file_has_no_hash():
    """Our own fingerprint of the weights would be looked up in vain."""
    assert "Model hash" not in infotext.to_a1111(RECORD)


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


def of_newer(**fields) -> str:
    """The record as another version wrote it: keys are dotted, as in sentences."""
    raw = msgspec.to_builtins(RECORD)
    for name, value in fields.items():
        *path, last = name.split("__")
        holder = raw
        for part in path:
            holder = holder[int(part) if part.isdigit() else part]
        holder[last] = value
    return msgspec.json.encode(raw).decode()


def test_a_record_of_this_version_has_no_note():
    assert infotext.read_json(infotext.to_json(RECORD)).note == ""


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"store": [1]}, "“store”"),
        ({"request__tone": {"deep": {"er": 1}}}, "“request.tone”"),
        ({"request__sampling__eta": 0.5}, "“request.sampling.eta”"),
        ({"request__adapters__1__blocks": [1.0]}, "“request.adapters.blocks”"),
        ({"request__checkpoint__vae": "x"}, "“request.checkpoint.vae”"),
        ({"schema": 2}, "its version 2"),
    ],
)
def test_records_of_newer_versions_are_read_as_far_as_they_are_known(fields, name):
    read = infotext.read_json(of_newer(**fields))
    assert read.record == msgspec.structs.replace(RECORD, schema=fields.get("schema", 1))
    assert read.note == (
        f"A newer loraviewer saved this picture, and {name} cannot be understood here; "
        "update loraviewer to make the same picture again."
    )


def test_where_a_draft_starts_is_read_too():
    resumed = {"adapters": [], "done": 6, "noise": "x"}
    read = infotext.read_json(of_newer(request__resumed=resumed))
    assert read.record.request.resumed == ResumedFrom((), 6)
    assert "“request.resumed.noise”" in read.note


def test_names_from_a_file_are_short_and_printable():
    names = {"a" * 500: 1, "b\x1b[2J\n": 1, "c": 1, "d": 1, "e": 1}
    note = infotext.read_json(of_newer(schema=7, **names)).note
    assert note.isprintable()
    assert len(note) < 400
    assert "its version 7 and “aaa" in note
    assert "and 2 more cannot be understood" in note


def test_what_a_record_leaves_out_is_what_it_was_then():
    """Also where a default becomes another one."""
    text = '{"request": {"checkpoint": {"path": "a"}, "sampling": {"prompt": "a cat"}}}'
    request = infotext.from_json(text).request
    assert request == GenerationRequest(
        checkpoint=CheckpointRef("a"),
        sampling=Sampling(
            prompt="a cat", seed=7, steps=10, guidance_scale=4.0, sampler="DPM++ 2M", width=128
        ),
    )


class LaterSampling(Sampling, frozen=True, forbid_unknown_fields=True, kw_only=True):
    steps: int = 20


class LaterRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sampling: LaterSampling = LaterSampling()


@pytest.mark.parametrize("raw", [{"sampling": {"seed": 3}}, {"sampling": {"seed": 3, "x": 1}}])
def test_a_later_default_is_not_read_into_old_records(raw):
    known, _ = known_fields(raw, LaterRequest, FROZEN)
    assert msgspec.convert(known, LaterRequest).sampling.steps == 10


def test_the_number_of_threads_is_recorded():
    record = msgspec.structs.replace(RECORD, threads=3)
    assert infotext.from_json(infotext.to_json(record)).threads == 3


def test_a_picture_by_another_merge_rule_does_not_pass_for_a_sum():
    request = msgspec.structs.replace(RECORD.request, merge_rule=read_rule("ties:0.2"))
    record = msgspec.structs.replace(RECORD, request=request)
    assert 'Merge rule: "ties:0.2", Version' in infotext.to_a1111(record)
    assert "Merge rule" not in infotext.to_a1111(RECORD)
    assert infotext.from_json(infotext.to_json(record)) == record


def test_who_reads_the_text_of_another_program_is_told_of_the_merge_rule():
    request = msgspec.structs.replace(RECORD.request, merge_rule=read_rule("iso-c"))
    text = infotext.to_a1111(msgspec.structs.replace(RECORD, request=request))
    read = read_picture({"parameters": text})
    assert read is not None
    assert any("Merge rule" in phrase for phrase in read.not_understood)


TEMPLATED = msgspec.structs.replace(
    RECORD,
    request=msgspec.structs.replace(
        RECORD.request,
        sampling=msgspec.structs.replace(RECORD.request.sampling, template="a girl, {“red”|blue}"),
    ),
)


def test_what_the_words_came_of_is_kept_beside_them_and_decides_no_pixel():
    assert infotext.from_json(infotext.to_json(TEMPLATED)) == TEMPLATED
    assert read_own(infotext.to_json(TEMPLATED)).template == "a girl, {“red”|blue}"
    assert TEMPLATED.request.sha256() == RECORD.request.sha256()
    assert infotext.to_a1111(TEMPLATED) == infotext.to_a1111(RECORD)


def test_records_of_prompts_to_the_letter_are_what_they_were():
    """So that older versions miss nothing in them."""
    assert "template" not in infotext.to_json(RECORD)


def test_a_compiled_picture_says_so_and_no_other_says_anything():
    request = msgspec.structs.replace(RECORD.request, is_compiled=True)
    record = msgspec.structs.replace(RECORD, request=request)
    assert "Denoiser: compiled, Version" in infotext.to_a1111(record)
    assert infotext.from_json(infotext.to_json(record)) == record
    assert "is_compiled" not in infotext.to_json(RECORD)
    assert "Denoiser" not in infotext.to_a1111(RECORD)
