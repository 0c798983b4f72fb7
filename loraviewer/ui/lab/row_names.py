"""What the rows of a stack are called where each must be told from the others."""

from collections.abc import Sequence

from loraviewer.core.stack import AppliedAdapter


def row_names(rows: Sequence[AppliedAdapter]) -> tuple[str, ...]:
    """A second row of the same name has a number."""
    found: list[str] = []
    for place, row in enumerate(rows):
        earlier = sum(1 for other in rows[:place] if other.name == row.name)
        found.append(f"{row.name} ({earlier + 1})" if earlier else row.name)
    return tuple(found)
