"""Which adapter of a stack moves a measure most, and what they do together only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loraviewer.core.experiments.ablation import ALL, ALONE, WITHOUT
from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import Estimate, Evidence, in_spreads
from loraviewer.core.experiments.conclusions.inner import inner
from loraviewer.core.experiments.conclusions.movement import movement, undecided
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import noun_of, number
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.places import place_name
from loraviewer.core.sentences import Sentence, say

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
    yield movement(whole.measure, by, say("with all together"))
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
    title = noun_of(whole.measure)
    if lead is None or not first.by.is_sure or first.by.value <= 0:
        what = say("which adapter moves {title} most", title=inner(title))
        yield undecided(whole.measure, first.by, "", what)
        return
    told = say(
        "{title} is {by} seed spreads nearer to the base {part}",
        title=title,
        by=number(first.by.value),
        part=first.name,
    )
    tail, is_decided = _lead_words(second, lead)
    yield verdict(
        told,
        whole.measure,
        first.by,
        say("An ablation of more prompts in which leaving out another one does more."),
        more=tail,
        is_decided=is_decided,
    )


def _lead_words(second: _Part, lead: Estimate) -> tuple[Sentence, bool]:
    by = number(second.by.value)
    if lead.is_sure and lead.value > 0:
        return say(", more than {part} ({by}) or any other", part=second.name, by=by), True
    words = say(
        "; {part} it is {by}, and which of the two does more cannot be told",
        part=second.name,
        by=by,
    )
    return words, False


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
            say(
                "{first} moves {title} by {by} seed spreads, more than {second} ({other}) or any "
                "other",
                first=first.name,
                title=inner(noun_of(measure)),
                by=number(sign * first.by.value),
                second=second.name,
                other=number(sign * second.by.value),
            ),
            measure,
            _turned(first.by, sign),
            say("An ablation of more prompts in which another one alone does more."),
        )


def _of_interaction(own: Sequence[Mean], whole: Mean, sign: float) -> Iterator[Verdict]:
    sure = [
        (mean, by)
        for mean in own
        if mean.arm == INTERACTION and (by := in_spreads(mean)) is not None and by.is_sure
    ]
    together = [one for one in sure if one[0].adapters == whole.adapters]
    pairs = sorted((one for one in sure if one not in together), key=_by_size)
    for mean, by in (*together, *pairs[-1:]):  # of many pairs the one that does most
        yield verdict(
            _interaction_words(mean, by, mean.adapters == whole.adapters, by.value * sign > 0),
            mean.measure,
            by,
            say(
                "More prompts whose interval holds 0. A measure that saturates shows less than "
                "the sum, too, whatever adapters do."
            ),
        )


def _interaction_words(mean: Mean, by: Estimate, is_of_all: bool, is_more: bool) -> Sentence:
    title, size = inner(noun_of(mean.measure)), number(abs(by.value))
    if is_of_all and is_more:
        return say(
            "All together move {title} by {by} seed spreads more than the sum of what each does "
            "alone",
            title=title,
            by=size,
        )
    if is_of_all:
        return say(
            "All together move {title} by {by} seed spreads less than the sum of what each does "
            "alone",
            title=title,
            by=size,
        )
    if is_more:
        return say(
            "{adapters} move {title} by {by} seed spreads more than the sum of what each does "
            "alone",
            adapters=mean.adapters,
            title=title,
            by=size,
        )
    return say(
        "{adapters} move {title} by {by} seed spreads less than the sum of what each does alone",
        adapters=mean.adapters,
        title=title,
        by=size,
    )


def _by_size(told: tuple[Mean, Estimate]) -> float:
    return abs(told[1].value)


def _turned(by: Estimate, sign: float) -> Estimate:
    if sign > 0:
        return by
    low = None if by.high is None else -by.high
    high = None if by.low is None else -by.low
    return Estimate(-by.value, low, high, by.level, by.prompts, by.n)
