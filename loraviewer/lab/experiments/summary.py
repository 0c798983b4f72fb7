"""What the rows of an experiment come to: means over prompts, seeds and orders, and how sure."""

import math
from collections.abc import Iterable, Sequence

from loraviewer.core.experiments.description import Kind
from loraviewer.core.experiments.numbers import Mean, Row
from loraviewer.core.picture_measures import SHARE_UNIT
from loraviewer.lab.images.intervals import interval, share_interval

_OF_ORDERS: frozenset[Kind] = frozenset({"ladder", "return", "outputs"})
"""Their means are over orders or draws, of which each has other stacks."""


def summary(kind: Kind, rows: Iterable[Row]) -> list[Mean]:
    """In the order of the rows."""
    places: dict[tuple[str, str, int, str, str, str, str], list[Row]] = {}
    for row in rows:
        adapters, scales = ("", "") if kind in _OF_ORDERS else (row.adapters, row.scales)
        place = (row.arm, row.policy, row.depth, adapters, scales, row.at, row.measure)
        places.setdefault(place, []).append(row)
    return [_mean(adapters, scales, own) for (*_, adapters, scales, _, _), own in places.items()]


def _mean(adapters: str, scales: str, rows: Sequence[Row]) -> Mean:
    first = rows[0]
    told = share_interval if first.unit == SHARE_UNIT else interval
    values = told(_by_prompt(rows, [row.value for row in rows]))
    spreads = [row.in_seed_spreads for row in rows]
    known = [one for one in spreads if one is not None]
    counted = interval(_by_prompt(rows, known)) if len(known) == len(rows) else None
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


def _by_prompt(rows: Sequence[Row], values: Sequence[float]) -> list[list[float]]:
    by_prompt: dict[str, list[float]] = {}
    for row, value in zip(rows, values, strict=True):
        by_prompt.setdefault(row.prompt, []).append(value)
    return list(by_prompt.values())


def _finite(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None
