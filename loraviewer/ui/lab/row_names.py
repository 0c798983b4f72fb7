"""What the rows of a stack are called where each must be told from the others."""

from collections.abc import Sequence

from loraviewer.core import row_names as core
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry


def row_names(rows: Sequence[AppliedAdapter]) -> tuple[str, ...]:
    """As on the strips, of these rows alone."""
    entries = tuple(_entry(place, row) for place, row in enumerate(rows))
    names = core.row_names(AdapterStack(entries=entries))
    return tuple(names[entry.entry_id] for entry in entries)


def _entry(place: int, row: AppliedAdapter) -> StackEntry:
    return StackEntry(entry_id=str(place), name=row.name, path=row.path, sha256=row.sha256)
