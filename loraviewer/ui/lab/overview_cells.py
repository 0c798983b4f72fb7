"""The overview's heat map: how much each adapter and the stack change each block, or weight."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from loraviewer.core.weight_numbers import BlockName, StackEnergies, WeightName
from loraviewer.ui.lab.charts.heat_cells import HeatCells
from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.lab.charts.scales import LogScale
from loraviewer.ui.lab.module_numbers import ModuleNumbers

translate = QCoreApplication.translate
_CONTEXT = "OverviewCells"
_TAIL = 3
"""Parts of a weight's name that are shown beside its block: the rest is alike for many."""


@dataclass(frozen=True)
class Overview:
    """`is_relative`: numbers are ‖sΔW‖ / ‖W₀‖, else lengths for want of the base's. `full`: the
    whole name of each row."""

    cells: HeatCells
    full: tuple[str, ...]
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
    full = tuple(f"{blocks[place][0]} · {blocks[place][1]}" for place in places)
    return _overview(rows, full, columns, names, is_relative, translate(_CONTEXT, "Block"))


def of_weights(names: Sequence[str], of: ModuleNumbers) -> Overview:
    places, norms = of.modules.places, of.norms
    bases = [norms.base[place] for place in places]
    is_relative = all(base is not None for base in bases)
    columns = [
        [
            _over(own[place], base) if is_relative else own[place]
            for place, base in zip(places, bases, strict=True)
        ]
        for own in (*norms.rows, norms.stack)
    ]
    rows = list(map(_short, of.modules.weights, of.modules.blocks))
    full = tuple(".".join(weight) for weight in of.modules.weights)
    return _overview(rows, full, columns, names, is_relative, translate(_CONTEXT, "Weight"))


def scale_of(overview: Overview, before: LogScale | None) -> LogScale:
    """Around all numbers; wide enough for those of `before`, so that colours keep their meaning
    while a fader is held."""
    values = [v for column in overview.cells.by_column for v in column if v is not None and v > 0.0]
    wanted = LogScale.of(values)
    if before is None or not values:
        return before or wanted
    return LogScale(min(before.low, wanted.low), max(before.high, wanted.high))


def _overview(
    rows: Sequence[str],
    full: tuple[str, ...],
    columns: Sequence[Sequence[float | None]],
    names: Sequence[str],
    is_relative: bool,
    corner: str,
) -> Overview:
    heads = (*names, translate(_CONTEXT, "Stack"))
    return Overview(HeatCells(rows, heads, columns, corner=corner), full, is_relative)


def _picked(values: Sequence[float | None], places: Sequence[int]) -> list[float | None]:
    return [values[place] for place in places]


def _over(norm: float, base: float | None) -> float | None:
    return norm / base if base else None


def _short(weight: WeightName, block: BlockName) -> str:
    parts = weight[1].removesuffix(".weight").split(".")
    return f"{block[1]} {'.'.join(parts[-_TAIL:])}"
