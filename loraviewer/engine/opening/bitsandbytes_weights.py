"""Weights that bitsandbytes packed, from their tensors in a file, without the library itself."""

from collections.abc import Callable
from typing import BinaryIO

import torch

from loraviewer.adapters.files.bitsandbytes import INT8, four_bit_state
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.packed.eight_bits import int8_rows
from loraviewer.adapters.packed.forms import PackedWeight
from loraviewer.adapters.packed.four_bits import FourBits
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say

Read = Callable[[str], torch.Tensor]
"""A tensor of the file by its name; codes are flat."""


def bitsandbytes_weight(
    file: BinaryIO, wanted: WeightFile, name: str, read: Read, dtype: torch.dtype
) -> PackedWeight:
    """The weight `name`, whose header was checked (`files.bitsandbytes`). dtype: what it becomes
    where it cannot stay packed. Raises `FileError` for a file that has changed since."""
    info = wanted.header.tensors[name]
    if info.dtype == INT8:
        largest = read(f"{name.removesuffix('.weight')}.SCB")
        return int8_rows(read(name).reshape(info.shape), largest.reshape(-1), dtype)
    state = four_bit_state(file, wanted.header, name)
    if state is None or state.shape != info.shape:
        raise FileError(
            say("“{path}” changed while it was being read; open it again.", path=str(wanted.path))
        )
    table, largest = read(f"{name}.quant_map"), read(f"{name}.absmax")
    form = FourBits(info.shape, info.dtype.lower(), state.blocksize, state.nested_blocksize)
    if not state.nested_blocksize:
        return PackedWeight(form, (table, largest, read(name)), dtype)
    outer = read(f"{name}.nested_quant_map"), read(f"{name}.nested_absmax")
    offset = torch.tensor([state.nested_offset], dtype=torch.float32)
    return PackedWeight(form, (table, *outer, offset, largest, read(name)), dtype)
