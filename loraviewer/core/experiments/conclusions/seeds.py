"""Whether a stack gives fewer different pictures over seeds, and what it makes more frequent."""

from collections.abc import Iterator, Sequence

from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import Estimate, in_spreads
from loraviewer.core.experiments.conclusions.inner import inner
from loraviewer.core.experiments.conclusions.movement import movement
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import noun_of, number, unit_words
from loraviewer.core.experiments.curves import spot
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.places import arm_name
from loraviewer.core.experiments.seed_wall import ALONE, STACK
from loraviewer.core.picture_measures import (
    DETAIL,
    FIDELITY,
    HIGHLIGHTS,
    NOISE,
    PAIRWISE,
    SHADOWS,
    SHARE_UNIT,
    VENDI,
)
from loraviewer.core.sentences import Sentence, figure, say, together

_QUALITY = tuple(facts.name for facts in (FIDELITY, NOISE, DETAIL, HIGHLIGHTS, SHADOWS))
"""Beside which a number of different pictures may be read; the first that is there is told."""


def of_seeds(case: Case) -> Iterator[Verdict]:
    """Shares and other measures stand beside the number of different pictures."""
    measure = case.measure
    if measure.partition("-")[0] == VENDI.name:
        yield from _of_diversity(case)
    elif case.own[0].unit == SHARE_UNIT:
        yield from _of_shares(case)
    elif measure.partition("-")[0] != PAIRWISE.name:  # it says what the other says
        stack = next((mean for mean in case.own if mean.arm == STACK), None)
        by = None if stack is None else in_spreads(stack)
        if by is not None:
            yield movement(measure, by, say("with the stack"))


def _of_diversity(case: Case) -> Iterator[Verdict]:
    base = case.base
    if base is None:
        return
    for mean in case.own:
        if mean is base or (ratio := case.evidence.ratio(mean, base)) is None:
            continue
        if mean.arm != ALONE or _is_apart(ratio):
            yield _of_ratio(mean, ratio, _quality(case.means, mean))


def _quality(means: Sequence[Mean], mean: Mean) -> Mean | None:
    beside = {one.measure: one for one in means if spot(one) == spot(mean)}
    return next((beside[name] for name in _QUALITY if name in beside), None)


def _of_ratio(mean: Mean, ratio: Estimate, quality: Mean | None) -> Verdict:
    if quality is None:
        return _without_quality(mean, ratio)
    is_apart = _is_apart(ratio)
    open_end = "" if is_apart else say(": whether more or fewer than the base cannot be told")
    return verdict(
        say(
            "With {who} there are {ratio} times as many different pictures over seeds as with "
            "the base",
            who=_who(mean),
            ratio=figure(f"{ratio.value:.2f}"),
        ),
        mean.measure,
        ratio,
        say("More prompts whose interval holds 1, or as many seeds of another set.")
        if is_apart
        else say("More prompts whose interval leaves out 1."),
        more=together([open_end, say("; beside it, {quality}", quality=_beside(quality))], ""),
        unit=say("times"),
        is_decided=is_apart,
    )


def _without_quality(mean: Mean, ratio: Estimate) -> Verdict:
    return verdict(
        say(
            "What {who} does to the number of different pictures cannot be read without a measure "
            "of quality beside it, for nonsense differs, too; the ratio is {ratio}",
            who=_who(mean),
            ratio=number(ratio.value),
        ),
        mean.measure,
        ratio,
        say("The same with one of fidelity, noise, detail, highlights and shadows."),
        unit=say("times"),
        is_decided=False,
    )


def _is_apart(ratio: Estimate) -> bool:
    return (
        ratio.low is not None and ratio.high is not None and (ratio.low > 1.0 or ratio.high < 1.0)
    )


def _beside(quality: Mean) -> Sentence:
    by = in_spreads(quality)
    title = inner(noun_of(quality.measure))
    if by is not None:
        return say("{title} lies {by} seed spreads from the base", title=title, by=number(by.value))
    value = together(filter(None, (number(quality.mean), unit_words(quality.unit))))
    return say("{title} is {value}", title=title, value=value)


def _of_shares(case: Case) -> Iterator[Verdict]:
    """Such as of pictures that a judge calls red."""
    base = case.base
    if base is None:
        return
    for mean in case.own:
        change = None if mean is base else case.evidence.change(mean, base)
        if change is None or not change.is_sure:
            continue
        yield verdict(
            say(
                "{title}: {base} % of the base, {share} % of {who}, a difference of {change}",
                title=noun_of(mean.measure),
                base=_percent(base.mean),
                share=_percent(mean.mean),
                who=_who(mean),
                change=number(change.value),
            ),
            mean.measure,
            change,
            say("More prompts whose interval of the difference holds 0."),
            unit=say("share"),
        )


def _who(mean: Mean) -> str:
    """“the stack”, “birds alone”, “the negative prompt”."""
    if mean.arm == ALONE:
        return say("{adapters} alone", adapters=mean.adapters)
    return arm_name(mean.arm)


def _percent(share: float) -> str:
    return f"{share * 100:.0f}"
