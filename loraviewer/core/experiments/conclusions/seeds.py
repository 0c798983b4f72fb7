"""Whether a stack gives fewer different pictures over seeds, and what it makes more frequent."""

from collections.abc import Iterator, Sequence

from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import Estimate, in_spreads
from loraviewer.core.experiments.conclusions.movement import movement
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import (
    listed,
    number,
    title_of,
    with_small_first,
)
from loraviewer.core.experiments.curves import spot
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.places import arm_name
from loraviewer.core.picture_measures import (
    DETAIL,
    FIDELITY,
    HIGHLIGHTS,
    NOISE,
    PAIRWISE,
    SHADOWS,
    VENDI,
)  # fmt: skip

_SHARE = "share-"
_QUALITY = tuple(facts.name for facts in (FIDELITY, NOISE, DETAIL, HIGHLIGHTS, SHADOWS))
"""Beside which a number of different pictures may be read; the first that is there is told."""


def of_seeds(case: Case) -> Iterator[Verdict]:
    """Shares and other measures stand beside the number of different pictures."""
    measure = case.measure
    if measure.partition("-")[0] == VENDI.name:
        yield from _of_diversity(case)
    elif measure.startswith(_SHARE):
        yield from _of_shares(case)
    elif measure.partition("-")[0] != PAIRWISE.name:  # it says what the other says
        stack = next((mean for mean in case.own if mean.arm == "stack"), None)
        by = None if stack is None else in_spreads(stack)
        if by is not None:
            yield movement(measure, by, "with the stack")


def _of_diversity(case: Case) -> Iterator[Verdict]:
    base = case.base
    if base is None:
        return
    for mean in case.own:
        if mean is not base and (ratio := case.evidence.ratio(mean, base)) is not None:
            yield _of_ratio(mean, ratio, _quality(case.means, mean))


def _quality(means: Sequence[Mean], mean: Mean) -> Mean | None:
    beside = {one.measure: one for one in means if spot(one) == spot(mean)}
    return next((beside[name] for name in _QUALITY if name in beside), None)


def _of_ratio(mean: Mean, ratio: Estimate, quality: Mean | None) -> Verdict:
    who = _who(mean)
    told = (
        f"With {who} there are {number(ratio.value)} times as many different pictures over seeds "
        "as with the base"
    )
    if quality is None:
        return verdict(
            f"What {who} does to the number of different pictures cannot be read without a "
            f"measure of quality beside it, for nonsense differs, too; the ratio is "
            f"{number(ratio.value)}",
            mean.measure,
            ratio,
            f"The same with one of {listed(list(_QUALITY))}.",
            unit="times",
            is_decided=False,
        )
    is_apart = _is_apart(ratio)
    open_end = "" if is_apart else ": whether more or fewer than the base cannot be told"
    return verdict(
        told,
        mean.measure,
        ratio,
        "More prompts whose interval holds 1, or as many seeds of another set."
        if is_apart
        else "More prompts whose interval leaves out 1.",
        more=f"{open_end}; beside it, {_beside(quality)}",
        unit="times",
        is_decided=is_apart,
    )


def _is_apart(ratio: Estimate) -> bool:
    return (
        ratio.low is not None and ratio.high is not None and (ratio.low > 1.0 or ratio.high < 1.0)
    )


def _beside(quality: Mean) -> str:
    by = in_spreads(quality)
    title = with_small_first(title_of(quality.measure))
    if by is None:
        return f"{title} is {number(quality.mean)} {quality.unit}".rstrip()
    return f"{title} lies {number(by.value)} seed spreads from the base"


def _of_shares(case: Case) -> Iterator[Verdict]:
    """Such as of pictures that a judge calls red."""
    base = case.base
    if base is None:
        return
    for mean in case.own:
        change = None if mean is base else case.evidence.change(mean, base)
        if change is None or not change.is_sure:
            continue
        title = title_of(mean.measure)
        yield verdict(
            f"{title}: {_percent(base.mean)} of the base, {_percent(mean.mean)} of "
            f"{_who(mean)}, a difference of {number(change.value)}",
            mean.measure,
            change,
            "More prompts whose interval of the difference holds 0.",
            unit="share",
        )


def _who(mean: Mean) -> str:
    """“the stack”, “birds alone”, “the negative prompt”."""
    if mean.arm == "alone":
        return f"{mean.adapters} alone"
    return {"stack": "the stack", "negative": "the negative prompt"}.get(
        mean.arm, arm_name(mean.arm)
    )


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
