"""Main memory that a card reads by itself. Not yet tried with one."""

import weakref
from typing import Any

import torch


def pinned_memory(size: int, runtime: Any = None) -> torch.Tensor:
    """So many bytes, as uint8. Torch's own pinned memory is rounded up to a power of two, which of
    a group of blocks would be hundreds of megabytes: ordinary memory is registered instead. Where
    the driver refuses that, it stays ordinary: slower to copy from, and as good otherwise.

    runtime: CUDA's, with `cudaHostRegister` and `cudaHostUnregister`; None for torch's.
    """
    memory = torch.empty(size, dtype=torch.uint8)
    cuda = torch.cuda.cudart() if runtime is None else runtime
    start = memory.data_ptr()
    if size and int(cuda.cudaHostRegister(start, size, 0)) == 0:
        weakref.finalize(memory.untyped_storage(), cuda.cudaHostUnregister, start)
    return memory
