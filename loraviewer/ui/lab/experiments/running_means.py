"""Means of the rows that are there so far, for the curves of a run that goes on."""

from collections.abc import Iterable
from statistics import fmean

from loraviewer.core.experiments.description import Kind
from loraviewer.core.experiments.numbers import Mean, Row

_SO_FAR = "so far"


class RunningMeans:
    """Without intervals: these are reckoned once everything is there."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self._rows: dict[tuple[str, ...], list[Row]] = {}
        self._prompts: dict[tuple[str, ...], set[str]] = {}

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            key = self._key(row)
            self._rows.setdefault(key, []).append(row)
            self._prompts.setdefault(key, set()).add(row.prompt)

    def means(self) -> tuple[Mean, ...]:
        """In the order in which their places came."""
        return tuple(self._mean(key, rows) for key, rows in self._rows.items())

    def _key(self, row: Row) -> tuple[str, ...]:
        """A ladder's orders are one place: they differ in adapters, and are averaged."""
        own = ("", "") if self._kind == "ladder" else (row.adapters, row.scales)
        return row.arm, row.policy, str(row.depth), *own, row.at, row.measure

    def _mean(self, key: tuple[str, ...], rows: list[Row]) -> Mean:
        first = rows[0]
        spreads = [row.in_seed_spreads for row in rows if row.in_seed_spreads is not None]
        return Mean(
            arm=first.arm,
            policy=first.policy,
            depth=first.depth,
            adapters=key[3],
            scales=key[4],
            measure=first.measure,
            unit=first.unit,
            mean=fmean(row.value for row in rows),
            low=None,
            high=None,
            in_seed_spreads=fmean(spreads) if spreads else None,
            spreads_low=None,
            spreads_high=None,
            level=0.0,
            over=_SO_FAR,
            prompts=len(self._prompts[key]),
            n=len(rows),
            at=first.at,
        )
