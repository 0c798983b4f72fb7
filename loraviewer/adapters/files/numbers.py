"""Single numbers of a safetensors file, such as a module's alpha, read without torch."""

import struct
from collections.abc import Mapping
from typing import BinaryIO

from loraviewer.adapters.files.header import Header

_FORMATS: Mapping[str, str] = {
    "F64": "<d", "F32": "<f", "F16": "<e", "BF16": "<H",
    "I64": "<q", "I32": "<i", "I16": "<h", "I8": "<b", "U8": "<B",
}  # fmt: skip


def read_number(file: BinaryIO, header: Header, name: str) -> float | None:
    """Of a tensor that holds one number in a usual format; None for any other, and where the file
    ends before it. Raises `OSError`."""
    info = header.tensors[name]
    layout = _FORMATS.get(info.dtype)
    if layout is None or info.end - info.begin != struct.calcsize(layout):
        return None
    file.seek(header.data_offset + info.begin)
    raw = file.read(info.end - info.begin)
    if len(raw) != struct.calcsize(layout):
        return None
    if info.dtype == "BF16":  # the upper half of a float32
        return float(struct.unpack("<f", b"\0\0" + raw)[0])
    return float(struct.unpack(layout, raw)[0])
