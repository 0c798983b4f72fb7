"""Weights that bitsandbytes wrote, by the header of their file: what shape they stand for, and
which tensors beside them belong to them.

Four bits: `weight` has two numbers a byte, `weight.quant_state.bitsandbytes__nf4` (or fp4) is JSON
with the shape, `weight.absmax` and tables hold the scales. Eight bits (LLM.int8): `SCB` has the
largest number of each row.
"""

import math
import re
from dataclasses import replace
from typing import Annotated, BinaryIO

import msgspec

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.header_json import TensorInfo

NF4, FP4, INT8 = "NF4", "FP4", "INT8"
PACKED_DTYPES = frozenset({NF4, FP4, INT8})
"""Number formats that headers of weights name beside those of safetensors."""

_STATE = re.compile(r"(.+)\.quant_state\.bitsandbytes__(nf4|fp4)$")
_ROWS, _ROW_FORMAT = ".SCB", ".weight_format"
_FOUR_BIT_PARTS = ("absmax", "quant_map", "nested_absmax", "nested_quant_map")
_MOST_STATE_BYTES = 4096
_OFFSET_BYTES = 4
"""The mean of packed scales, which the JSON holds."""
_Size = Annotated[int, msgspec.Meta(ge=1, le=2**31)]


class FourBitState(msgspec.Struct, frozen=True):
    """What the JSON beside a four-bit weight says, as far as it is needed."""

    blocksize: _Size
    shape: Annotated[tuple[_Size, ...], msgspec.Meta(max_length=8)]
    nested_blocksize: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 0
    nested_offset: float = 0.0


def with_true_shapes(file: BinaryIO, header: Header) -> Header:
    """Weights of bitsandbytes with the shapes that they stand for and number formats of
    `PACKED_DTYPES`, and what belongs to them as `Header.beside`. What does not fit together stays
    as it is: whoever opens such a file sees by its names that it is quantised."""
    tensors, beside = dict(header.tensors), dict[str, TensorInfo]()
    for key in header.tensors:
        if match := _STATE.fullmatch(key):
            name = match[1]
            found = _four_bits(file, header, name, match[2])
            parts = [key, *(f"{name}.{part}" for part in _FOUR_BIT_PARTS)]
        elif key.endswith(_ROWS):
            name = f"{key.removesuffix(_ROWS)}.weight"
            found = _int8(header, name, header.tensors[key])
            parts = [key, key.removesuffix(_ROWS) + _ROW_FORMAT]
        else:
            continue
        if found is not None:
            tensors[name] = found
            beside.update({part: tensors.pop(part) for part in parts if part in tensors})
    return replace(header, tensors=tensors, beside=beside) if beside else header


def four_bit_state(file: BinaryIO, header: Header, name: str) -> FourBitState | None:
    """What is said of the weight `name` of `with_true_shapes`; None where that cannot be read."""
    kind = header.tensors[name].dtype.lower()
    return _state(file, header, header.beside[f"{name}.quant_state.bitsandbytes__{kind}"])


def kept_beside(header: Header, name: str) -> int:
    """Bytes of what belongs to the weight `name` and stays in memory with it."""
    module = name.removesuffix(".weight")
    keys = (*(f"{name}.{part}" for part in _FOUR_BIT_PARTS), f"{module}{_ROWS}")
    found = [header.beside[key] for key in keys if key in header.beside]
    offset = _OFFSET_BYTES if f"{name}.nested_absmax" in header.beside else 0
    return sum(info.end - info.begin for info in found) + offset


def _state(file: BinaryIO, header: Header, info: TensorInfo) -> FourBitState | None:
    size = info.end - info.begin
    if size > _MOST_STATE_BYTES:
        return None
    file.seek(header.data_offset + info.begin)
    try:
        return msgspec.json.decode(file.read(size), type=FourBitState)
    except msgspec.DecodeError:
        return None


def _four_bits(file: BinaryIO, header: Header, name: str, kind: str) -> TensorInfo | None:
    info = header.tensors.get(name)
    state = _state(file, header, header.tensors[f"{name}.quant_state.bitsandbytes__{kind}"])
    if info is None or info.dtype != "U8" or state is None:
        return None
    count = math.prod(state.shape)
    forms = _forms_beside(state, count)
    fits = all(_is(header.tensors.get(f"{name}.{part}"), *form) for part, form in forms.items())
    if not fits or info.end - info.begin != -(-count // 2):
        return None
    return TensorInfo(kind.upper(), state.shape, info.begin, info.end)


def _forms_beside(state: FourBitState, count: int) -> dict[str, tuple[str, int]]:
    """Number format and size of the tensors beside a weight of so many numbers."""
    blocks = -(-count // state.blocksize)
    if not state.nested_blocksize:
        return {"quant_map": ("F32", 16), "absmax": ("F32", blocks)}
    return {
        "quant_map": ("F32", 16),
        "absmax": ("U8", blocks),
        "nested_absmax": ("F32", -(-blocks // state.nested_blocksize)),
        "nested_quant_map": ("F32", 256),
    }


def _int8(header: Header, name: str, rows: TensorInfo) -> TensorInfo | None:
    info = header.tensors.get(name)
    if info is None or info.dtype != "I8" or len(info.shape) != 2:
        return None
    if not _is(rows, "F32", info.shape[0]):
        return None
    return TensorInfo(INT8, info.shape, info.begin, info.end)


def _is(info: TensorInfo | None, dtype: str, count: int) -> bool:
    return info is not None and info.dtype == dtype and math.prod(info.shape) == count
