"""Main memory that is registered with a driver, and given back to it before it is freed."""

import gc
from itertools import pairwise
from mmap import PAGESIZE

from loraviewer.engine.placement.pinned import pinned_memory


class Runtime:
    """What a driver hears; `answer` as of CUDA, 0 for success."""

    def __init__(self, answer: int = 0) -> None:
        self.answer = answer
        self.registered: dict[int, int] = {}

    def cudaHostRegister(self, start: int, size: int, flags: int) -> int:
        assert flags == 0
        if self.answer == 0:
            self.registered[start] = size
        return self.answer

    def cudaHostUnregister(self, start: int) -> int:
        del self.registered[start]
        return 0


def test_it_is_as_large_as_is_asked_for_and_registered_as_long_as_it_lives() -> None:
    runtime = Runtime()
    memory = pinned_memory(1000, runtime)
    assert (memory.nbytes, runtime.registered) == (1000, {memory.data_ptr(): PAGESIZE})
    view = memory[100:200]
    del memory
    gc.collect()
    assert runtime.registered
    del view
    gc.collect()
    assert runtime.registered == {}


def test_no_page_is_registered_twice() -> None:
    runtime = Runtime()
    kept = [pinned_memory(size, runtime) for size in (1, PAGESIZE, PAGESIZE + 1, 300_000) * 5]
    starts = sorted(runtime.registered)
    assert all(start % PAGESIZE == 0 for start in starts)
    assert all(
        start + runtime.registered[start] <= following for start, following in pairwise(starts)
    )
    for memory in kept:
        memory.fill_(1)


def test_a_driver_that_refuses_leaves_ordinary_memory() -> None:
    runtime = Runtime(answer=2)
    memory = pinned_memory(1000, runtime)
    memory.fill_(7)
    del memory
    gc.collect()
    assert runtime.registered == {}
    assert pinned_memory(0, runtime).nbytes == 0
