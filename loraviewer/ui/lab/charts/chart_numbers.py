"""The numbers behind a chart, as a table that leaves the studio."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Cell = str | float | int | bool | None


@dataclass(frozen=True)
class ChartNumbers:
    """`header`: what each column holds, with its unit. Cells are whole numbers, never as they are
    rounded for the screen; None is written as nothing."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def tsv(self) -> str:
        """For the clipboard: spreadsheets take it apart by its tabs."""
        return "".join("\t".join(map(_without_breaks, line)) + "\n" for line in self._lines())

    def csv(self) -> str:
        """RFC 4180, with points in numbers whatever the language."""
        out = io.StringIO()
        csv.writer(out).writerows(self._lines())
        return out.getvalue()

    def _lines(self) -> Iterable[tuple[str, ...]]:
        yield self.header
        for row in self.rows:
            yield tuple(map(_text, row))


NumbersSource = Callable[[], ChartNumbers]


def _text(cell: Cell) -> str:
    """Floats so that they read back the same."""
    if cell is None:
        return ""
    return repr(cell) if isinstance(cell, float) else str(cell)


def _without_breaks(cell: str) -> str:
    return " ".join(cell.split()) if any(c in cell for c in "\t\r\n") else cell
