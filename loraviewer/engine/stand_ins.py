"""Adapters that are made from files instead of read from one; what makes them is the lab's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import BaseReader
from loraviewer.core.stack import AppliedAdapter


@dataclass(frozen=True)
class Material:
    """What they may be made from beside their own file. `read`: any other adapter; `base`: W₀."""

    read: Callable[[AppliedAdapter], Adapter]
    base: BaseReader


class StandIn(Protocol):
    """`of`: sha256 of the file that it is made from, which the stack names as its path."""

    @property
    def of(self) -> str: ...

    def made(self, adapter: Adapter, material: Material) -> Adapter:
        """Deterministic, and under the `sha256` by which the stack knows it. Raises
        `AdapterError`."""
        ...


StandIns = Mapping[str, StandIn]
"""By the `sha256` by which stacks know them."""
