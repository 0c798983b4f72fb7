"""Which adapter of a stack moves a measure most, and what they do together only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loraviewer.core.experiments.ablation import ALL, ALONE, WITHOUT
from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import Estimate, Evidence, in_spreads
from loraviewer.core.experiments.conclusions.movement import movement, undecided
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import number, title_of, with_small_first
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.places import place_name

INTERACTION = "interaction"


@dataclass(frozen=True)
class _Part:
    """`name`: “without birds”. `by`: how much nearer to the base the measure is without it, or how
    far it moves it alone; above 0 the way that all together move it."""

    name: str
    mean: Mean
    by: Estimate


def of_ablation(case: Case) -> Iterator[Verdict]:
    """Of all together, of who does most of it, and of what they do together only."""
    experiment, own, evidence = case.experiment, case.own, case.evidence
    whole = next((mean for mean in own if mean.arm == ALL), None)
    by = None if whole is None else in_spreads(whole)
    if whole is None or by is None:
        return
    yield movement(whole.measure, by, "with all together")
    if not by.is_sure:
        return
    sign = -1.0 if by.value < 0 else 1.0
    yield from _of_owner(experiment, own, whole, sign, evidence)
    yield from _of_alone(experiment, own, whole.measure, sign, evidence)
    yield from _of_interaction(own, whole, sign)


def _of_owner(
    experiment: Experiment, own: Sequence[Mean], whole: Mean, sign: float, evidence: Evidence
) -> Iterator[Verdict]:
    parts = [
        _Part(place_name(experiment, mean), mean, _turned(gap, sign))
        for mean in own
        if mean.arm == WITHOUT and (gap := evidence.difference(whole, mean)) is not None
    ]
    if len(parts) < 2:
        return
    first, second = sorted(parts, key=lambda part: -part.by.value)[:2]
    between = evidence.difference(second.mean, first.mean)
    lead = None if between is None else _turned(between, sign)
    title = title_of(whole.measure)
    if lead is None or not first.by.is_sure or first.by.value <= 0:
        what = f"which adapter moves {_small_title(whole.measure)} most"
        yield undecided(whole.measure, first.by, "", what)
        return
    told = f"{title} is {number(first.by.value)} seed spreads nearer to the base {first.name}"
    tail, is_decided = _lead_words(first.name, second, lead)
    yield verdict(
        told,
        whole.measure,
        first.by,
        "An ablation of more prompts in which leaving out another one does more.",
        more=tail,
        is_decided=is_decided,
    )


def _lead_words(first: str, second: _Part, lead: Estimate) -> tuple[str, bool]:
    if lead.is_sure and lead.value > 0:
        return f", more than {second.name} ({number(second.by.value)}) or any other", True
    return (
        f"; {second.name} it is {number(second.by.value)}, and which of the two does more cannot "
        "be told",
        False,
    )


def _of_alone(
    experiment: Experiment, own: Sequence[Mean], measure: str, sign: float, evidence: Evidence
) -> Iterator[Verdict]:
    parts = [
        _Part(place_name(experiment, mean), mean, _turned(by, sign))
        for mean in own
        if mean.arm == ALONE and (by := in_spreads(mean)) is not None
    ]
    if len(parts) < 2:
        return
    first, second = sorted(parts, key=lambda part: -part.by.value)[:2]
    between = evidence.difference(first.mean, second.mean)
    if between is None or not first.by.is_sure:
        return
    lead = _turned(between, sign)
    if lead.is_sure and lead.value > 0 and first.by.value > 0:
        yield verdict(
            f"{first.name} moves {_small_title(measure)} by {number(sign * first.by.value)} seed "
            f"spreads, more than {second.name} ({number(sign * second.by.value)}) or any other",
            measure,
            _turned(first.by, sign),
            "An ablation of more prompts in which another one alone does more.",
        )


def _of_interaction(own: Sequence[Mean], whole: Mean, sign: float) -> Iterator[Verdict]:
    for mean in own:
        by = in_spreads(mean)
        if mean.arm != INTERACTION or by is None or not by.is_sure:
            continue
        who = "All together move" if mean.adapters == whole.adapters else f"{mean.adapters} move"
        more = "more" if by.value * sign > 0 else "less"
        yield verdict(
            f"{who} {_small_title(mean.measure)} by {number(abs(by.value))} seed spreads {more} "
            "than the sum of what each does alone",
            mean.measure,
            by,
            "More prompts whose interval holds 0. A measure that saturates shows less than the "
            "sum, too, whatever adapters do.",
        )


def _small_title(measure: str) -> str:
    return with_small_first(title_of(measure))


def _turned(by: Estimate, sign: float) -> Estimate:
    if sign > 0:
        return by
    low = None if by.high is None else -by.high
    high = None if by.low is None else -by.low
    return Estimate(-by.value, low, high, by.level, by.prompts, by.n)
