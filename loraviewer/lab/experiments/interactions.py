"""What adapters do together beyond what each does alone."""

from collections.abc import Sequence
from dataclasses import replace

from loraviewer.core.experiments.ablation import ALL, ALONE
from loraviewer.core.experiments.numbers import Row

INTERACTION = "interaction"
"""The arm of these rows; no picture shows it."""


def interactions(rows: Sequence[Row]) -> list[Row]:
    """Of an ablation's rows, for each prompt, seed and measure: m(all) − m(base), less the same of
    each adapter alone; 0 where their effects on the number add up."""
    alone: dict[tuple[str, int | None, str], list[Row]] = {}
    base = {_place(row): row for row in rows if row.arm == "base"}
    for row in rows:
        if row.arm == ALONE:
            alone.setdefault(_place(row), []).append(row)
    # Where one of them gave no picture there is nothing to add up.
    count = max(map(len, alone.values()), default=0)
    return [
        _interaction(row, base[_place(row)], alone[_place(row)])
        for row in rows
        if row.arm == ALL and _place(row) in base and len(alone.get(_place(row), ())) == count
    ]


def _place(row: Row) -> tuple[str, int | None, str]:
    return row.prompt, row.seed, row.measure


def _interaction(whole: Row, base: Row, alone: Sequence[Row]) -> Row:
    parts = sum(row.value - base.value for row in alone)
    return replace(
        whole,
        cell=whole.cell.replace(ALL, INTERACTION, 1),
        arm=INTERACTION,
        value=whole.value - base.value - parts,
        in_seed_spreads=_spreads(whole, alone),
    )


def _spreads(whole: Row, alone: Sequence[Row]) -> float | None:
    """They count from the base, which lies at 0."""
    counts = [row.in_seed_spreads for row in alone]
    known = [count for count in counts if count is not None]
    if whole.in_seed_spreads is None or len(known) < len(counts):
        return None
    return whole.in_seed_spreads - sum(known)
