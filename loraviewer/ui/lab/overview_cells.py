"""The overview's heat map: how much each adapter and the stack change each block, or weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import overload

from PySide6.QtCore import QCoreApplication

from loraviewer.core.weight_numbers import BlockName, StackEnergies, WeightName
from loraviewer.ui.lab.charts.heat_cells import HeatCells
from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.lab.charts.scales import LogScale
from loraviewer.ui.lab.module_numbers import ModuleNumbers
from loraviewer.ui.lab.places import component_words

translate = QCoreApplication.translate
_CONTEXT = "OverviewCells"
_TAIL = 3
"""Parts of a weight's name that are shown beside its block: the rest is alike for many."""


@dataclass(frozen=True)
class Overview:
    """`is_relative`: numbers are ‖sΔW‖ / ‖W₀‖, else lengths for want of the base's. `full`: the
    whole name of each row. `blocks`: what the rows are; empty where each is a weight."""

    cells: HeatCells
    full: tuple[str, ...]
    blocks: tuple[BlockName, ...]
    is_relative: bool

    def words(self, row: int, column: int) -> str:
        """Of one cell, for the tooltip and for who cannot see it."""
        value = self.cells.value(row, column)
        words = f"{self.full[row]}\n{self.cells.columns[column]}: "
        if value is None or not self.is_relative:
            return words + number_text(value)
        percent = translate(_CONTEXT, "{} % of the base weight")
        return words + percent.format(number_text(100.0 * value))


def of_blocks(
    energies: StackEnergies, blocks: Sequence[BlockName], names: Sequence[str], of: ModuleNumbers
) -> Overview:
    """blocks: as the energies count them; those that no row can touch are left out."""
    touched = set(of.modules.blocks)
    places = [place for place, block in enumerate(blocks) if block in touched]
    is_relative = energies.base_norm is not None
    columns = [
        _picked(row.block_relatives if is_relative else row.blocks, places) for row in energies.rows
    ]
    columns.append(_picked(energies.block_relatives if is_relative else energies.blocks, places))
    rows = [blocks[place][1] for place in places]
    full = tuple(f"{component_words(blocks[p][0])} · {blocks[p][1]}" for p in places)
    cells = _cells(rows, columns, names, translate(_CONTEXT, "Block"))
    return Overview(cells, full, tuple(blocks[place] for place in places), is_relative)


def of_weights(names: Sequence[str], of: ModuleNumbers) -> Overview:
    places, norms = of.modules.places, of.norms
    is_relative = all(norms.base[place] is not None for place in places)
    bases = norms.base if is_relative else None
    columns = [Seldom(own, bases, places) for own in (*norms.rows, norms.stack)]
    rows = list(map(_short, of.modules.weights, of.modules.blocks))
    full = tuple(".".join(weight) for weight in of.modules.weights)
    cells = _cells(rows, columns, names, translate(_CONTEXT, "Weight"))
    return Overview(cells, full, (), is_relative)


class Seldom(Sequence[float | None]):
    """A column of thousands of which some dozens are seen: divided when they are asked for."""

    def __init__(
        self,
        lengths: Sequence[float],
        bases: Sequence[float | None] | None,
        places: Sequence[int],
    ) -> None:
        """bases: ‖W₀‖ of each length; None where lengths are shown as they are."""
        self._lengths = lengths
        self._bases = bases
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> float | None: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[float | None]: ...
    def __getitem__(self, at: int | slice) -> float | Sequence[float | None] | None:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        place = self._places[at]
        length = self._lengths[place]
        return length if self._bases is None else _over(length, self._bases[place])


def scale_of(overview: Overview) -> LogScale:
    """Around all numbers as they are now."""
    columns = overview.cells.by_column
    return LogScale.of([v for column in columns for v in column if v is not None and v > 0.0])


def widened(scale: LogScale, overview: Overview, shown: Sequence[int]) -> LogScale:
    """High enough for what is seen, never lower: colours keep their meaning while a fader is
    held."""
    columns = overview.cells.by_column
    found = [v for column in columns for at in shown if (v := column[at]) is not None and v > 0.0]
    return LogScale(scale.low, max(scale.high, LogScale.of(found).high)) if found else scale


def _cells(
    rows: Sequence[str],
    columns: Sequence[Sequence[float | None]],
    names: Sequence[str],
    corner: str,
) -> HeatCells:
    return HeatCells(rows, (*names, translate(_CONTEXT, "Stack")), columns, corner=corner)


def _picked(values: Sequence[float | None], places: Sequence[int]) -> list[float | None]:
    return [values[place] for place in places]


def _over(norm: float, base: float | None) -> float | None:
    return norm / base if base else None


def _short(weight: WeightName, block: BlockName) -> str:
    tail = weight[1].removesuffix(".weight").split(".")[-_TAIL:]
    named = dropwhile(str.isdecimal, tail)
    return f"{block[1]} {'.'.join(named)}"
