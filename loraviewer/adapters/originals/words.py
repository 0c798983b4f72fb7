"""Words of an original layout beside those of diffusers, as tables that are read both ways.

A row pairs one module of the original code with the module of diffusers that it is, or with the
modules whose rows it stacks. `{}` stands for the number of a block, the first number of a name.
Modules that both codes name alike need no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True)
class Row:
    """`shares`: how many rows each of `modules` has in relation to the others; equal if empty.

    `is_half_swapped`: the first half of the original's rows is the second half of the module's.
    `is_transposed`: the original's matrix is the transpose of the module's. `is_pointwise`: the
    original is a 1×1 convolution, the module a linear.
    """

    original: str
    modules: tuple[str, ...]
    shares: tuple[int, ...] = ()
    is_half_swapped: bool = False
    is_transposed: bool = False
    is_pointwise: bool = False

    def numbered(self, number: str) -> Row:
        return replace(
            self,
            original=self.original.format(number),
            modules=tuple(module.format(number) for module in self.modules),
        )

    def row_ranges(self, rows: int) -> tuple[tuple[int, int], ...]:
        """Where the rows of each module lie in a stored tensor of `rows` rows."""
        shares = self.shares or (1,) * len(self.modules)
        unit, ranges, start = rows // sum(shares), [], 0
        for share in shares:
            ranges.append((start, start + share * unit))
            start += share * unit
        return tuple(ranges)


@dataclass(frozen=True)
class Original:
    """What the original code calls a module. `part`: None if that means this module alone, else
    which one of the stacked modules it is."""

    path: str
    part: int | None = None
    is_half_swapped: bool = False


class Words(Protocol):
    """The words of one network: module path in diffusers ↔ path in the original code."""

    def original(self, path: str) -> Original | None:
        """What the original code calls a module of diffusers; None if it has no other name."""
        ...

    def row(self, original: str) -> Row | None:
        """The modules behind a path of the original code; None if it has no other name."""
        ...


class WordTable:
    """Words listed row by row; of two rows for one module, the first names it."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_original: dict[str, Row] = {}
        self._by_module: dict[str, tuple[Row, int]] = {}
        for row in rows:
            self._by_original.setdefault(row.original, row)
            for part, module in enumerate(row.modules):
                self._by_module.setdefault(module, (row, part))

    def original(self, path: str) -> Original | None:
        pattern, number = _pattern(path)
        found = self._by_module.get(path) or self._by_module.get(pattern)
        if found is None:
            return None
        row, part = found
        return Original(
            row.original.format(number),
            part if len(row.modules) > 1 else None,
            row.is_half_swapped,
        )

    def row(self, original: str) -> Row | None:
        pattern, number = _pattern(original)
        found = self._by_original.get(original) or self._by_original.get(pattern)
        return found.numbered(number) if found else None


def rows_of(
    words: Mapping[str, str | tuple[str, ...]], original: str = "", module: str = ""
) -> tuple[Row, ...]:
    """Rows from pairs of words, with what all of them start with."""
    return tuple(
        Row(original + old, tuple(module + m for m in ((new,) if isinstance(new, str) else new)))
        for old, new in words.items()
    )


def _pattern(path: str) -> tuple[str, str]:
    """The path with its first number replaced by `{}`, and that number."""
    parts = path.split(".")
    for at, part in enumerate(parts):
        if part.isdigit():
            parts[at] = "{}"
            return ".".join(parts), part
    return path, ""
