"""Reading single tensors of a safetensors file into memory (never mapped: a truncated mapped file
kills the process)."""

from pathlib import Path
from typing import BinaryIO

import torch

from loraviewer.adapters.files.header import Header
from loraviewer.core.outcome import FileError, OutOfMemory
from loraviewer.core.sentences import say

TORCH_DTYPES = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}


def read_tensor(file: BinaryIO, header: Header, name: str, path: Path) -> torch.Tensor:
    """The tensor `name` in its stored dtype, on the CPU. `path` only names the file in errors."""
    info = header.tensors[name]
    dtype = TORCH_DTYPES.get(info.dtype)
    if dtype is None:
        raise FileError(
            say(
                "“{path}” stores “{name}” as {dtype}, which cannot be used; convert the file to "
                "float16.",
                path=str(path),
                name=name,
                dtype=info.dtype,
            )
        )
    if info.begin == info.end:
        return torch.empty(info.shape, dtype=dtype)
    file.seek(header.data_offset + info.begin)
    try:
        raw = bytearray(file.read(info.end - info.begin))
    except MemoryError as error:
        raise OutOfMemory(
            say(
                "There is not enough memory to read “{name}” of “{path}”; close other programs.",
                name=name,
                path=str(path),
            )
        ) from error
    if len(raw) != info.end - info.begin:
        raise FileError(
            say("“{path}” changed while it was being read; open it again.", path=str(path))
        )
    return torch.frombuffer(raw, dtype=dtype).reshape(info.shape)
