"""Long work in Python beside a window: its threads hand Python's lock on every now and then, for
else the window waits for it in every step of painting."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

_WORK_S, _YIELD_S = 0.002, 0.0005
_ASKED_EVERY = 64

T = TypeVar("T")


def in_turns(items: Iterable[T]) -> Iterator[T]:
    """The same items. Some milliseconds in a thousand go to other threads."""
    began = time.monotonic()
    for at, item in enumerate(items):
        yield item
        if at % _ASKED_EVERY == 0 and time.monotonic() - began >= _WORK_S:
            time.sleep(_YIELD_S)
            began = time.monotonic()
