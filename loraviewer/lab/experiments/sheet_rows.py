"""Which pictures of an experiment stand beside each other on its sheet; of the first prompt."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from loraviewer.core.experiments.ablation import PAIR
from loraviewer.core.experiments.cells import Cell, Group, groups
from loraviewer.core.experiments.description import Experiment, Kind

MOST_COLUMNS = 10
"""Of the places of a curve, spread evenly; a sheet is to be looked at."""

_Shown = TypeVar("_Shown")

Rows = list[list[Cell]]
"""All as long as each other, but for the last."""


def sheet_rows(experiment: Experiment) -> Rows:
    shown = [group for group in groups(experiment) if group.prompt == experiment.prompts[0]]
    if len(experiment.axes) > 1 and experiment.kind == "sweep":
        return _of_grid(experiment, _first_cells(shown))
    return _ROWS.get(experiment.kind, _of_curves)(shown)


def _first_cells(shown: Sequence[Group]) -> list[Cell]:
    """Of the first seed."""
    return [group.cells[0] for group in shown]


def _of_curves(shown: Sequence[Group]) -> Rows:
    """The base before each; of the first order."""
    base, *others = _first_cells(shown)
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in others:
        condition = cell.condition
        if condition.order <= 1:
            rows.setdefault((condition.arm, condition.policy), []).append(cell)
    return [[base, *_spread(row)] for row in rows.values()]


def _of_grid(experiment: Experiment, cells: list[Cell]) -> Rows:
    """A row for each point of the first axis, a column for each of the second."""
    columns = len(experiment.axes[1].points)
    points = cells[1:]
    rows = [points[at : at + columns] for at in range(0, len(points), columns)]
    return [_spread(row) for row in _spread(rows)]


def _of_ablation(shown: Sequence[Group]) -> Rows:
    """The base and each adapter alone; all of them, and without each, below it; then pairs."""
    base, whole, *others = _first_cells(shown)
    paired = [cell for cell in others if cell.condition.arm == PAIR]
    rest = others[: len(others) - len(paired)]
    half = len(rest) // 2
    rows = [[base, *_spread(rest[:half])], [whole, *_spread(rest[half:])]]
    columns = len(rows[0])
    return [*rows, *(paired[at : at + columns] for at in range(0, len(paired), columns))]


def _of_seeds(shown: Sequence[Group]) -> Rows:
    """A row for each arm, a column for each seed."""
    return [_spread(list(group.cells)) for group in shown]


def _of_ways(shown: Sequence[Group]) -> Rows:
    """The first way: there from left to right, back from right to left, so that stacks of as many
    adapters lie below each other and the base below the base."""
    way = [cell for cell in _first_cells(shown) if cell.condition.order == 1]
    deepest = len(way) // 2
    return [_spread(way[: deepest + 1]), _spread([*way[:deepest:-1], way[deepest]])]


def _of_rules(shown: Sequence[Group]) -> Rows:
    """The base, the sum, and the others."""
    whole = _first_cells(shown)
    return [whole[at : at + MOST_COLUMNS] for at in range(0, len(whole), MOST_COLUMNS)]


_ROWS: Mapping[Kind, Callable[[Sequence[Group]], Rows]] = {
    "ablation": _of_ablation,
    "seeds": _of_seeds,
    "return": _of_ways,
    "rules": _of_rules,
}
"""Of all that are no curves."""


def _spread(row: list[_Shown]) -> list[_Shown]:
    """At most so many of them, the first and the last among them."""
    count = min(len(row), MOST_COLUMNS)
    last = max(1, count - 1)
    return [row[round(at * (len(row) - 1) / last)] for at in range(count)]
