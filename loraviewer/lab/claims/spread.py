"""“Whole rows and columns by a few deltas”: how one adapter's change lies in its weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import BaseReader
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.changes import change_of
from loraviewer.lab.weights.leverage import leverage
from loraviewer.lab.weights.singular import numeric_rank, singular_values

_TOP = 0.01
"""The strongest hundredth of all rows, or of all columns."""


@dataclass(frozen=True)
class Spread:
    """Of one adapter, medians over its weights but biases. `rows`, `columns`: the share of them
    that takes part (`lab.weights.leverage`), beside that of random directions of the same singular
    values; `strongest`: of all energy, what the strongest hundredth of the rows holds;
    `directions`: the share of a weight's possible directions that carry the change."""

    name: str
    weights: int
    rows: float
    random_rows: float
    columns: float
    random_columns: float
    strongest: float
    directions: float


def spreads(
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    read_base: BaseReader | None,
) -> Iterator[Spread]:
    for entry in applied:
        found = [*_of_weights(adapters[entry.sha256], read_base)]
        middle = np.median(np.array(found), axis=0).tolist()
        yield Spread(entry.name, len(found), *middle)


def _of_weights(
    adapter: Adapter, read_base: BaseReader | None
) -> Iterator[tuple[float, float, float, float, float, float]]:
    for delta in adapter.weights.values():
        change = change_of(delta, read_base)
        if change is None or min(change.shape) == 1:
            continue
        values = singular_values(change)
        rank = numeric_rank(values, change)
        if not rank:
            continue
        side = leverage(change, values[:rank])
        rows, columns = side.rows, side.columns
        yield (
            rows.participation.value,
            rows.participation.null,
            columns.participation.value,
            columns.participation.null,
            rows.strongest_share(math.ceil(_TOP * change.shape[0])),
            rank / min(change.shape),
        )
