"""What a heat map shows: named rows and columns, and a number where they meet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers

CellPlace = tuple[int, int]
"""(row, column)."""


@dataclass(frozen=True)
class HeatCells:
    """`by_column`: in each column one number for each row, None where there is none. `faint`: cells
    whose number says nothing, drawn hatched. `corner`: what the rows are, for the header."""

    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    by_column: Sequence[Sequence[float | None]] = ()
    faint: frozenset[CellPlace] = field(default_factory=frozenset[CellPlace])
    corner: str = ""

    def value(self, row: int, column: int) -> float | None:
        return self.by_column[column][row]

    def has(self, place: CellPlace) -> bool:
        return 0 <= place[0] < len(self.rows) and 0 <= place[1] < len(self.columns)

    def numbers(self) -> ChartNumbers:
        rows = zip(self.rows, *self.by_column, strict=True)
        return ChartNumbers((self.corner, *self.columns), tuple(rows))
