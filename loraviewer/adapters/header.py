"""The header of a safetensors file, read without torch and without trusting the file.

Layout: u64 little-endian header length N, N bytes of JSON, then tensor data; `data_offsets` count
from byte 8 + N. Rules as in the reference reader (huggingface/safetensors), plus own caps.
"""

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from loraviewer.core.outcome import FileError

MAX_HEADER_BYTES = 100_000_000
MAX_TENSORS = 200_000
MAX_AXES = 16

FACTOR_DTYPES = frozenset(
    {"U8", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "F64", "F8_E4M3", "F8_E5M2"}
)
"""Number formats that factors and alphas of adapters may be stored in."""

BITS_OF_DTYPE: Mapping[str, int] = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip

_PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor's place: dtype as spelled in the file; bytes `begin … end` of the data section."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a file says about its tensors. `data_offset` is where the data section starts."""

    tensors: dict[str, TensorInfo]
    metadata: dict[str, str]
    data_offset: int


def read_header(path: Path) -> Header:
    """Read and check the header; `FileError` names the file and what to do about it."""
    try:
        with path.open("rb") as file:
            return read_header_from(file, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(f"“{path}” cannot be read: {reason}.") from error


def read_header_from(file: BinaryIO, path: Path) -> Header:
    """As `read_header`, from an open file; `path` only names it in errors."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(9)
    # A header of 640 bytes starts like a pickle too, but then JSON follows.
    if start.startswith(_PICKLE_STARTS) and not start.endswith(b"{"):
        raise FileError(
            f"“{path}” is a pickle, which can run code when opened; "
            "convert it to safetensors and open that."
        )
    if len(start) < 8:
        _refuse(path, "it is too short to be a safetensors file")
    (length,) = struct.unpack("<Q", start[:8])
    if length > size - 8:
        _refuse(path, "its header is longer than the file; it is cut off or no safetensors file")
    if length > MAX_HEADER_BYTES:
        _refuse(path, f"its header claims {length} bytes, more than the allowed {MAX_HEADER_BYTES}")
    file.seek(8)
    return _parse(file.read(length), 8 + length, size, path)


def _refuse(path: Path, reason: str) -> NoReturn:
    raise FileError(f"“{path}” is damaged: {reason}. Download or export it again.")


def _parse(raw: bytes, data_offset: int, file_size: int, path: Path) -> Header:
    if not raw.startswith(b"{"):
        _refuse(path, "its header is not a JSON object")
    document = _decode(raw, path)
    if len(document) > MAX_TENSORS:
        _refuse(path, f"it lists {len(document)} tensors, more than the allowed {MAX_TENSORS}")
    metadata = _metadata(document.pop("__metadata__", {}), path)
    tensors = {name: _tensor(name, entry, path) for name, entry in document.items()}
    _check_layout(tensors, file_size - data_offset, path)
    return Header(tensors, metadata, data_offset)


class _DuplicateKeyError(ValueError):
    pass


def _decode(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_unique_pairs)
    except UnicodeDecodeError:
        _refuse(path, "its header is not UTF-8")
    except _DuplicateKeyError as error:
        _refuse(path, f"its header has the key “{error}” twice")
    except RecursionError:
        _refuse(path, "its header is nested too deeply")
    except ValueError as error:
        _refuse(path, f"its header is not valid JSON ({error})")


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise _DuplicateKeyError(name)
        result[name] = value
    return result


def _metadata(entry: Any, path: Path) -> dict[str, str]:
    if not isinstance(entry, dict) or not all(isinstance(v, str) for v in entry.values()):
        _refuse(path, "its metadata is not a flat table of texts")
    return entry


def _tensor(name: str, entry: Any, path: Path) -> TensorInfo:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        _refuse(path, f"the entry of tensor “{name}” is incomplete")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS_OF_DTYPE:
        _refuse(path, f"tensor “{name}” has the unknown number format {dtype!r}")
    if not _is_sizes(shape) or len(shape) > MAX_AXES:
        _refuse(path, f"tensor “{name}” has an impossible shape")
    if not _is_sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        _refuse(path, f"tensor “{name}” has impossible offsets")
    if bits_of(dtype, shape) != (offsets[1] - offsets[0]) * 8:
        _refuse(path, f"the shape of tensor “{name}” does not fit its bytes")
    return TensorInfo(dtype, tuple(shape), offsets[0], offsets[1])


def _is_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(v) is int and 0 <= v < 2**63 for v in value)


def bits_of(dtype: str, shape: list[int] | tuple[int, ...]) -> int:
    """Size of a tensor in bits. Python integers cannot overflow."""
    bits = BITS_OF_DTYPE[dtype]
    for size in shape:
        bits *= size
    return bits


def _check_layout(tensors: Mapping[str, TensorInfo], data_bytes: int, path: Path) -> None:
    """No gap, no overlap, and the last tensor ends where the file ends."""
    at = 0
    for name, info in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if info.begin != at:
            _refuse(path, f"tensor “{name}” overlaps another one or leaves a gap")
        at = info.end
    if at != data_bytes:
        what = "cut off" if at > data_bytes else "followed by unknown bytes"
        _refuse(path, f"its tensor data is {what}")
