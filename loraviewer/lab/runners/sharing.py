"""How the pictures of an experiment are shared out, and when others are called in."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator

from loraviewer.lab.runners.runner import Batch

_PIECES = 4
"""For each worker, at least."""


class HelpIsWorthIt:
    """Whether other processes, which open the base first, would be done sooner than this one
    alone: not for a handful of small pictures. Asked with how many are made."""

    def __init__(
        self, pictures: int, opening_s: float, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._pictures = pictures
        self._opening_s = opening_s
        self._clock = clock
        self._began = clock()

    def __call__(self, made: int) -> bool:
        if not made:
            return False
        left_s = (self._pictures - made) * (self._clock() - self._began) / made
        return left_s > 2 * self._opening_s  # of which two do half, after one of them has opened


def shared_out(batches: Iterable[Batch], workers: int) -> Iterator[Batch]:
    """In pieces, so that none of the workers is left with a long one at the end; stops of a way
    stay together. Pieces of one stack follow each other, and whoever has the next one need not
    merge again."""
    given = list(batches)
    most = max(1, sum(map(len, given)) // (_PIECES * workers)) if workers > 1 else sys.maxsize
    for batch in given:
        size = len(batch) if batch[0].visit else min(most, len(batch))
        for start in range(0, len(batch), size):
            yield batch[start : start + size]
