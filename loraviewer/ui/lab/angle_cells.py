"""Matrices of the rows against each other: angles, and directions that they share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from loraviewer.core.weight_measurements import WeightDetails
from loraviewer.core.weight_numbers import BEYOND_CHANCE, Angles, Matrix
from loraviewer.ui.lab.charts.heat_cells import CellPlace, HeatCells
from loraviewer.ui.lab.charts.number_words import number_text, signed_text

translate = QCoreApplication.translate
_CONTEXT = "AngleCells"
_LITTLE = 0.1


@dataclass(frozen=True)
class PairCells:
    """`cells`: the matrix as it is drawn. `raw` and `null`: of each cell, what was measured, and
    what chance gives. `is_above`: what is drawn is raw − null."""

    cells: HeatCells
    raw: Matrix
    null: Matrix
    is_above: bool = False

    def words(self, row: int, column: int) -> str:
        """Of one cell, for the tooltip and for who cannot see it."""
        if column < 0:
            return self.cells.rows[row]
        names = f"{self.cells.rows[row]} × {self.cells.columns[column]}"
        raw, null = self.raw[row][column], self.null[row][column]
        if raw is None or null is None:
            return translate(_CONTEXT, "{}: they never meet here").format(names)
        told = f"{names}: {self._value(raw, null)}"
        if row != column and (row, column) in self.cells.faint:
            return f"{told}\n{translate(_CONTEXT, 'No more than chance gives: it says nothing.')}"
        return told

    def _value(self, raw: float, null: float) -> str:
        if self.is_above:
            words = translate(_CONTEXT, "{} shared, of which chance gives {}")
            return words.format(number_text(raw), number_text(null))
        words = translate(_CONTEXT, "cosine {}, chance gives ±{}")
        return words.format(signed_text(raw), number_text(null, 2))


def of_angles(angles: Angles, names: Sequence[str]) -> PairCells:
    """Faint is what lies within five deviations of the null."""
    faint = _faint(
        angles.cosine, [[BEYOND_CHANCE * (n or 0.0) for n in row] for row in angles.null]
    )
    corner = translate(_CONTEXT, "Cosine")
    cells = HeatCells(names, names, _columns(angles.cosine), faint, corner)
    return PairCells(cells, angles.cosine, angles.null)


def of_overlap(details: WeightDetails, names: Sequence[str], *, is_output: bool) -> PairCells:
    """φ minus its null. Faint is what lies within five deviations of φ for random spaces of
    dimensions i and j, which is null · √(2 / ij) where these are far fewer than the weight has."""
    raw = details.overlap_output if is_output else details.overlap_input
    null = details.overlap_output_null if is_output else details.overlap_input_null
    above = _minus(raw, null)
    ranks = [max(1, facts.spectrum.numeric_rank) for _, facts in details.rows]
    limits = [
        [BEYOND_CHANCE * (null[i][j] or 0.0) * math.sqrt(2.0 / (ranks[i] * ranks[j])) for j in each]
        for i, each in ((i, range(len(ranks))) for i in range(len(ranks)))
    ]
    corner = translate(_CONTEXT, "Overlap above chance")
    cells = HeatCells(names, names, _columns(above), _faint(above, limits), corner)
    return PairCells(cells, raw, null, is_above=True)


def _minus(first: Matrix, second: Matrix) -> Matrix:
    return tuple(
        tuple(None if a is None or b is None else a - b for a, b in zip(*rows, strict=True))
        for rows in zip(first, second, strict=True)
    )


def _columns(matrix: Matrix) -> tuple[tuple[float | None, ...], ...]:
    return tuple(zip(*matrix, strict=True))


def _faint(matrix: Matrix, limits: Sequence[Sequence[float]]) -> frozenset[CellPlace]:
    """A row against itself is never faint."""
    return frozenset(
        (i, j)
        for i, row in enumerate(matrix)
        for j, value in enumerate(row)
        if i != j and value is not None and abs(value) < limits[i][j]
    )


def summary(cosines: HeatCells) -> str:
    """Which two are most alike, and which oppose each other most; "" where chance explains all."""
    pairs = [
        (value, cosines.rows[i], cosines.columns[j])
        for j, column in enumerate(cosines.by_column)
        for i, value in enumerate(column)
        if i < j and value is not None and (i, j) not in cosines.faint
    ]
    if len(cosines.rows) < 2:
        return translate(_CONTEXT, "Turn on a second adapter to compare the two.")
    if not pairs:
        return translate(_CONTEXT, "No two have more to do with each other here than chance gives.")
    told: list[str] = []
    best, worst = max(pairs), min(pairs)
    if best[0] > 0.0:
        alike = translate(_CONTEXT, "“{}” and “{}” pull the same way most ({}).")
        told.append(alike.format(best[1], best[2], _how_much(best[0])))
    if worst[0] < 0.0:
        against = translate(_CONTEXT, "“{}” and “{}” cancel each other most ({}).")
        told.append(against.format(worst[1], worst[2], _how_much(worst[0])))
    return " ".join(told)


def _how_much(cosine: float) -> str:
    """What is beyond chance may still be next to nothing."""
    if abs(cosine) >= _LITTLE:
        return signed_text(cosine)
    return translate(_CONTEXT, "{}, which is little").format(signed_text(cosine))
