"""Milliseconds on a device that works behind the caller's back."""

import statistics
import time
from collections.abc import Callable, Sequence

import torch

from loraviewer.engine.device import synchronise

WARM_UP = 2

Work = Callable[[int], object]
"""Given another number in each round."""


class Clock:
    """Of one device. A work has ended once the device has done all of it."""

    def __init__(self, device: torch.device, rounds: int) -> None:
        self.device = device
        self.rounds = rounds

    def once_ms(self, work: Callable[[], object]) -> float:
        synchronise(self.device)
        started = time.perf_counter()
        work()
        synchronise(self.device)
        return (time.perf_counter() - started) * 1e3

    def medians_ms(self, works: Sequence[Work]) -> list[float]:
        """Of each, measured in turns, after some rounds that are not counted."""
        times: list[list[float]] = [[] for _ in works]
        for i in range(WARM_UP + self.rounds):
            for work, spent in zip(works, times, strict=True):
                lasted = self.once_ms(lambda work=work, i=i: work(i))
                if i >= WARM_UP:
                    spent.append(lasted)
        return [statistics.median(spent) for spent in times]


def is_out_of_room(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError)
