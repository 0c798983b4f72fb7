"""What is on disk and opened by whoever needs it first, on any thread."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class OpenedOnce(Generic[T]):
    """Call it to have what was opened. Opening that fails is tried again by the next call."""

    def __init__(self, open_it: Callable[[], T]) -> None:
        self._open = open_it
        self._lock = threading.Lock()
        self._opened: list[T] = []

    @property
    def is_open(self) -> bool:
        return bool(self._opened)

    def __call__(self) -> T:
        with self._lock:
            if not self._opened:
                self._opened.append(self._open())
            return self._opened[0]
