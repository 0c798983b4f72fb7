"""What the rows of an experiment come to: means over prompts, seeds and orders, and how sure."""

import math
from collections.abc import Iterable, Sequence

from loraviewer.core.experiments.description import Kind
from loraviewer.core.experiments.numbers import Mean, Row
from loraviewer.lab.images.intervals import Interval, interval

_OF_ORDERS: frozenset[Kind] = frozenset({"ladder", "return"})
"""Their means are over orders, of which each has other stacks."""


def summary(kind: Kind, rows: Iterable[Row]) -> list[Mean]:
    """In the order of the rows."""
    places: dict[tuple[str, str, int, str, str, str, str], list[Row]] = {}
    for row in rows:
        adapters, scales = ("", "") if kind in _OF_ORDERS else (row.adapters, row.scales)
        place = (row.arm, row.policy, row.depth, adapters, scales, row.at, row.measure)
        places.setdefault(place, []).append(row)
    return [_mean(adapters, scales, own) for (*_, adapters, scales, _, _), own in places.items()]


def _mean(adapters: str, scales: str, rows: Sequence[Row]) -> Mean:
    first, values = rows[0], _interval(rows, [row.value for row in rows])
    spreads = [row.in_seed_spreads for row in rows]
    known = [one for one in spreads if one is not None]
    counted = _interval(rows, known) if len(known) == len(rows) else None
    return Mean(
        arm=first.arm,
        policy=first.policy,
        depth=first.depth,
        adapters=adapters,
        scales=scales,
        measure=first.measure,
        unit=first.unit,
        mean=values.mean,
        low=_finite(values.low),
        high=_finite(values.high),
        in_seed_spreads=counted and counted.mean,
        spreads_low=counted and _finite(counted.low),
        spreads_high=counted and _finite(counted.high),
        level=values.level,
        over=values.over,
        prompts=values.prompts,
        n=values.pictures,
        at=first.at,
    )


def _interval(rows: Sequence[Row], values: Sequence[float]) -> Interval:
    by_prompt: dict[str, list[float]] = {}
    for row, value in zip(rows, values, strict=True):
        by_prompt.setdefault(row.prompt, []).append(value)
    return interval(list(by_prompt.values()))


def _finite(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None
