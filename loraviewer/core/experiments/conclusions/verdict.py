"""One conclusion, with what it stands on and what would overturn it."""

from dataclasses import dataclass

from loraviewer.core.experiments.conclusions.estimates import Estimate
from loraviewer.core.experiments.conclusions.words import numbered, with_small_first

ENOUGH_PROMPTS = 8
"""For a claim; with fewer, intervals over prompts come out too narrow."""

SPREADS = "seed spreads"


@dataclass(frozen=True)
class Verdict:
    """`sentence`: with its numbers, and modest where they are few. `value` in `low` … `high` at
    `level`: the number that decides, in `unit`; None where it has no interval. `n`: pictures it is
    of, of so many `prompts`. `is_decided`: false where the numbers leave it open; never true of
    fewer than two prompts. `overturned_by`: what would show it wrong, as a sentence."""

    sentence: str
    measure: str
    value: float
    low: float | None
    high: float | None
    level: float
    unit: str
    prompts: int
    n: int
    is_decided: bool
    overturned_by: str


def verdict(
    told: str,
    measure: str,
    by: Estimate,
    overturned_by: str,
    more: str = "",
    unit: str = SPREADS,
    is_decided: bool = True,
) -> Verdict:
    """told: a sentence without its stop, which `by` decides; more: what follows from it."""
    sentence = f"{told} {numbered(by)}{more}."
    if by.prompts < 2:
        sentence = f"Of one prompt only: {with_small_first(sentence)} It is no claim."
    elif is_decided and by.prompts < ENOUGH_PROMPTS:
        sentence += f" A hint: a claim needs {ENOUGH_PROMPTS} prompts."
    return Verdict(
        sentence=sentence,
        measure=measure,
        value=by.value,
        low=by.low,
        high=by.high,
        level=by.level,
        unit=unit,
        prompts=by.prompts,
        n=by.n,
        is_decided=is_decided and by.prompts >= 2,
        overturned_by=overturned_by,
    )
