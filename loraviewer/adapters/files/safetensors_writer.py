"""Writing a safetensors file: the same tensors give the same bytes, whatever order they came in.

The reference writer keeps metadata in a table without order, and gives its files to their owner
alone. Layout as in `files.header`; data in the order of falling element size, so that every tensor
is aligned, then of names.
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import torch

from loraviewer.adapters.files.tensors import TORCH_DTYPES
from loraviewer.core.encodable import encodable

_ALIGNMENT = 8


def write_safetensors(
    path: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    """Raises `OSError`."""
    names = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    with path.open("wb") as file:
        file.write(_header({name: tensors[name] for name in names}, metadata))
        for name in names:
            raw = tensors[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            file.write(raw.numpy().data)


def _header(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> bytes:
    codes = {dtype: code for code, dtype in TORCH_DTYPES.items()}
    table: dict[str, object] = {
        "__metadata__": {k: encodable(metadata[k]) for k in sorted(metadata)}
    }
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.numel() * tensor.element_size()
        table[name] = {
            "dtype": codes[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return struct.pack("<Q", len(text)) + text
