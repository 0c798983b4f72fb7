"""CUDA graphs of torch as what records the calls of programs. Not yet tried on a card."""

import contextlib
import ctypes
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch

from loraviewer.engine.compiling.captured import Work


class CudaReplay:
    """Implements `Replay`. Done on the stream that is current."""

    def __init__(self, graph: torch.cuda.CUDAGraph, output: torch.Tensor) -> None:
        self._graph = graph
        self._output: torch.Tensor | None = output

    @property
    def output(self) -> torch.Tensor:
        assert self._output is not None
        return self._output

    def __call__(self) -> None:
        self._graph.replay()

    def close(self) -> None:
        self._output = None  # first, for it lies in the memory that is given back
        self._graph.reset()


class CudaCapture:
    """Implements `Capture`, of one card, with one stream and one pool of memory for all that is
    recorded. Nothing is asked of the card before the first call."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream: torch.cuda.Stream | None = None
        self._pool: Any = None

    def warm(self, work: Work) -> torch.Tensor:
        """On the stream of recordings, whose work space of cuBLAS is made by that."""
        current = torch.cuda.current_stream(self._device)
        stream = self._own_stream()
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            output = work()
        current.wait_stream(stream)
        output.record_stream(current)
        return output

    def record(self, work: Work) -> CudaReplay:
        """Other threads may use the card meanwhile; none of ours does."""
        stream = self._own_stream()
        if self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        # Around torch's own context, too, which leaves its stream current where the end fails.
        with torch.cuda.stream(stream):
            graph = torch.cuda.CUDAGraph()
            recording = torch.cuda.graph(
                graph, pool=self._pool, stream=stream, capture_error_mode="thread_local"
            )
            with self._ended(graph), recording:
                output = work()
        return CudaReplay(graph, output)

    def held_bytes(self) -> int:
        index = torch.cuda.current_device() if self._device.index is None else self._device.index
        return graph_bytes(torch.cuda.memory_snapshot(), index)

    def give_back(self) -> None:
        """A pool that nobody uses any more cannot be used again: the next recording has another."""
        self._pool = None
        with contextlib.suppress(RuntimeError):  # the card may be what failed
            torch.cuda.synchronize(self._device)
            torch.cuda.empty_cache()

    def _own_stream(self) -> torch.cuda.Stream:
        if self._stream is None:
            self._stream = torch.cuda.Stream(self._device)
        return self._stream

    @contextlib.contextmanager
    def _ended(self, graph: torch.cuda.CUDAGraph) -> Iterator[None]:
        """Where recording breaks off, the allocator no longer gives memory of the pool out. Where
        torch could not even end it, the allocators still ask this graph which stream was recorded,
        so that it is never freed."""
        try:
            yield
        except RuntimeError:
            with contextlib.suppress(RuntimeError):  # raised where it was ended well
                index = self._stream.device_index if self._stream else 0
                torch._C._cuda_endAllocateToPool(index, self._pool)
                torch._C._cuda_releasePool(index, self._pool)
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(graph))
            graph.reset()
            raise


def graph_bytes(segments: Iterable[Mapping[str, Any]], index: int) -> int:
    """Of a card, what graphs keep for their steps and nobody uses between those. segments: as
    torch's `memory_snapshot` has them."""
    pooled = (
        one for one in segments if one["device"] == index and one["segment_pool_id"] != (0, 0)
    )
    return sum(one["total_size"] - one["allocated_size"] for one in pooled)


def cuda_capture(device: torch.device) -> CudaCapture | None:
    """What records on this device; None where that is no card."""
    return CudaCapture(device) if device.type == "cuda" else None
