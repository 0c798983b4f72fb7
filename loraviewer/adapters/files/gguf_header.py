"""The header of a GGUF file, read without trusting the file and without mapping it.

Layout (ggml's specification, versions 2 and 3, little-endian): magic, version, counts; metadata as
typed values; for each tensor its name, sizes (innermost first), format and offset; then the data,
at a multiple of the alignment.
"""

import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from loraviewer.adapters.files.gguf_formats import TYPE_NAMES, block_format
from loraviewer.adapters.files.header import MAX_HEADER_BYTES, MAX_TENSORS, Header, refusal
from loraviewer.adapters.files.header_json import (
    MAX_METADATA_ENTRIES,
    MAX_NAME_BYTES,
    HeaderProblem,
    HeaderTooLarge,
    TensorInfo,
    described,
)
from loraviewer.core.sentences import say

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_ALIGNMENT = "general.alignment"
_ORIGINAL_SHAPE = "comfy.gguf.orig_shape."
"""What ComfyUI's converter keeps of tensors whose rows it had to fold into whole blocks."""

_STRING, _ARRAY, _BOOL = 8, 9, 7
_SCALARS: Mapping[int, str] = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", _BOOL: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
"""A file's number of a type → its letter in `struct`."""
_MOST_AXES = 8
_LIMIT = 2**63

Scalar = int | float | bool | str


def read_gguf_header(file: BinaryIO, path: Path) -> Header:
    """Metadata as text; lists are left out. Formats of tensors as `gguf_formats` names them.
    `FileError` names the file; takes memory in proportion to the header, of at most 100 MB."""
    try:
        return _Reader(file).header()
    except HeaderProblem as problem:
        raise refusal(problem, path) from problem


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)

    def header(self) -> Header:
        if self._take(len(MAGIC)) != MAGIC:
            raise HeaderProblem(say("it is no GGUF file"))
        version, tensors, entries = self._unpacked("IQQ")
        if version not in _VERSIONS:
            raise HeaderTooLarge(
                say("it is of version {version} of GGUF, and 2 and 3 are known", version=version)
            )
        if tensors > MAX_TENSORS or entries > MAX_METADATA_ENTRIES:
            raise HeaderTooLarge(say("it lists more tensors or metadata than any model has"))
        metadata, shapes = self._metadata(entries)
        infos = self._tensors(tensors, shapes)
        alignment = _alignment(metadata)
        data_offset = -(-self._file.tell() // alignment) * alignment
        _check_places(infos, self._size - data_offset, alignment)
        return Header(infos, metadata, data_offset)

    # -- metadata -----------------------------------------------------------------------------

    def _metadata(self, entries: int) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
        """Texts and numbers, and the shapes that tensors had before they were folded."""
        metadata: dict[str, str] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        for _ in range(entries):
            key = self._text(MAX_NAME_BYTES)
            (kind,) = self._unpacked("I")
            if kind != _ARRAY:
                metadata[key] = str(self._value(kind))
            elif key.startswith(_ORIGINAL_SHAPE):
                shapes[key.removeprefix(_ORIGINAL_SHAPE)] = self._sizes(key)
            else:
                self._pass_list()
        return metadata, shapes

    def _value(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._text(MAX_HEADER_BYTES)
        if kind not in _SCALARS:
            raise HeaderProblem(
                say("its metadata has values of the unknown type {kind}", kind=kind)
            )
        return self._unpacked(_SCALARS[kind])[0]

    def _sizes(self, key: str) -> tuple[int, ...]:
        kind, count = self._unpacked("IQ")
        if count > _MOST_AXES or kind not in _SCALARS:
            raise HeaderProblem(say("{name} is no shape", name=described(key)))
        sizes = tuple(self._unpacked(_SCALARS[kind])[0] for _ in range(count))
        if not all(isinstance(size, int) and size >= 0 for size in sizes):
            raise HeaderProblem(say("{name} is no shape", name=described(key)))
        return sizes

    def _pass_list(self) -> None:
        """Vocabularies of language models, mostly."""
        kind, count = self._unpacked("IQ")
        if kind == _STRING:
            for _ in range(count):
                self._skip(self._unpacked("Q")[0])
        elif kind in _SCALARS:
            self._skip(struct.calcsize(_SCALARS[kind]) * count)
        else:
            raise HeaderProblem(say("its metadata has a list of lists"))

    # -- tensors ------------------------------------------------------------------------------

    def _tensors(self, count: int, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, TensorInfo]:
        infos: dict[str, TensorInfo] = {}
        for _ in range(count):
            name = self._text(MAX_NAME_BYTES)
            if name in infos:
                raise HeaderProblem(say("its header lists {name} twice", name=described(name)))
            infos[name] = self._tensor(name, shapes.get(name))
        return infos

    def _tensor(self, name: str, original: tuple[int, ...] | None) -> TensorInfo:
        (axes,) = self._unpacked("I")
        if axes > _MOST_AXES:
            raise HeaderProblem(say("{name} has an impossible shape", name=described(name)))
        shape = tuple(reversed(self._unpacked(f"{axes}Q")))
        number, begin = self._unpacked("IQ")
        dtype = TYPE_NAMES.get(number, "")
        form = block_format(dtype)
        if form is None:
            raise HeaderProblem(
                say(
                    "{name} has the unknown number format {number}",
                    name=described(name),
                    number=number,
                )
            )
        weights = math.prod(shape)
        if weights >= _LIMIT or (shape and shape[-1] % form.weights):
            raise HeaderProblem(say("{name} has an impossible shape", name=described(name)))
        if original is not None and math.prod(original) == weights:
            shape = original
        end = begin + weights // form.weights * form.size_bytes
        return TensorInfo(dtype, shape, begin, end)

    # -- bytes --------------------------------------------------------------------------------

    def _text(self, most: int) -> str:
        (length,) = self._unpacked("Q")
        if length > most:
            raise HeaderProblem(say("its header holds a name or a text that is far too long"))
        return self._take(length).decode("utf-8", "replace")

    def _unpacked(self, form: str) -> tuple[int, ...]:
        whole = f"<{form}"
        return struct.unpack(whole, self._take(struct.calcsize(whole)))

    def _take(self, count: int) -> bytes:
        self._check_room(count)
        taken = self._file.read(count)
        if len(taken) != count:
            raise HeaderProblem(say("its header is cut off"))
        return taken

    def _skip(self, count: int) -> None:
        self._check_room(count)
        self._file.seek(count, 1)

    def _check_room(self, count: int) -> None:
        end = self._file.tell() + count
        if end > self._size:
            raise HeaderProblem(say("its header is cut off"))
        if end > MAX_HEADER_BYTES:
            raise HeaderTooLarge(
                say("its header has more than {most:,} bytes", most=MAX_HEADER_BYTES)
            )


def _alignment(metadata: Mapping[str, str]) -> int:
    told = metadata.get(_ALIGNMENT, "32")
    alignment = int(told) if told.isascii() and told.isdigit() else 0
    if not 0 < alignment <= 1 << 20 or alignment & (alignment - 1):
        raise HeaderProblem(
            say("its data is aligned by “{told}”, which is no power of two", told=told[:20])
        )
    return alignment


def _check_places(infos: Mapping[str, TensorInfo], data_bytes: int, alignment: int) -> None:
    """No overlap, and all within the file; gaps are what the alignment leaves."""
    at = 0
    for name, info in sorted(infos.items(), key=lambda item: (item[1].begin, item[1].end)):
        if info.begin < at or info.begin % alignment:
            raise HeaderProblem(
                say("{name} overlaps another one or is not aligned", name=described(name))
            )
        at = info.end
    if at > data_bytes:
        raise HeaderProblem(say("its tensor data is cut off"))
