"""The start of a header tells as much as the whole one, or leaves it to that."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.files.header_start import read_header_start
from loraviewer.core.outcome import FileError

TENSOR = '"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}'


def written(path: Path, text: str, data: bytes = bytes(4)) -> Path:
    raw = text.encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + data)
    return path


@given(metadata=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=5))
def test_metadata_of_any_texts(metadata: dict[str, str], tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    for spaced in (None, 1):
        document = {"__metadata__": metadata, **json.loads(f"{{{TENSOR}}}")}
        written(path, json.dumps(document, indent=spaced))
        start = read_header_start(path)
        assert start.layout is not None
        assert start.metadata == metadata == read_header(path).metadata
        assert start.header() == read_header(path)


def test_layouts_are_equal_where_only_metadata_differs(tmp_path: Path) -> None:
    texts = (f'{{"__metadata__":{{"a":"{i}"}},{TENSOR}}}' for i in range(3))
    starts = [read_header_start(written(tmp_path / "a", text)) for text in texts]
    assert len({start.layout for start in starts}) == 1
    assert len({start.metadata["a"] for start in starts}) == 3


@pytest.mark.parametrize(
    "text",
    [
        TENSOR.replace("[2]", "[1,2]"),
        TENSOR.replace('"a"', '"b"'),
        TENSOR.replace("F16", "BF16"),
    ],
)
def test_layouts_differ_where_a_tensor_does(tmp_path: Path, text: str) -> None:
    known = read_header_start(written(tmp_path / "a", f"{{{TENSOR}}}")).layout
    assert read_header_start(written(tmp_path / "b", f"{{{text}}}")).layout != known


def test_layouts_differ_with_the_data_s_size(tmp_path: Path) -> None:
    sound = read_header_start(written(tmp_path / "a", f"{{{TENSOR}}}"))
    cut = read_header_start(written(tmp_path / "b", f"{{{TENSOR}}}", bytes(3)))
    assert sound.layout != cut.layout


@pytest.mark.parametrize(
    "text",
    [
        f'{{{TENSOR},"__metadata__":{{"a":"b"}}}}',
        f'{{"__metadata__":{{}},{TENSOR},"__metadata__":{{"a":"b"}}}}',
        f'{{"__metadata__":{{"a":"b","a":"c"}},{TENSOR}}}',
        f'{{"__metadata__":{{"a":1}},{TENSOR}}}',
        f'{{"__metadata__":{{"a":"b"}}{TENSOR}}}',
    ],
)
def test_what_is_unusual_is_left_to_the_whole_header(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "a", text)
    start = read_header_start(path)
    assert told(start.header) == told(lambda: read_header(path))
    assert start.layout is None or told(start.header).startswith("“")


def told(read: Callable[[], Header]) -> str:
    """What it read, or why it could not."""
    try:
        return repr(read())
    except FileError as error:
        return str(error)
