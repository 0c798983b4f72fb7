"""Laying out a safetensors file from tensors as bytes, without torch: the same tensors give the
same bytes, whatever order they came in.

The reference writer keeps metadata in a table without order, and gives its files to their owner
alone. Layout as in `files.header`; data in the order of falling element size, so that every tensor
is aligned, then of names.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.encodable import encodable

_ALIGNMENT = 8


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


def _header(tensors: Mapping[str, RawTensor], metadata: Mapping[str, str]) -> bytes:
    table: dict[str, object] = {
        "__metadata__": {k: encodable(metadata[k]) for k in sorted(metadata)}
    }
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.byte_count
        table[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return struct.pack("<Q", len(text)) + text
