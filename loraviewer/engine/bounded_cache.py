"""Finished pictures, and steps on the way to them, by request: the most recently used are kept, up
to so many bytes."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from loraviewer.core.outcome import Rendered
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Least recently used first out. Used on the engine thread only."""

    def __init__(self, limit_bytes: int, size: Callable[[Value], int]) -> None:
        """size: bytes that a value takes. What is larger than the limit is not kept."""
        self._limit_bytes = limit_bytes
        self._size = size
        self._bytes = 0
        self._values: OrderedDict[str, Value] = OrderedDict()

    def get(self, sha256: str) -> Value | None:
        """What belongs to the request with this digest."""
        value = self._values.get(sha256)
        if value is not None:
            self._values.move_to_end(sha256)
        return value

    def put(self, sha256: str, value: Value) -> None:
        self._forget(sha256)
        self._values[sha256] = value
        self._bytes += self._size(value)
        while self._bytes > self._limit_bytes:
            self._forget(next(iter(self._values)))

    def clear(self) -> None:
        self._values.clear()
        self._bytes = 0

    def _forget(self, sha256: str) -> None:
        value = self._values.pop(sha256, None)
        if value is not None:
            self._bytes -= self._size(value)

    def __len__(self) -> int:
        return len(self._values)


def picture_bytes(rendered: Rendered) -> int:
    return len(rendered.picture.rgb)


def steps_bytes(steps: Sequence[KeptStep]) -> int:
    return sum(step.bytes for step in steps)
