"""The header reader refuses every malformed file with one sentence, and agrees with safetensors."""

import json
import os
import struct
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.adapters.files.header import (
    BITS_OF_DTYPE,
    MAX_TENSORS,
    read_header,
    read_header_from,
)
from loraviewer.adapters.files.tensors import TORCH_DTYPES, read_tensor
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import FileError


def raw_file(path: Path, header: bytes, data: bytes = b"", length: int | None = None) -> Path:
    size = len(header) if length is None else length
    path.write_bytes(struct.pack("<Q", size) + header + data)
    return path


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_reads_what_safetensors_writes(tmp_path):
    tensors = {
        "a": torch.arange(6, dtype=torch.float16).reshape(2, 3),
        "b": torch.tensor(4, dtype=torch.int64),
        "c": torch.empty(0, 5),
        "d": torch.randn(3, dtype=torch.bfloat16),
    }
    path = tmp_path / "x.safetensors"
    save_file(tensors, path, {"k": "v"})
    header = read_header(path)
    assert header.metadata == {"k": "v"}
    assert {n: i.shape for n, i in header.tensors.items()} == {
        n: tuple(t.shape) for n, t in tensors.items()
    }
    with path.open("rb") as file:
        for name, tensor in tensors.items():
            assert torch.equal(read_tensor(file, header, name, path), tensor)


MALFORMED = {
    "cut off": (b"{}", b"", 10_000),
    "huge": (b"{}", b"", 2**63),
    "no json": (b"[1]", b"", None),
    "broken json": (b'{"a":', b"", None),
    "not utf-8": (b'{"\xff":1}', b"", None),
    "deep": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b"", None),
    "duplicate": (
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
        b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b"0000",
        None,
    ),
    "nested metadata": (b'{"__metadata__":{"a":{}}}', b"", None),
    "metadata list": (b'{"__metadata__":[]}', b"", None),
    "unknown dtype": (json.dumps({"a": entry("F12")}).encode(), b"0000", None),
    "negative": (json.dumps({"a": entry(shape=(-1,))}).encode(), b"0000", None),
    "boolean": (json.dumps({"a": entry(shape=(True,))}).encode(), b"0000", None),
    "overflow": (json.dumps({"a": entry(shape=(2**62, 4, 2**62))}).encode(), b"0000", None),
    "size": (json.dumps({"a": entry(shape=(2,))}).encode(), b"0000", None),
    "backwards": (json.dumps({"a": entry(offsets=(4, 0))}).encode(), b"0000", None),
    "gap": (json.dumps({"a": entry(offsets=(4, 8))}).encode(), b"00000000", None),
    "overlap": (
        json.dumps({"a": entry(), "b": entry(offsets=(0, 4))}).encode(),
        b"00000000",
        None,
    ),
    "trailing": (json.dumps({"a": entry()}).encode(), b"00000000", None),
    "truncated": (json.dumps({"a": entry()}).encode(), b"00", None),
    "missing field": (b'{"a":{"dtype":"F32","shape":[1]}}', b"0000", None),
    "entry is text": (b'{"a":"b"}', b"", None),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_files_are_refused_with_one_sentence(tmp_path, case):
    path = raw_file(tmp_path / "bad.safetensors", *MALFORMED[case])
    with pytest.raises(FileError) as caught:
        read_header(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    with pytest.raises((SafetensorError, ValueError, OverflowError)), safe_open(path, "pt"):
        raise ValueError("the reference reader is more lenient here")


def test_a_header_length_that_looks_like_a_pickle_is_read(tmp_path):
    header = json.dumps({"a": entry()}).encode().ljust(0x280)
    path = raw_file(tmp_path / "x.safetensors", header, b"0000")
    assert path.read_bytes().startswith(b"\x80\x02")
    assert set(read_header(path).tensors) == {"a"}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : "), (" ,\n", ":\t")])
@pytest.mark.parametrize("end", ["", " ", "\n", "\r\n\t"])
def test_white_space_between_entries_is_no_fault(tmp_path, separators, end):
    """Behind the last entry, too, as some hand-made tools leave it."""
    document = {"__metadata__": {"a": "b"}, "x": entry(), "y": entry(offsets=(4, 8))}
    text = json.dumps(document, separators=separators)
    raw_file(tmp_path / "x.safetensors", f"{text[:-1]}{end}}}".encode(), b"00000000")
    assert set(read_header(tmp_path / "x.safetensors").tensors) == {"x", "y"}


def test_missing_empty_and_folder(tmp_path):
    (tmp_path / "empty.safetensors").write_bytes(b"")
    for name in ("absent.safetensors", "empty.safetensors", ""):
        with pytest.raises(FileError):
            read_header(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_pipes_are_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.safetensors"
    os.mkfifo(pipe)
    with pytest.raises(FileError, match="no ordinary file"):
        read_header(pipe)


@pytest.mark.parametrize("name", ["new\nline", "bell\a", "x" * 900, "\u202eturned"])
def test_hostile_names_stay_on_one_short_line(tmp_path, name):
    text = json.dumps({name: entry("F12")}).encode()
    path = raw_file(tmp_path / "bad.safetensors", text, b"0000")
    with pytest.raises(FileError) as caught:
        read_header(path)
    message = str(caught.value).replace(str(path), "")
    assert message.isprintable()
    assert len(message) < 250


CAPS = {
    "tensors": lambda: {f"{i:x}": entry("U8", (0,), (0, 0)) for i in range(MAX_TENSORS + 1)},
    "name": lambda: {"x" * 1_001: entry()},
    "metadata entries": lambda: {"__metadata__": {f"{i}": "" for i in range(10_001)}},
    "axes": lambda: {"a": entry(shape=(1,) * 17)},
    "empty axis beside a huge one": lambda: {"a": entry("U8", (0, 2**62), (0, 0))},
}


@pytest.mark.parametrize("case", CAPS)
def test_own_limits(tmp_path, case):
    path = raw_file(tmp_path / "large.safetensors", json.dumps(CAPS[case]()).encode(), b"0000")
    with pytest.raises(FileError, match=path.name):
        read_header(path)


@pytest.mark.long
@pytest.mark.parametrize("case", ["tensors", "name", "metadata entries"])
def test_a_sound_file_beyond_our_limits_is_not_called_damaged(tmp_path, case):
    path = raw_file(tmp_path / "large.safetensors", json.dumps(CAPS[case]()).encode(), b"0000")
    with pytest.raises(FileError, match="is too large to be opened here: ") as told:
        read_header(path)
    assert "damaged" not in str(told.value)


def test_headers_of_many_megabytes_are_read_up_to_what_the_format_allows(tmp_path):
    start, end = b'{"__metadata__":{"tags":"', b'"}}'
    path = raw_file(tmp_path / "large.safetensors", start + b"x" * 69_000_000 + end)
    assert len(read_header(path).metadata["tags"]) == 69_000_000
    raw_file(path, b"{}", length=100_000_001)
    os.truncate(path, 8 + 100_000_001)
    with pytest.raises(FileError, match="its header claims 100,000,001 bytes"):
        read_header(path)


@pytest.mark.long
def test_as_many_tensors_as_allowed_and_megabytes_of_metadata_are_read(tmp_path):
    document = {"__metadata__": {"modelspec.thumbnail": "x" * 5_000_000}}
    document |= {f"{i:0100x}": entry("U8", (0,), (0, 0)) for i in range(MAX_TENSORS)}
    path = raw_file(tmp_path / "large.safetensors", json.dumps(document).encode())
    header = read_header(path)
    assert len(header.tensors) == MAX_TENSORS
    assert len(header.metadata["modelspec.thumbnail"]) == 5_000_000


def test_a_sparse_file_of_many_gigabytes_is_read_by_its_header(tmp_path):
    size = 50 << 30
    text = json.dumps({"w": entry("F16", (size // 2,), (0, size))}).encode()
    path = raw_file(tmp_path / "large.safetensors", text)
    os.truncate(path, 8 + len(text) + size)
    assert read_header(path).tensors["w"].shape == (size // 2,)


def test_a_file_that_shrinks_while_open_is_told(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.zeros(100_000)}, path)
    with path.open("rb") as file:
        header = read_header_from(file, path)
        os.truncate(path, 2000)
        with pytest.raises(FileError, match="changed while it was being read"):
            read_tensor(file, header, "a", path)


def test_hash_is_cancellable(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert file_sha256(path).startswith("ba7816bf")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        file_sha256(path, token)


def test_every_known_dtype_has_its_size():
    for name, dtype in TORCH_DTYPES.items():
        assert BITS_OF_DTYPE[name] == torch.empty(0, dtype=dtype).element_size() * 8
