"""Rows as tables of comma-separated values, a row for each number, with their units beside them."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import fields
from io import StringIO, TextIOBase
from typing import Any

from loraviewer.core.encodable import encodable
from loraviewer.core.experiments.numbers import Mean, Row


class RowWriter:
    """`results.csv`, row after row."""

    def __init__(self, file: TextIOBase) -> None:
        self._file = file
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(_names(Row))

    def write(self, rows: Iterable[Row]) -> None:
        """Whoever looks into the file meanwhile sees them."""
        self._writer.writerows(_texts(rows, Row))
        self._file.flush()


def summary_table(means: Iterable[Mean]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_names(Mean))
    writer.writerows(_texts(means, Mean))
    return text.getvalue().encode()


def _names(kind: type[Row] | type[Mean]) -> list[str]:
    return [field.name for field in fields(kind)]


def _texts(rows: Iterable[Row | Mean], kind: type[Row] | type[Mean]) -> Iterator[list[str]]:
    names = _names(kind)
    return ([_text(getattr(row, name)) for name in names] for row in rows)


def _text(value: Any) -> str:
    """Numbers with nine figures: more than any picture tells, and the same on each run."""
    if value is None:
        return ""
    return f"{value:.9g}" if isinstance(value, float) else encodable(str(value))
