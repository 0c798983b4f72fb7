"""Where the base weights of touched weights are, so that they come back bit for bit."""

from typing import Protocol

import torch

from loraviewer.adapters.targets import WeightKey


class Originals(Protocol):
    """The base weights W₀ of touched weights. Used on the thread of the merger."""

    def hold(self, key: WeightKey, live: torch.Tensor) -> None:
        """`live` holds W₀ now and will be overwritten: keep what gives it back. Holding a weight
        twice keeps the first. Raises `MergeError` where it could not be given back."""
        ...

    def read(self, key: WeightKey, device: torch.device) -> torch.Tensor:
        """W₀ of a held weight on `device`: contiguous, of the live weight's shape and dtype.

        Never to be written to. Raises `MergeError` where it can no longer be had.
        """
        ...

    def holds(self, key: WeightKey) -> bool: ...

    def drop(self, key: WeightKey) -> None:
        """The live weight holds W₀ again."""
        ...

    @property
    def held_bytes(self) -> int:
        """Memory that the kept base weights take."""
        ...


class ResidentOriginals:
    """A copy of each touched base weight, on the device of the live one."""

    def __init__(self) -> None:
        self._kept: dict[WeightKey, torch.Tensor] = {}

    def hold(self, key: WeightKey, live: torch.Tensor) -> None:
        if key not in self._kept:
            self._kept[key] = live.detach().clone(memory_format=torch.contiguous_format)

    def read(self, key: WeightKey, device: torch.device) -> torch.Tensor:
        return self._kept[key].to(device)

    def holds(self, key: WeightKey) -> bool:
        return key in self._kept

    def drop(self, key: WeightKey) -> None:
        self._kept.pop(key, None)

    @property
    def held_bytes(self) -> int:
        return sum(weight.nbytes for weight in self._kept.values())
