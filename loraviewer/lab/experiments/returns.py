"""Whether the way to a stack and back ends where it began: by the bytes of pictures and by weights.

No tolerance: what comes back is what was there, or it is not.
"""

from collections.abc import Callable, Iterable

from loraviewer.core.experiments.cells import Cell, Group
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.ways import AFTER, BEFORE
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture_measures import SHARE_UNIT, MeasureFacts
from loraviewer.core.sentences import say
from loraviewer.lab.experiments.rows import row_of

BYTES_EQUAL = MeasureFacts(
    name="bytes-equal",
    title=say("The same picture again"),
    unit=SHARE_UNIT,
    resolution=1.0,
    meaning=say(
        "1 where the base's picture after all adapters were put on and taken off is the one"
        " before, byte for byte; else 0."
    ),
    damage="falls",
    blind=say("It says nothing of how different the two are: see the difference."),
)
WEIGHTS_EQUAL = MeasureFacts(
    name="weights-equal",
    title=say("The same weights again"),
    unit=SHARE_UNIT,
    resolution=1.0,
    meaning=say(
        "1 where the fingerprint of all live weights is the same after the way as before it;"
        " else 0."
    ),
    damage="falls",
    blind=say(
        "It is of weights alone: whatever else a process remembers is seen in pictures only."
    ),
)


def returned(groups: Iterable[Group], find: Callable[[Cell], Rendered | None]) -> list[Row]:
    """Two rows for each picture at the end of a way. find: the picture of a cell; None where its
    numbers overflowed, and then there is nothing to compare."""
    starts: dict[tuple[int, str], Group] = {}
    rows = list[Row]()
    for group in groups:
        place = (group.condition.order, group.prompt)
        if group.condition.arm == BEFORE:
            starts[place] = group
        if group.condition.arm == AFTER:
            for first, last in zip(starts[place].cells, group.cells, strict=True):
                rows += _compared(group, last, find(first), find(last))
    return rows


def _compared(
    group: Group, cell: Cell, before: Rendered | None, after: Rendered | None
) -> list[Row]:
    if before is None or after is None:
        return []
    same = {
        BYTES_EQUAL: before.picture == after.picture,
        WEIGHTS_EQUAL: before.fingerprint == after.fingerprint,
    }
    seed = cell.request.sampling.seed
    return [
        row_of(group, cell.id, seed, facts, float(is_same), None) for facts, is_same in same.items()
    ]
