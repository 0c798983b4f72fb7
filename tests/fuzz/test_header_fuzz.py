"""Tens of thousands of broken headers: refused with a sentence, or read as safetensors reads them.

`make fuzz` runs a hundred times as many; `header_atheris.py` is for a night.
"""

import contextlib
import io
import itertools
import json
import random
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loraviewer.adapters.files.header import read_header_from
from loraviewer.adapters.files.header_json import HeaderProblem, HeaderReader
from loraviewer.core.outcome import FileError
from tests.fuzz.headers import PATH, check, document_of, file_of, mutant

FILES, MUTANTS = 1_000, 40  # 40,000 broken headers
MANY_FILES = 70_000

_names = st.one_of(
    st.sampled_from(["lora_unet_to_q.lora_down.weight", "lora_unet_to_q.alpha", "a", "", "é"]),
    st.text(max_size=12).filter(lambda name: name != "__metadata__"),
)
_tensors = st.lists(
    st.tuples(
        _names,
        st.sampled_from(["F16", "F32", "BF16", "I64", "U8", "BOOL", "F8_E4M3", "C64"]),
        st.lists(st.integers(0, 4), max_size=4),
    ),
    max_size=5,
    unique_by=lambda tensor: tensor[0],
)
_metadata = st.dictionaries(st.text(max_size=8), st.text(max_size=12), max_size=3)


@settings(max_examples=300, deadline=None)
@given(tensors=_tensors, metadata=_metadata, pad=st.integers(0, 9))
def test_every_valid_file_is_read(tensors, metadata, pad):
    document, size = document_of(tensors, metadata)
    for escapes in (True, False):
        text = json.dumps(document, ensure_ascii=escapes).encode() + b" " * pad
        header = check(file_of(text, size))
        assert header is not None
        assert header.metadata == metadata


def _fuzz(tensors, metadata, seed) -> None:
    document, size = document_of(tensors, metadata)
    chance = random.Random(seed)
    for _ in range(MUTANTS):
        check(mutant(document, size, chance))


@settings(max_examples=FILES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tensors=_tensors, metadata=_metadata, seed=st.integers(0, 2**32))
def test_broken_headers(tensors, metadata, seed):
    _fuzz(tensors, metadata, seed)


@pytest.mark.fuzz
@settings(max_examples=MANY_FILES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tensors=_tensors, metadata=_metadata, seed=st.integers(0, 2**32))
def test_millions_of_broken_headers(tensors, metadata, seed):
    _fuzz(tensors, metadata, seed)


def _joined(pieces: Callable[[int], str], count: int, before: str, after: str) -> bytes:
    return (before + ",".join(pieces(i) for i in range(count)) + after).encode()


def _entry(name: str, begin: int = 0, end: int = 0, shape: str = "0") -> str:
    return f'"{name}":{{"dtype":"U8","shape":[{shape}],"data_offsets":[{begin},{end}]}}'


_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_SHORT = ["".join(pair) for n in (1, 2, 3) for pair in itertools.product(_LETTERS, repeat=n)]
HOSTILE: dict[str, Callable[[], bytes]] = {
    "many numbers": lambda: _joined(lambda i: f'"{_SHORT[i]}":1', 40_000, "{", "}"),
    "many lists": lambda: _joined(lambda i: "[]", 700_000, '{"a":[', "]}"),
    "deep lists": lambda: b'{"a":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
    "deep tables": lambda: b'{"a":' * 300_000 + b"1" + b"}" * 300_000,
    "many tables": lambda: _joined(lambda i: "{}", 700_000, '{"a":[', "]}"),
    "many texts": lambda: _joined(lambda i: '"ab"', 400_000, '{"a":[', "]}"),
    "many axes": lambda: _joined(lambda i: "999", 500_000, '{"a":{"dtype":"U8","shape":[', "]}}"),
    "many small metadata": lambda: _joined(
        lambda i: f'"{_SHORT[i]}":""', 40_000, '{"__metadata__":{', "}}"
    ),
    "one long metadata": lambda: (
        b'{"__metadata__":{"a":"' + b"x" * 2_000_000 + '\U0001f600"}}'.encode()
    ),
    "one escaped metadata": lambda: (
        b'{"__metadata__":{"a":"' + b"\\ud83d\\ude00" * 200_000 + b'"}}'
    ),
    "one long name": lambda: b'{"' + b"x" * 2_000_000 + b'":1}',
    "open quote": lambda: b'{"' + b"x\\" * 1_000_000,
    "only quotes": lambda: b"{" + b'"' * 2_000_000,
    "only spaces": lambda: b"{" + b" " * 2_000_000,
    "spaces between": lambda: b"{" + b'"a" ' * 500_000,
    "many empty tensors": lambda: _joined(lambda i: _entry(_SHORT[i]), 40_000, "{", "}"),
    "too many tensors": lambda: _joined(lambda i: _entry(f"{i:x}"), 200_001, "{", "}"),
    "long shapes": lambda: _joined(
        lambda i: _entry(_SHORT[i], shape=",".join(["999"] * 15 + ["0"])), 20_000, "{", "}"
    ),
    "equal names": lambda: _joined(lambda i: _entry("a"), 30_000, "{", "}"),
    "big offsets": lambda: _joined(
        lambda i: _entry(_SHORT[i], 10**18 + i, 10**18 + i + 1, "1"), 20_000, "{", "}"
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_memory_stays_in_proportion_to_the_file(case):
    """Ten times the file, and a little for small ones, whatever is in it."""
    raw = file_of(HOSTILE[case](), 0)
    buffer = io.BytesIO(raw)
    tracemalloc.start()
    try:
        with contextlib.suppress(FileError):
            read_header_from(buffer, PATH)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(raw) + 100_000


def test_the_header_reader_alone_refuses_what_is_no_table():
    for raw in (b"", b"[]", b"1", b'"a"', b"{", b"{}}", b'{"a":1}', b'{"a"}', b"{1:2}"):
        with pytest.raises(HeaderProblem):
            list(HeaderReader(raw).entries())
