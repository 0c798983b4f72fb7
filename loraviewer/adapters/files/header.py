"""The header of a safetensors file, read without torch and without trusting the file.

Layout: u64 little-endian header length N, N bytes of JSON, then tensor data; `data_offsets` count
from byte 8 + N. Rules as in the reference reader (huggingface/safetensors), plus own caps.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn

from loraviewer.adapters.files.foreign_files import PEEKED_BYTES, told_by_start
from loraviewer.adapters.files.header_json import (
    HeaderProblem,
    HeaderReader,
    HeaderTooLarge,
    TensorInfo,
    described,
)
from loraviewer.core.outcome import FileError, text_of
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

MAX_TENSORS = 200_000
MAX_HEADER_BYTES = 100_000_000
"""What the format allows. The largest real checkpoints list some 5,000 tensors; the largest real
metadata has tens of MB of tag counts and pictures."""
MAX_AXES = 16
_MAX_SIZES = 1_000
_LIMIT = 2**63

FLOAT_DTYPES = frozenset({"F16", "BF16", "F32", "F64", "F8_E4M3", "F8_E5M2"})
FACTOR_DTYPES = FLOAT_DTYPES | {"BOOL", "U8", "I8", "I16", "I32", "I64"}
"""Number formats that factors and alphas of adapters may be stored in."""

BITS_OF_DTYPE: Mapping[str, int] = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file says about its tensors. `data_offset` is where the data section starts.
    `beside`: tensors that belong to packed weights (`files.bitsandbytes`), and to no network."""

    tensors: dict[str, TensorInfo]
    metadata: dict[str, str]
    data_offset: int
    beside: Mapping[str, TensorInfo] = field(default_factory=dict[str, TensorInfo])


def read_header(path: Path) -> Header:
    """Read and check the header; `FileError` names the file and what to do about it."""
    try:
        with open_regular(path) as file:
            return read_header_from(file, path)
    except OSError as error:
        reason = reason_of(error)
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason)
        ) from error


def read_header_from(file: BinaryIO, path: Path) -> Header:
    """As `read_header`, from an open file or a buffer; `path` only names it in errors.

    Takes at most some eight times the header's bytes of memory, and time in proportion to them.
    """
    raw, size = read_raw_header(file, path)
    return checked_header(raw, size, path)


def read_raw_header(file: BinaryIO, path: Path) -> tuple[bytes, int]:
    """The JSON text of a header, not looked at yet, and the size of the file."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(PEEKED_BYTES)
    length = struct.unpack("<Q", start[:8])[0] if len(start) > 8 else 0
    # Only the ninth byte tells a header of 640 bytes from a pickle: 640 starts like one.
    if start[8:9] != b"{" or not 2 <= length <= min(size - 8, MAX_HEADER_BYTES):
        _refuse_start(start, length, size, path)
    file.seek(8)
    raw = file.read(length)
    if len(raw) != length:
        raise FileError(
            say("“{path}” changed while it was being read; open it again.", path=str(path))
        )
    return raw, size


def checked_header(raw: bytes, size: int, path: Path) -> Header:
    """The header with this text, of a file of this size; errors as of `read_header`."""
    try:
        return _parse(raw, size)
    except HeaderProblem as problem:
        raise refusal(problem, path) from problem


def refusal(problem: HeaderProblem, path: Path) -> FileError:
    """The sentence about a file whose header, of whatever format, has this problem."""
    if not isinstance(problem, HeaderTooLarge):
        return _damaged(path, text_of(problem))
    return FileError(
        say(
            "“{path}” is too large to be opened here: {problem}.",
            path=str(path),
            problem=text_of(problem),
        )
    )


def _refuse_start(start: bytes, length: int, size: int, path: Path) -> NoReturn:
    told = told_by_start(start)
    if told is not None:
        raise FileError(say("“{path}” {told}.", path=str(path), told=told))
    if len(start) <= 8:
        raise _damaged(path, say("it is too short to be a safetensors file"))
    if length > size - 8:
        reason = say("its header is longer than the file; it is cut off or no safetensors file")
        raise _damaged(path, reason)
    if length > MAX_HEADER_BYTES:
        raise _damaged(path, _too_long(length))
    raise _damaged(path, say("its header is not a JSON object"))


def _too_long(length: int) -> str:
    return say(
        "its header claims {length:,} bytes, more than the allowed {allowed:,}",
        length=length,
        allowed=MAX_HEADER_BYTES,
    )


def _damaged(path: Path, reason: str) -> FileError:
    return FileError(
        say(
            "“{path}” is damaged: {reason}. Download or export it again.",
            path=str(path),
            reason=reason,
        )
    )


def _parse(raw: bytes, file_size: int) -> Header:
    """Raises `HeaderProblem`. Nothing is built for an entry before the one before it is checked."""
    reader = HeaderReader(raw)
    tensors: dict[str, TensorInfo] = {}
    sizes: dict[tuple[str, tuple[int, ...]], int] = {}
    for name, info in reader.entries():
        if name in tensors:
            raise HeaderProblem(say("its header lists {name} twice", name=described(name)))
        if len(tensors) == MAX_TENSORS:
            raise HeaderTooLarge(say("it lists more than {most:,} tensors", most=MAX_TENSORS))
        form = (info.dtype, info.shape)
        size = sizes.get(form)
        if size is None:
            size = _checked_size(name, info)
            sizes = sizes if len(sizes) < _MAX_SIZES else {}
            sizes[form] = size
        if info.end - info.begin != size:
            raise HeaderProblem(
                say("the shape of {name} does not fit its bytes", name=described(name))
            )
        tensors[name] = info
    data_offset = 8 + len(raw)
    _check_layout(tensors, file_size - data_offset)
    return Header(tensors, reader.metadata, data_offset)


def _checked_size(name: str, info: TensorInfo) -> int:
    """Bytes of a tensor of this dtype and shape."""
    if info.dtype not in BITS_OF_DTYPE:
        raise HeaderProblem(
            say(
                "{name} has the unknown number format “{dtype}”",
                name=described(name),
                dtype=info.dtype,
            )
        )
    if len(info.shape) > MAX_AXES or not _is_countable(info.shape):
        raise HeaderProblem(say("{name} has an impossible shape", name=described(name)))
    size, rest = divmod(bits_of(info.dtype, info.shape), 8)
    if rest:
        raise HeaderProblem(say("{name} does not end at a whole byte", name=described(name)))
    return size


def _is_countable(shape: Sequence[int]) -> bool:
    """Whether no product of axes overflows in the libraries that count in 64 bits, even where
    another axis is empty."""
    product = 64  # the most bits a number has
    for size in shape:
        product *= size or 1
        if product >= _LIMIT:
            return False
    return True


def bits_of(dtype: str, shape: Sequence[int]) -> int:
    """Size of a tensor in bits. Python integers cannot overflow."""
    bits = BITS_OF_DTYPE[dtype]
    for size in shape:
        bits *= size
    return bits


def _check_layout(tensors: Mapping[str, TensorInfo], data_bytes: int) -> None:
    """No gap, no overlap, and the last tensor ends where the file ends."""
    at = 0
    for name, info in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if info.begin != at:
            raise HeaderProblem(
                say("{name} overlaps another one or leaves a gap", name=described(name))
            )
        at = info.end
    if at != data_bytes:
        raise HeaderProblem(
            say("its tensor data is cut off")
            if at > data_bytes
            else say("its tensor data is followed by unknown bytes")
        )
