"""Laying out a safetensors file from tensors as bytes, without torch: the same tensors give the
same bytes, whatever order they came in.

The reference writer keeps metadata in a table without order, and gives its files to their owner
alone. Layout as in `files.header`; data in the order of falling element size, so that every tensor
is aligned, then of names.
"""

import json
import shutil
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loraviewer.adapters.files.header import Header
from loraviewer.core.encodable import encodable

_ALIGNMENT = 8
_PIECE_BYTES = 16 << 20


@dataclass(frozen=True)
class RawTensor:
    """`dtype` as files spell it; `element_bytes` of one number; `data`: all of them, when asked."""

    dtype: str
    shape: Sequence[int]
    element_bytes: int
    byte_count: int
    data: Callable[[], bytes | memoryview]


def write_raw(path: Path, tensors: Mapping[str, RawTensor], metadata: Mapping[str, str]) -> None:
    """Raises `OSError`."""
    names = sorted(tensors, key=lambda name: (-tensors[name].element_bytes, name))
    with path.open("wb") as file:
        file.write(_header({name: tensors[name] for name in names}, metadata))
        for name in names:
            file.write(tensors[name].data())


def copy_with_metadata(
    source: Path, header: Header, out: Path, metadata: Mapping[str, str]
) -> Header:
    """A copy of a file whose metadata are others; tensors keep their order and their bytes. The
    header of the copy. Raises `OSError`."""
    table: dict[str, object] = {"__metadata__": _encodable(metadata)}
    for name, info in header.tensors.items():
        offsets = [info.begin, info.end]
        table[name] = {"dtype": info.dtype, "shape": list(info.shape), "data_offsets": offsets}
    start = _start(table)
    with source.open("rb") as old, out.open("wb") as new:
        new.write(start)
        old.seek(header.data_offset)
        shutil.copyfileobj(old, new, _PIECE_BYTES)
    return replace(header, metadata=dict(metadata), data_offset=len(start))


def _encodable(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: encodable(metadata[key]) for key in sorted(metadata)}


def _start(table: Mapping[str, object]) -> bytes:
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return struct.pack("<Q", len(text)) + text


def _header(tensors: Mapping[str, RawTensor], metadata: Mapping[str, str]) -> bytes:
    table: dict[str, object] = {"__metadata__": _encodable(metadata)}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.byte_count
        table[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [begin, end],
        }
    return _start(table)
