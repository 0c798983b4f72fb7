"""What the way back, merge rules and disturbed outputs say."""

from collections.abc import Iterator
from dataclasses import dataclass

from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import Estimate, in_spreads
from loraviewer.core.experiments.conclusions.inner import inner
from loraviewer.core.experiments.conclusions.movement import undecided
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import noun_of, number, place_on
from loraviewer.core.experiments.curves import ONE_STEP, Curve, curves, x_title
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.sentences import Sentence, say

SAME_BYTES, SAME_WEIGHTS = "bytes-equal", "weights-equal"
_NOT_APART = say("their intervals do not tell the two apart")


def of_way_back(case: Case) -> Iterator[Verdict]:
    """Of what is 1 where what came back is what was there, else 0. A count, not a sample of
    something larger: it has no interval, and needs no second prompt to be true."""
    own, measure = case.own, case.measure
    if measure not in (SAME_BYTES, SAME_WEIGHTS):
        return
    counts = [case.evidence.counts(mean) for mean in own]
    same, n = sum(c[0] for c in counts), sum(c[1] for c in counts)
    prompts = max(mean.prompts for mean in own)
    yield Verdict(
        sentence=say(
            "{answer}: {what} are the same, byte for byte, after all adapters were put on and "
            "taken off again ({prompts} prompts).",
            answer=say("Yes") if same == n else say("No"),
            what=_counted(measure, same, n),
            prompts=prompts,
        ),
        measure=measure,
        value=same / n if n else 0.0,
        low=None,
        high=None,
        level=own[0].level,
        unit=say("share"),
        prompts=prompts,
        n=n,
        is_decided=True,
        overturned_by=say("One picture that does not come back.")
        if same == n
        else say("Nothing: one that did not come back is enough."),
    )


def _counted(measure: str, same: int, n: int) -> Sentence:
    if measure == SAME_BYTES:
        return say("{same} of {n} pictures of the base", same=same, n=n)
    return say("{same} of {n} states of the weights", same=same, n=n)


@dataclass(frozen=True)
class _Place:
    name: str
    mean: Mean
    by: Estimate


def of_rules(case: Case) -> Iterator[Verdict]:
    """Which rule leaves a measure nearest to the base."""
    places = [
        _Place(mean.arm, mean, by)
        for mean in case.own
        if mean.arm != "base" and (by := in_spreads(mean)) is not None
    ]
    if len(places) < 2:
        return
    first, second = sorted(places, key=lambda place: abs(place.by.value))[:2]
    measure = first.mean.measure
    gap = case.evidence.difference(second.mean, first.mean)
    if gap is None:
        return
    if not _is_nearer(first, second, gap):
        what = say(
            "which merge rule keeps {title} nearest to the base ({first}, {second})",
            title=inner(noun_of(measure)),
            first=first.name,
            second=second.name,
        )
        yield undecided(measure, gap, "", what, _NOT_APART)
        return
    yield verdict(
        _nearest_words(measure, first, second, gap),
        measure,
        gap,
        say(
            "More prompts with which another rule lies nearer. Near to the base is not better: a "
            "rule that leaves nothing of the adapters lies nearest."
        ),
    )


def _nearest_words(measure: str, first: _Place, second: _Place, gap: Estimate) -> Sentence:
    return say(
        "{title} is nearest to the base with {first}: {by} seed spreads from it, {second} "
        "{other}, a difference of {gap}",
        title=noun_of(measure),
        first=first.name,
        by=number(first.by.value),
        second=second.name,
        other=number(second.by.value),
        gap=number(gap.value),
    )


def _is_nearer(first: _Place, second: _Place, gap: Estimate) -> bool:
    """On both sides of the base a difference says nothing of which is nearer to it."""
    if (first.by.value < 0) == (second.by.value < 0):
        return gap.is_sure
    return _lies_beyond(second.by, first.by)


def of_outputs(case: Case) -> Iterator[Verdict]:
    """Which arm moves a measure most where one step is moved equally far by all."""
    experiment, means, measure = case.experiment, case.means, case.measure
    if measure == ONE_STEP:
        return
    lines = curves(experiment, means, measure)
    reach = min((line.points[-1].x for line in lines), default=0.0)
    known = [(line, by) for line in lines if (by := _at(line, reach)) is not None]
    if len(known) < 2 or not reach:
        return
    (worst, most), (next_one, less) = sorted(known, key=lambda pair: -abs(pair[1].value))[:2]
    where = place_on(x_title(experiment, means), reach)
    if not _lies_beyond(most, less):
        what = say(
            "which arm moves {title} most {where} ({first}, {second})",
            title=inner(noun_of(measure)),
            where=where,
            first=worst.name,
            second=next_one.name,
        )
        yield undecided(measure, most, "", what, _NOT_APART)
        return
    yield verdict(
        say(
            "{title} is moved most by {first} {where}: {by} seed spreads, {second} {other}",
            title=noun_of(measure),
            first=worst.name,
            where=where,
            by=number(most.value),
            second=next_one.name,
            other=number(less.value),
        ),
        measure,
        most,
        say("More prompts or draws in which another arm moves it as far for as much energy."),
    )


def _lies_beyond(most: Estimate, less: Estimate) -> bool:
    """Whether the nearest that the one may lie is further than the other may."""
    if most.low is None or most.high is None or less.low is None or less.high is None:
        return False
    return max(most.low, -most.high) > max(abs(less.low), abs(less.high))


def _at(line: Curve, x: float) -> Estimate | None:
    """Between two points by straight lines."""
    points = line.points
    after = next((i for i, point in enumerate(points) if point.x >= x), None)
    if after is None:
        return None
    right = in_spreads(points[after].mean)
    if points[after].x == x or after == 0:
        return right
    left, start = in_spreads(points[after - 1].mean), points[after - 1].x
    if left is None or right is None:
        return None
    return _between(left, right, (x - start) / (points[after].x - start))


def _between(left: Estimate, right: Estimate, share: float) -> Estimate:
    def blend(one: float, other: float) -> float:
        return one + (other - one) * share

    low = high = None
    if None not in (left.low, right.low, left.high, right.high):
        low, high = blend(left.low or 0, right.low or 0), blend(left.high or 0, right.high or 0)
    prompts, n = min(left.prompts, right.prompts), min(left.n, right.n)
    return Estimate(blend(left.value, right.value), low, high, right.level, prompts, n)
