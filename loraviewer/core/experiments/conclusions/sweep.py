"""Where a sweep bends, and where it leaves what another seed would do."""

from collections.abc import Iterator, Sequence

from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import (
    Estimate,
    Evidence,
    Knee,
    crossing,
    in_spreads,
)
from loraviewer.core.experiments.conclusions.movement import ONE_SPREAD, movement
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import noun_of, number, place_on
from loraviewer.core.experiments.curves import Curve, CurvePoint, curves, x_title
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.sentences import Sentence, say, together

_MOST_CURVES = 3


def of_sweep(case: Case) -> Iterator[Verdict]:
    """Of each curve, on the side above 0; of many, the first and the last."""
    experiment = case.experiment
    axis = x_title(experiment)
    lines = curves(experiment, case.own, case.measure)
    for curve in lines if len(lines) <= _MOST_CURVES else (lines[0], lines[-1]):
        where = say(" ({curve})", curve=curve.name) if len(experiment.axes) > 1 else ""
        yield from _of_knee(curve, axis, where, case.evidence)
        yield from _of_reach(curve, axis, where)


def _of_knee(curve: Curve, axis: str, where: str, evidence: Evidence) -> Iterator[Verdict]:
    knee = evidence.knee(curve)
    if knee is None:
        return
    measure = curve.points[0].mean.measure
    yield verdict(
        say(
            "{title} bends{where} {place}",
            title=noun_of(measure),
            where=where,
            place=place_on(axis, knee.at.value),
        ),
        measure,
        knee.at,
        say(
            "A sweep with more points there that is as well described by one line or a steady bend."
        ),
        more=_turn(knee),
        unit=axis,
    )


def _turn(knee: Knee) -> Sentence:
    after, before = number(knee.after), number(knee.before)
    if abs(knee.after) > abs(knee.before):
        return say(
            ": it runs steeper from there, {after} seed spreads for each 1 instead of {before}",
            after=after,
            before=before,
        )
    return say(
        ": it runs flatter from there, {after} seed spreads for each 1 instead of {before}",
        after=after,
        before=before,
    )


def _of_reach(curve: Curve, axis: str, where: str) -> Iterator[Verdict]:
    """Where it first lies one seed spread from the base, or that it does not."""
    points = [point for point in curve.points if point.x >= 0]
    if len(points) < 2:
        return
    last = points[-1].mean
    xs = [point.x for point in points]
    at = crossing(xs, [point.mean.in_seed_spreads for point in points], ONE_SPREAD)
    if at is None:
        by = in_spreads(last)
        if by is not None:
            yield movement(last.measure, by, together([place_on(axis, xs[-1]), where], ""))
        return
    if at == xs[0]:  # nothing is crossed where it lies there from the start
        by = in_spreads(points[0].mean)
        if by is not None:
            already = say("already {place}", place=place_on(axis, at))
            yield movement(last.measure, by, together([already, where], ""))
        return
    yield _reached(_range(points, xs, at), last, axis, where)


def _reached(by: Estimate, last: Mean, axis: str, where: str) -> Verdict:
    told = say(
        "{title} is one seed spread from the base{where} {place}",
        title=noun_of(last.measure),
        where=where,
        place=place_on(axis, by.value),
    )
    return verdict(
        told,
        last.measure,
        by,
        say("A sweep of more prompts that gets there elsewhere than in this interval."),
        more=_doubt(by) if by.high is None else "",
        unit=axis,
        is_decided=by.low is not None and by.high is not None,
    )


def _doubt(by: Estimate) -> Sentence:
    if by.low is None:
        return say(": within the sweep it may also stay nearer, or be there from the start on")
    return say(
        ": within the sweep it may also stay nearer, or be there from {low} on",
        low=number(by.low),
    )


def _range(points: Sequence[CurvePoint], xs: Sequence[float], at: float) -> Estimate:
    """From where the far ends of the intervals get there to where the near ends do."""
    far = [_far_end(point.mean) for point in points]
    near = [_near_end(point.mean) for point in points]
    low, high = crossing(xs, far, ONE_SPREAD), crossing(xs, near, ONE_SPREAD)
    prompts, n = (min(counts) for counts in zip(*map(_counts, points), strict=True))
    return Estimate(at, low, high, points[-1].mean.level, prompts, n)


def _counts(point: CurvePoint) -> tuple[int, int]:
    return point.mean.prompts, point.mean.n


def _far_end(mean: Mean) -> float | None:
    low, high = mean.spreads_low, mean.spreads_high
    return None if low is None or high is None else max(abs(low), abs(high))


def _near_end(mean: Mean) -> float | None:
    """0 where the interval holds it."""
    low, high = mean.spreads_low, mean.spreads_high
    return None if low is None or high is None else max(0.0, low, -high)
