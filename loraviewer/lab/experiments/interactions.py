"""What adapters do together beyond what each does alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from loraviewer.core.experiments.ablation import ALL, ALONE, PAIR, pairs
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Row

INTERACTION = "interaction"
"""The arm of these rows; no picture shows it."""

_Place = tuple[str, int | None, str]
"""Prompt, seed and measure."""


def interactions(experiment: Experiment, rows: Sequence[Row]) -> list[Row]:
    """Of an ablation's rows, for each prompt, seed and measure: m(all) − m(base), less the same of
    each adapter alone, and of each pair m(ij) − m(i) − m(j) + m(base); 0 where their effects on the
    number add up. Where one of them gave no picture there is nothing to add up."""
    known = {(_name(row), _place(row)): row for row in rows}
    found = list[Row]()
    for stack, numbers in _together(experiment):
        for row in rows:
            if _name(row) == stack:
                place = _place(row)
                parts = [known.get((f"{ALONE}-{at:03}", place)) for at in numbers]
                there = [part for part in parts if part is not None]
                base = known.get(("base", place))
                if base is not None and len(there) == len(parts):
                    found.append(_interaction(row, base, there))
    return found


def _together(experiment: Experiment) -> Iterator[tuple[str, Sequence[int]]]:
    """The name of each stack of several, and the numbers of its adapters."""
    yield ALL, range(1, len(experiment.adapters) + 1)
    for number, both in enumerate(pairs(experiment), 1):
        yield f"{PAIR}-{number:03}", both


def _name(row: Row) -> str:
    """Of the stack, which cells and groups begin with."""
    return row.cell.rpartition("-p")[0]


def _place(row: Row) -> _Place:
    return row.prompt, row.seed, row.measure


def _interaction(whole: Row, base: Row, alone: Sequence[Row]) -> Row:
    parts = sum(row.value - base.value for row in alone)
    return replace(
        whole,
        cell=whole.cell.replace(whole.arm, INTERACTION, 1),
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
