"""How many threads a picture should take: those cores that nobody else uses.

Threads that share a computation wait for each other at every layer. Where another program takes
one of their cores, all of them wait for the one that is not running; fewer are faster then.
"""

import contextlib
import time
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import psutil
import torch

_SHORTEST_S = 0.1
"""Systems count in hundredths of a second."""


class CpuUse(NamedTuple):
    """Seconds: a clock that never stops, all work of our cores so far, and our own share of it."""

    at_s: float
    all_s: float
    own_s: float


class SpareCores:
    """Looks at what happened since it was last asked, so asking costs nothing and waits for
    nothing. Use from one thread."""

    def __init__(self, most: int, cores: int, measure: Callable[[], CpuUse]) -> None:
        """most: threads where nothing else runs. cores: that this process may run on, of which
        `measure` tells."""
        self._most = most
        self._cores = cores
        self._measure = measure
        self._last = measure()
        self._threads = most

    def threads(self) -> int:
        """1 … `most`; the same as before where it was asked only just now."""
        now = self._measure()
        seconds = now.at_s - self._last.at_s
        if seconds >= _SHORTEST_S:
            all_s, own_s = now.all_s - self._last.all_s, now.own_s - self._last.own_s
            others = max(0.0, all_s - own_s) / seconds
            self._threads = max(1, min(self._most, self._cores - round(others)))
            self._last = now
        return self._threads


def measure_cpu(cores: Collection[int]) -> CpuUse:
    """Of these cores. What a hypervisor gives to other guests counts as work of others."""
    own = psutil.Process().cpu_times()
    every = psutil.cpu_times(percpu=True)
    busy = sum(_busy_s(every[core]) for core in cores if core < len(every))
    return CpuUse(time.monotonic(), busy, own.user + own.system)


@contextlib.contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Within it, so many CPU threads share each of torch's computations; as before afterwards."""
    before = torch.get_num_threads()
    if count == before:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _busy_s(core: object) -> float:
    """Fields differ from system to system; guests are counted in `user` already."""
    names = ("user", "nice", "system", "irq", "softirq", "steal", "interrupt", "dpc")
    return sum(getattr(core, name, 0.0) for name in names)
