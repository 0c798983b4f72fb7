"""Which device and precision to compute with, and how much memory is in use."""

import contextlib
import gc
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch

from loraviewer.adapters.about.summary import common_dtype
from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.files.tensors import TORCH_DTYPES
from loraviewer.core.allocator import give_back_freed_memory
from loraviewer.core.outcome import FileError, RequestError
from loraviewer.core.precision_speed import processor_flags
from loraviewer.core.request import DtypeName
from loraviewer.core.sentences import say

DTYPES: dict[DtypeName, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}

_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16", "svebf16"})
"""As Linux calls them; the last two on ARM."""
_ASKED_OF_TORCH = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
"""Of `torch.cpu`; private, so that another version may lack them."""


@dataclass(frozen=True)
class Compute:
    """Where and in which precision the networks run. `is_asked`: a person chose the precision."""

    device: torch.device
    dtype: torch.dtype
    is_asked: bool = False

    def with_range(self) -> "Compute":
        """For networks whose activations overflow in float16, as T5's and Flux's do: bfloat16 in
        its place where the device has it and nobody asked for float16."""
        if self.dtype != torch.float16 or self.is_asked or not _has_bfloat16(self.device):
            return self
        return Compute(self.device, torch.bfloat16)

    @property
    def dtype_name(self) -> DtypeName:
        return next(name for name, dtype in DTYPES.items() if dtype == self.dtype)


def choose_compute(device: str | None = None, dtype: str | None = None) -> Compute:
    """The best device of this machine and the precision that suits it, unless told otherwise.

    CPUs compute in float32: half precision is slower on most, and no longer exact. Raises
    `RequestError` for a device this machine lacks or an unknown precision.
    """
    name = device or _best_device()
    chosen = _available(name)
    if dtype is not None and dtype not in DTYPES:
        raise RequestError(
            say(
                "There is no precision “{dtype}”; choose one of {known}.",
                dtype=dtype,
                known=", ".join(DTYPES),
            )
        )
    precision = DTYPES[dtype] if dtype is not None else _usual_dtype(chosen)  # type: ignore[index]
    return Compute(chosen, precision, is_asked=dtype is not None)


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _available(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise RequestError(
            say("There is no device “{name}”; use cpu, cuda or mps.", name=name)
        ) from error
    has = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not has.get(device.type, False):
        raise RequestError(
            say(
                "This machine has no device “{name}”; use {best}.",
                name=name,
                best=_best_device(),
            )
        )
    return device


def _usual_dtype(device: torch.device) -> torch.dtype:
    if device.type == "cpu":
        return torch.float32
    # Before Turing (compute capability 7.5) half precision is emulated or slow.
    if device.type == "cuda" and torch.cuda.get_device_capability(device) < (7, 0):
        return torch.float32
    return torch.float16


def _has_bfloat16(device: torch.device) -> bool:
    return device.type == "cpu" or (device.type == "cuda" and torch.cuda.is_bf16_supported())


def has_bfloat16_instructions(flags: Collection[str] | None = None) -> bool:
    """Whether this processor multiplies bfloat16 by itself (AVX512-BF16, AMX, ARM's BF16). That
    says nothing about whether it is faster so: `engine.precision_speed` measures that. flags: what
    the system says of the processor, None to ask it and torch."""
    if flags is not None:
        return not _BFLOAT16_FLAGS.isdisjoint(flags)
    asked = [getattr(torch.cpu, name, None) for name in _ASKED_OF_TORCH]
    is_known = any(ask is not None and ask() for ask in asked)
    return is_known or has_bfloat16_instructions(processor_flags())


def available_cores() -> frozenset[int]:
    """Numbers of the cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return frozenset(affinity(0) if affinity else range(os.cpu_count() or 1))


def use_available_threads() -> int:
    """Let torch use the cores this process may run on; returns how many threads that is."""
    threads = max(1, min(len(available_cores()), torch.get_num_threads()))
    if threads != torch.get_num_threads():
        torch.set_num_threads(threads)
    return threads


def threads_in_use(device: torch.device) -> int:
    """CPU threads that share each computation on this device; 0 where an accelerator does them."""
    return torch.get_num_threads() if device.type == "cpu" else 0


def memory_bytes(device: torch.device) -> int:
    """Bytes allocated on an accelerator, or the process's resident bytes on the CPU."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.current_allocated_memory()
    import psutil

    return psutil.Process().memory_info().rss


@dataclass(frozen=True)
class FreeMemory:
    """Bytes that could be had now. `device` is None where networks live in main memory."""

    host: int
    device: int | None = None


def free_memory(device: torch.device) -> FreeMemory:
    """What the system and the graphics card have left, cached blocks of torch included, also those
    of captured graphs: `Graphs.free` knows better."""
    import psutil

    host = psutil.virtual_memory().available
    if device.type != "cuda":  # Apple's devices share main memory
        return FreeMemory(host)
    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return FreeMemory(host, torch.cuda.mem_get_info(device)[0] + cached)


def card_bytes(device: torch.device) -> int:
    """What a graphics card has for this process, all that it took already included; 0 for any other
    device."""
    if device.type != "cuda":
        return 0
    return torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)


def stored_dtype(path: Path) -> torch.dtype:
    """The precision most of a safetensors file is stored in; `FileError` for exotic ones."""
    name = common_dtype(read_header(path))
    dtype = TORCH_DTYPES.get(name)
    if dtype is None or dtype not in DTYPES.values():
        raise FileError(
            say(
                "“{path}” is stored as {dtype}; convert it to float16 first.",
                path=str(path),
                dtype=name,
            )
        )
    return dtype


def synchronise(device: torch.device) -> None:
    """Wait for work that was queued on an accelerator; nothing to wait for on the CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def free_caches(device: torch.device, *, looks_for_unreachable: bool = True) -> None:
    """Drop unreachable tensors and give cached blocks back to the driver and the system.

    looks_for_unreachable: among all objects of the process, which holds Python's lock for a third
    of a second; needless where nothing was let go.
    """
    if looks_for_unreachable:
        gc.collect()
    give_back_freed_memory()
    with contextlib.suppress(RuntimeError):  # the driver may be what failed
        if device.type == "cuda":
            torch.cuda.empty_cache()
        elif device.type == "mps":
            torch.mps.empty_cache()
