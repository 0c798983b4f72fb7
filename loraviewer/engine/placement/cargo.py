"""Tensors that travel together, in one piece of memory: one copy brings all of them."""

import math
from collections.abc import Callable, Iterable, Sequence

import torch

_ALIGNMENT = 256
"""Bytes, as torch's own allocators have it on a card."""

Memory = Callable[[int], torch.Tensor]
"""So many bytes of memory as uint8, with anything in them."""


class Cargo:
    """Tensors whose memory lies in one piece of main memory, `resting`, one after the other. They
    stay the same tensor objects wherever they are; whoever writes to them there writes there."""

    def __init__(self, tensors: Iterable[torch.Tensor], memory: Memory) -> None:
        """Their values move into `memory`; the one they had is given up, one after the other."""
        self._tensors = tuple(tensors)
        self._forms = tuple(map(_form, self._tensors))
        self._starts, self.size_bytes = _starts([tensor.nbytes for tensor in self._tensors])
        self.resting = memory(self.size_bytes)
        self._places = self._views(self.resting)
        for tensor, place in zip(self._tensors, self._places, strict=True):
            place.copy_(tensor.data)
            tensor.data = place

    def holds(self, tensors: Sequence[torch.Tensor]) -> bool:
        """Whether it is of these tensors, and all of them still rest here."""
        pairs = zip(self._tensors, tensors, strict=False)
        is_same = len(self._tensors) == len(tensors) and all(own is one for own, one in pairs)
        places = zip(self._tensors, self._places, strict=True)
        return is_same and all(tensor.data_ptr() == place.data_ptr() for tensor, place in places)

    @property
    def versions(self) -> tuple[int, ...]:
        """Another value after every write."""
        return tuple(tensor._version for tensor in self._tensors)

    def lie_in(self, memory: torch.Tensor) -> None:
        """The tensors are what `memory` holds, to which `resting` was copied."""
        for tensor, there in zip(self._tensors, self._views(memory), strict=True):
            tensor.data = there

    def rest(self, versions: Sequence[int]) -> None:
        """Nothing is copied, but for what was written to since it had these versions."""
        for tensor, place, version in zip(self._tensors, self._places, versions, strict=True):
            if tensor._version != version:
                place.copy_(tensor.data)
            tensor.data = place

    def _views(self, memory: torch.Tensor) -> list[torch.Tensor]:
        return [
            memory[start : start + tensor.nbytes].view(tensor.dtype).as_strided(*form)
            for tensor, start, form in zip(self._tensors, self._starts, self._forms, strict=True)
        ]


def _form(tensor: torch.Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shape and strides, the latter without gaps."""
    alike = torch.empty_like(tensor.data, device="meta")
    return tuple(alike.shape), alike.stride()


def _starts(sizes: Iterable[int]) -> tuple[list[int], int]:
    """Where each begins, and where the last ends."""
    starts, end = [], 0
    for size in sizes:
        starts.append(end)
        end += math.ceil(size / _ALIGNMENT) * _ALIGNMENT
    return starts, end
