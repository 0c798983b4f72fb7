"""A weight in few bits: the tensors that a file keeps of it, and the numbers they stand for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.naming.base import Shape


@dataclass(frozen=True)
class PackedForm(ABC):
    """How a weight of `shape` is packed; `kind` is what people call that ("fp8", "nf4")."""

    shape: Shape
    kind: str

    @abstractmethod
    def numbers(self, parts: Sequence[torch.Tensor], dtype: torch.dtype) -> torch.Tensor:
        """Of `shape`, on the device of `parts`; computed in float32 and rounded once to `dtype`."""

    @abstractmethod
    def rows(
        self, parts: Sequence[torch.Tensor], start: int, stop: int
    ) -> tuple[PackedForm, Sequence[torch.Tensor]] | None:
        """Rows start … stop alone; None where they share a block with others."""

    def of_shape(self, shape: Shape) -> PackedForm:
        """The same numbers in another shape of as many rows."""
        from dataclasses import replace

        return replace(self, shape=shape)


@dataclass(frozen=True)
class PackedWeight:
    """A weight between its file and its module. `parts`: the widest elements first. `dtype`: what
    it becomes where it cannot stay packed."""

    form: PackedForm
    parts: tuple[torch.Tensor, ...]
    dtype: torch.dtype

    @property
    def shape(self) -> Shape:
        return self.form.shape

    def numbers(self) -> torch.Tensor:
        return self.form.numbers(self.parts, self.dtype)

    def rows(self, start: int, stop: int) -> PackedWeight | None:
        """As `PackedForm.rows`."""
        found = self.form.rows(self.parts, start, stop)
        return None if found is None else PackedWeight(found[0], tuple(found[1]), self.dtype)

    def of_shape(self, shape: Shape) -> PackedWeight:
        return PackedWeight(self.form.of_shape(shape), self.parts, self.dtype)


@dataclass(frozen=True)
class BytePlace:
    """Where one part lies among the bytes of a weight."""

    begin: int
    end: int
    dtype: torch.dtype
    shape: tuple[int, ...]


def as_bytes(parts: Sequence[torch.Tensor]) -> tuple[torch.Tensor, tuple[BytePlace, ...]]:
    """All parts in one tensor of int8, so that whatever moves a weight moves all of it, and nobody
    rounds scales to another precision; a single part is not copied. Networks that look at the
    precision of a weight leave int8 alone."""
    places: list[BytePlace] = []
    at = 0
    for part in parts:
        places.append(BytePlace(at, at + part.nbytes, part.dtype, tuple(part.shape)))
        at += part.nbytes
    flat = [part.contiguous().reshape(-1).view(torch.int8) for part in parts]
    return flat[0] if len(flat) == 1 else torch.cat(flat), tuple(places)


def parts_of(packed: torch.Tensor, places: Sequence[BytePlace]) -> list[torch.Tensor]:
    """Views of the bytes; a copy where they begin between two elements."""
    return [_part(packed, place) for place in places]


def _part(packed: torch.Tensor, place: BytePlace) -> torch.Tensor:
    raw = packed[place.begin : place.end]
    raw = raw.clone() if raw.storage_offset() % place.dtype.itemsize else raw
    return raw.view(place.dtype).view(place.shape)
