"""What of a read picture is taken, what is kept, what is told."""

import msgspec
import pytest

from loraviewer.core.foreign.found import FoundAdapter
from loraviewer.core.foreign.picture import ForeignAdapter, ReadPicture, file_stem, hashes_of
from loraviewer.core.foreign.restoring import (
    OpenedPicture,
    base_words,
    restored_sampling,
    restored_stack,
)
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import Sampling

DEMO = CheckpointInfo(
    source="/demo",
    name="Demo",
    identity="d" * 64,
    family="demo",
    device="cpu",
    dtype="float32",
    parameters=1,
    weight_bytes=4,
    default_width=128,
    default_height=128,
)
PRESENT = Sampling(prompt="here", negative_prompt="not", seed=3, steps=11, width=256, height=64)


def test_what_is_not_said_stays():
    restored = restored_sampling(ReadPicture(source="x", prompt="there", width=64), PRESENT, DEMO)
    assert restored.sampling == msgspec.structs.replace(PRESENT, prompt="there", words="weighted")
    told = ("negative prompt", "seed", "steps", "guidance", "sampler", "size")
    assert restored.kept == told
    assert restored.refused == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"steps": 1001}, "Steps"),
        ({"steps": 0}, "Steps"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"guidance": 101.0}, "Guidance"),
        ({"width": 100, "height": 64}, "multiples of 8"),
        ({"width": 8192, "height": 64}, "4096"),
    ],
)
def test_what_cannot_be_taken_is_told_and_the_rest_taken(fields, words):
    read = msgspec.structs.replace(ReadPicture(source="x", prompt="there"), **fields)
    restored = restored_sampling(read, PRESENT, DEMO)
    assert restored.sampling == msgspec.structs.replace(PRESENT, prompt="there", words="weighted")
    assert len(restored.refused) == 1
    assert words in restored.refused[0]


def test_what_the_base_cannot_do_is_told():
    flow = msgspec.structs.replace(DEMO, samplers=("Euler",), size_multiple=16)
    read = ReadPicture(source="x", sampler="UniPC", width=72, height=64)
    restored = restored_sampling(read, msgspec.structs.replace(PRESENT, sampler="Euler"), flow)
    assert (restored.sampling.sampler, restored.sampling.width) == ("Euler", 256)
    assert len(restored.refused) == 2


def test_rows_of_found_and_of_missing_files():
    manga = ForeignAdapter(name="manga", scale=0.8, text_scale=0.1, hashes=("ab" * 5,))
    ghost = ForeignAdapter(name="ghost", scale=-1.0)
    opened = OpenedPicture(
        path="/p/a.png",
        read=ReadPicture(source="x"),
        found=(
            FoundAdapter(
                adapter=manga, path="/l/renamed.safetensors", sha256="ab" * 32, by="content"
            ),
            FoundAdapter(adapter=ghost),
        ),
    )
    rows = restored_stack(opened, "/p").entries
    assert [(r.name, r.path, r.scale, r.text_scale) for r in rows] == [
        ("manga", "/l/renamed.safetensors", 0.8, 0.1),
        ("ghost", "/p/ghost.safetensors", -1.0, None),
    ]
    assert rows[0].sha256 == "ab" * 32
    assert len({row.sha256 for row in rows}) == 2


@pytest.mark.parametrize(
    ("model", "words"), [("Demo", ""), ("demo", ""), ("", ""), ("juggernaut", "juggernaut")]
)
def test_another_base_is_told_by_its_name(model, words):
    assert base_words(ReadPicture(source="x", model=model), DEMO) == words


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a/b.safetensors", "b"),
        ("a\\b\\c.SAFETENSORS", "c"),
        ("v1.5.pt", "v1.5"),
        ("no suffix v1.2", "no suffix v1.2"),
    ],
)
def test_names_of_files(name, stem):
    assert file_stem(name) == stem


def test_only_hashes_are_hashes():
    found = hashes_of("0xABCDEF0123", "e3b0c44298fc", "short", None, 3, "abcdef0123", "g" * 10)
    assert found == ("abcdef0123",)
