"""Adapters that are made from a file instead of read from it; what makes them is the lab's."""

from collections.abc import Mapping
from typing import Protocol

from loraviewer.adapters.load import Adapter


class StandIn(Protocol):
    """`of`: sha256 of the file that it is made from, which the stack names as its path."""

    @property
    def of(self) -> str: ...

    def made(self, adapter: Adapter) -> Adapter:
        """Deterministic, and under the `sha256` by which the stack knows it. Raises
        `AdapterError`."""
        ...


StandIns = Mapping[str, StandIn]
"""By the `sha256` by which stacks know them."""
