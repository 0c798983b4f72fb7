"""Writing torch's tensors as a safetensors file; layout as in `files.raw_writer`."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch

from loraviewer.adapters.files.raw_writer import RawTensor, write_raw
from loraviewer.adapters.files.tensors import TORCH_DTYPES


def write_safetensors(
    path: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    """Raises `OSError`."""
    codes = {dtype: code for code, dtype in TORCH_DTYPES.items()}
    raw = {name: _raw(tensor, codes[tensor.dtype]) for name, tensor in tensors.items()}
    write_raw(path, raw, metadata)


def made_when_written(
    dtype: torch.dtype, shape: Sequence[int], make: Callable[[], torch.Tensor]
) -> RawTensor:
    """For `write_raw`: a tensor that is in memory only while it is written. `make` gives it in this
    dtype and shape."""
    codes = {dtype: code for code, dtype in TORCH_DTYPES.items()}
    count = math.prod(shape) * dtype.itemsize
    return RawTensor(codes[dtype], tuple(shape), dtype.itemsize, count, lambda: _data(make()))


def _raw(tensor: torch.Tensor, code: str) -> RawTensor:
    size = tensor.element_size()
    return RawTensor(code, tuple(tensor.shape), size, tensor.numel() * size, partial(_data, tensor))


def _data(tensor: torch.Tensor) -> memoryview:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data
