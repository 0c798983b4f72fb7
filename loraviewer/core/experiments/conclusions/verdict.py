"""One conclusion, with what it stands on and what would overturn it."""

from dataclasses import dataclass

from loraviewer.core.experiments.conclusions.estimates import Estimate
from loraviewer.core.experiments.conclusions.inner import inner
from loraviewer.core.experiments.conclusions.words import numbered
from loraviewer.core.sentences import say

ENOUGH_PROMPTS = 8
"""For a claim; with fewer, intervals over prompts come out too narrow."""

HINT = say(
    "A hint is of fewer than {enough} prompts; a claim needs as many.", enough=ENOUGH_PROMPTS
)

SPREADS = say("seed spreads")


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

    @property
    def is_hint(self) -> bool:
        """Decided, by fewer prompts than a claim needs."""
        return self.is_decided and self.low is not None and self.prompts < ENOUGH_PROMPTS


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
    is_hint = is_decided and 2 <= by.prompts < ENOUGH_PROMPTS
    numbers = numbered(by, say("a hint") if is_hint else "")
    sentence = say("{told} {numbers}{more}.", told=told, numbers=numbers, more=more)
    if by.prompts < 2:
        sentence = say("Of one prompt only: {sentence} It is no claim.", sentence=inner(sentence))
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
