"""What rows tell beyond their means: differences of the same prompts, seeds and orders."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from loraviewer.core.experiments.conclusions.estimates import Estimate, Knee
from loraviewer.core.experiments.curves import Curve, CurvePoint
from loraviewer.core.experiments.numbers import Mean, Row
from loraviewer.lab.experiments.knees import knee
from loraviewer.lab.images.intervals import Interval, interval

_Shot = tuple[str, int | None, int, int]
"""Prompt, seed, order and which of several draws: what two places have in common."""

_Key = tuple[str, str, int, str, str, str, str]


class FromRows:
    """Implements `Evidence`. Of two places only what both have counts, prompt by prompt."""

    def __init__(self, rows: Iterable[Row], means: Iterable[Mean]) -> None:
        """means: those that the rows come to."""
        known = {_key_of_mean(mean) for mean in means}
        self._rows: dict[_Key, dict[_Shot, Row]] = {}
        for row in rows:
            key = _key(row, row.adapters, row.scales)
            key = key if key in known else _key(row, "", "")
            _add(self._rows.setdefault(key, {}), row)

    def difference(self, mean: Mean, than: Mean) -> Estimate | None:
        gaps: dict[str, list[float]] = {}
        for one, other in self._pairs(mean, than):
            if one.in_seed_spreads is None or other.in_seed_spreads is None:
                return None
            gaps.setdefault(one.prompt, []).append(one.in_seed_spreads - other.in_seed_spreads)
        return _estimate(gaps)

    def change(self, mean: Mean, than: Mean) -> Estimate | None:
        gaps: dict[str, list[float]] = {}
        for one, other in self._pairs(mean, than):
            gaps.setdefault(one.prompt, []).append(one.value - other.value)
        return _estimate(gaps)

    def ratio(self, mean: Mean, to: Mean) -> Estimate | None:
        """The geometric mean of the prompts' own ratios."""
        logs: dict[str, list[float]] = {}
        for one, other in self._pairs(mean, to):
            if one.value <= 0 or other.value <= 0:
                return None
            logs.setdefault(one.prompt, []).append(math.log(one.value / other.value))
        found = _estimate(logs)
        if found is None:
            return None
        low, high = (None if end is None else math.exp(end) for end in (found.low, found.high))
        value = math.exp(found.value)
        return Estimate(value, low, high, found.level, found.prompts, found.n)

    def counts(self, mean: Mean) -> tuple[int, int]:
        rows = self._of(mean).values()
        return sum(row.value == 1.0 for row in rows), len(rows)

    def knee(self, curve: Curve) -> Knee | None:
        """On the side above 0, where strengths are."""
        points = [point for point in curve.points if point.x >= 0]
        units = self._units(points)
        if units is None:
            return None
        xs = np.array([point.x for point in points])
        found = knee(xs, units)
        if found is None:
            return None
        last = points[-1].mean
        n = sum(len(self._of(point.mean)) for point in points)
        at = Estimate(found.x, found.low, found.high, last.level, len(units), n)
        return Knee(at, found.before, found.after)

    def _units(self, points: Sequence[CurvePoint]) -> np.ndarray | None:
        """(prompts, points): of each prompt its mean; None where one of them is missing."""
        columns = [self._by_prompt(point.mean) for point in points]
        if not columns or any(column.keys() != columns[0].keys() for column in columns):
            return None
        return np.array([[column[prompt] for column in columns] for prompt in columns[0]])

    def _by_prompt(self, mean: Mean) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for row in self._of(mean).values():
            spreads = row.in_seed_spreads
            found.setdefault(row.prompt, []).append(math.nan if spreads is None else spreads)
        return {prompt: float(np.mean(values)) for prompt, values in found.items()}

    def _pairs(self, mean: Mean, other: Mean) -> list[tuple[Row, Row]]:
        """Of the base, which has no order, the one picture stands for all orders."""
        ones, others = self._of(mean), self._of(other)
        found = [
            (row, others.get(shot) or others.get((shot[0], shot[1], 0, 0)))
            for shot, row in ones.items()
        ]
        return [(one, two) for one, two in found if two is not None]

    def _of(self, mean: Mean) -> Mapping[_Shot, Row]:
        return self._rows.get(_key_of_mean(mean), {})


def _add(rows: dict[_Shot, Row], row: Row) -> None:
    draw = 0
    while (row.prompt, row.seed, row.order, draw) in rows:
        draw += 1
    rows[row.prompt, row.seed, row.order, draw] = row


def _key(row: Row | Mean, adapters: str, scales: str) -> _Key:
    return row.arm, row.policy, row.depth, adapters, scales, row.at, row.measure


def _key_of_mean(mean: Mean) -> _Key:
    return _key(mean, mean.adapters, mean.scales)


def _estimate(by_prompt: Mapping[str, Sequence[float]]) -> Estimate | None:
    if not by_prompt:
        return None
    found: Interval = interval(list(by_prompt.values()))
    low, high = (end if math.isfinite(end) else None for end in (found.low, found.high))
    return Estimate(found.mean, low, high, found.level, found.prompts, found.pictures)
