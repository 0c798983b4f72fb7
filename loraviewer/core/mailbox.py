"""A mailbox with one seat per pane: 60 slider ticks are one job."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Letter = TypeVar("Letter")


class Mailbox(Generic[Letter]):
    """Thread-safe. A newer letter takes an older one's seat and keeps its place in the queue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seats: OrderedDict[str, Letter] = OrderedDict()

    def put(self, seat: str, letter: Letter) -> Letter | None:
        """Leave a letter; returns the one it displaced."""
        with self._lock:
            displaced = self._seats.get(seat)
            self._seats[seat] = letter
            return displaced

    def take(self) -> Letter | None:
        """The letter whose seat was taken first, or None."""
        with self._lock:
            return self._seats.popitem(last=False)[1] if self._seats else None

    def clear(self) -> list[Letter]:
        """Empty all seats; returns what lay there."""
        with self._lock:
            letters = list(self._seats.values())
            self._seats.clear()
            return letters

    def withdraw(self, seat: str) -> Letter | None:
        """Take back what lies on one seat."""
        with self._lock:
            return self._seats.pop(seat, None)

    def __len__(self) -> int:
        with self._lock:
            return len(self._seats)
