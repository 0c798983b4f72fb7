"""Main memory that a card reads by itself. Not yet tried with one."""

import contextlib
import weakref
from mmap import PAGESIZE
from typing import Any

import torch


def pinned_memory(size: int, runtime: Any = None) -> torch.Tensor:
    """So many bytes, as uint8. Torch's own pinned memory is rounded up to a power of two, which of
    a group of blocks would be hundreds of megabytes: ordinary memory is registered instead. Where
    the driver refuses that, it stays ordinary: slower to copy from, and as good otherwise.

    runtime: CUDA's, with `cudaHostRegister` and `cudaHostUnregister`; None for torch's.
    """
    memory, whole_pages = _pages(size)
    if not size:
        return memory
    cuda: Any = torch.cuda.cudart() if runtime is None else runtime
    start = memory.data_ptr()
    if int(cuda.cudaHostRegister(start, whole_pages, 0)) == 0:
        freed = weakref.finalize(memory.untyped_storage(), cuda.cudaHostUnregister, start)
        freed.atexit = False  # the driver is gone before
    elif runtime is None:
        _forget_refusal()
    return memory


def _pages(size: int) -> tuple[torch.Tensor, int]:
    """From the beginning of a page on, and how much whole pages are: drivers register those, and
    none of them twice."""
    whole = -(-size // PAGESIZE) * PAGESIZE
    room = torch.empty(whole + PAGESIZE, dtype=torch.uint8)
    before = -room.data_ptr() % PAGESIZE
    return room[before : before + size], whole


def _forget_refusal() -> None:
    """CUDA keeps its last error until somebody asks, and would tell it to the next computation."""
    with contextlib.suppress(RuntimeError):
        torch.zeros(1, device="cuda")
