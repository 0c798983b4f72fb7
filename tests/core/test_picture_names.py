"""A saved picture is called what it shows, on every file system."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.merge_rules import read_rule
from loraviewer.core.picture_names import picture_name, unused_name
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter


def request(prompt: str, *adapters: tuple[str, float], seed: int = 6, **fields):
    return GenerationRequest(
        checkpoint=CheckpointRef("demo", "d"),
        adapters=tuple(AppliedAdapter(name, scale, scale, name) for name, scale in adapters),
        sampling=Sampling(prompt=prompt, seed=seed),
        **fields,
    )


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (
            request("a boat in the sea", ("birds", 1.0), ("night", 0.7)),
            "a boat in the sea - birds 1 + night 0.7 - seed 6.png",
        ),
        (request("a boat"), "a boat - base - seed 6.png"),
        (request("", ("birds", -0.5), seed=2**60), f"birds -0.5 - seed {2**60}.png"),
        (request("a/b: c?\n d", is_draft=True), "a b c d - base - seed 6 - draft.png"),
        (
            request("a boat", ("birds", 1.0), merge_rule=read_rule("ties:0.2")),
            "a boat - birds 1 - ties 0.2 - seed 6.png",
        ),
        (request("..."), "base - seed 6.png"),
    ],
)
def test_names(wanted: GenerationRequest, name: str) -> None:
    assert picture_name(wanted) == name


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=6))
def test_any_words_make_a_name_that_every_system_takes(prompt: str, adapters: list[str]) -> None:
    name = picture_name(request(prompt, *((adapter, 1.0) for adapter in adapters)))
    assert len(name.encode("utf-8")) <= 255
    assert not set(name) & set('<>:"/\\|?*\0\n\r\t')
    assert Path(name).name == name
    assert not name.startswith((" ", "."))


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    assert unused_name(tmp_path, "a.png") == "a.png"
    for taken in ("a.png", "a (2).png"):
        (tmp_path / taken).touch()
    assert unused_name(tmp_path, "a.png") == "a (3).png"
