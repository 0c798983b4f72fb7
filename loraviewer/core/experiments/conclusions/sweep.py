"""Where a sweep bends, and where it leaves what another seed would do."""

from collections.abc import Iterator, Sequence

from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import (
    Estimate,
    Evidence,
    crossing,
    in_spreads,
)
from loraviewer.core.experiments.conclusions.movement import ONE_SPREAD, movement
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import number, title_of
from loraviewer.core.experiments.curves import Curve, CurvePoint, curves, x_title
from loraviewer.core.experiments.numbers import Mean

_MOST_CURVES = 3


def of_sweep(case: Case) -> Iterator[Verdict]:
    """Of each curve, on the side above 0; of many, the first and the last."""
    experiment = case.experiment
    axis = x_title(experiment)
    lines = curves(experiment, case.own, case.measure)
    for curve in lines if len(lines) <= _MOST_CURVES else (lines[0], lines[-1]):
        where = f" ({curve.name})" if len(experiment.axes) > 1 else ""
        yield from _of_knee(curve, axis, where, case.evidence)
        yield from _of_reach(curve, axis, where)


def _of_knee(curve: Curve, axis: str, where: str, evidence: Evidence) -> Iterator[Verdict]:
    knee = evidence.knee(curve)
    if knee is None:
        return
    turn = "steeper" if abs(knee.after) > abs(knee.before) else "flatter"
    measure = curve.points[0].mean.measure
    yield verdict(
        f"{title_of(measure)} bends{where} at {number(knee.at.value)} of “{axis}”",
        measure,
        knee.at,
        "A sweep with more points there that is as well described by one line or a steady bend.",
        more=f": it runs {turn} from there, {number(knee.after)} seed spreads for each 1 instead "
        f"of {number(knee.before)}",
        unit=axis,
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
            yield movement(last.measure, by, f"at {number(xs[-1])} of “{axis}”{where}")
        return
    yield _reached(_range(points, xs, at), last, axis, where)


def _reached(by: Estimate, last: Mean, axis: str, where: str) -> Verdict:
    title = title_of(last.measure)
    told = f"{title} is one seed spread from the base{where} at {number(by.value)} of “{axis}”"
    more = ""
    if by.high is None:
        more = f": within the sweep it may also stay nearer, or be there from {_low(by)} on"
    return verdict(
        told,
        last.measure,
        by,
        "A sweep of more prompts that gets there elsewhere than in this interval.",
        more=more,
        unit=axis,
        is_decided=by.low is not None and by.high is not None,
    )


def _low(by: Estimate) -> str:
    return "the start" if by.low is None else number(by.low)


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
