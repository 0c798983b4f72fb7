"""An experiment's means as curves to be drawn: what lies beside what, and where.

Every point carries its `Mean`, so that one picture may show the number in its unit or in seed
spreads. In seed spreads the base lies at 0, and its own band, how much it differs from seed to
seed, is −1 … +1: that is what the unit is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from loraviewer.core.experiments.axes import strength_words
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.places import curve_name, place_name
from loraviewer.core.numbers import read_decimal
from loraviewer.core.sentences import say, together

ONE_STEP = "one-step"
"""The measure of how far one denoising step is moved, by which disturbances are compared."""

BASE_ARM = "base"

Spot = tuple[str, str, int, str, str, str]


@dataclass(frozen=True)
class CurvePoint:
    """`x` as `x_title` says; where it says nothing, places are by name and `x` counts them, 0, 1, …
    through all curves. `place`: in words."""

    x: float
    place: str
    mean: Mean


@dataclass(frozen=True)
class Curve:
    """`name` tells it from the others of its experiment. Points from left to right."""

    name: str
    arm: str
    policy: str
    points: tuple[CurvePoint, ...]


def curves(experiment: Experiment, means: Sequence[Mean], measure: str) -> tuple[Curve, ...]:
    """Of one measure, in the order of the means; none where it has none.

    A ladder has one for each arm and policy over the depth, a sweep one for each number of its
    second axis over those of the first. Disturbed outputs lie over the measured one-step change,
    or over the energy that was asked for where that was not measured everywhere. The base begins
    the curves of both ladders and outputs, at 0. All else has places by name, a curve for each arm.
    """
    own = [mean for mean in means if mean.measure == measure]
    if experiment.kind == "ladder":
        return _of_depths(experiment, own)
    if experiment.kind == "sweep":
        return _of_axes(experiment, own)
    if experiment.kind == "outputs":
        return _of_energies(experiment, own, means)
    return _of_names(experiment, own)


def x_title(experiment: Experiment, means: Iterable[Mean] = ()) -> str:
    """Of the axis that `x` counts along; "" where places are by name. means: all of them, for what
    disturbed outputs lie over."""
    if experiment.kind == "ladder":
        return say("adapters in the stack")
    if experiment.kind == "sweep":
        return strength_words(experiment.axes[0], experiment.adapters)
    if experiment.kind == "outputs":
        return say("measured change of one step") if _steps(means) else say("energy asked for")
    return ""


def spot(mean: Mean) -> Spot:
    """Equal for means of the same stack, whatever they measure."""
    return mean.arm, mean.policy, mean.depth, mean.adapters, mean.scales, mean.at


def _of_depths(experiment: Experiment, own: Sequence[Mean]) -> tuple[Curve, ...]:
    lines = _by_arm(own)
    return tuple(
        _curve(experiment, line, [(float(mean.depth), mean) for mean in (*_base(own), *line)])
        for line in lines
    )


def _of_axes(experiment: Experiment, own: Sequence[Mean]) -> tuple[Curve, ...]:
    lines: dict[float | None, list[tuple[float, Mean]]] = {}
    for mean in own:
        numbers = _numbers(mean)
        if numbers:
            other = numbers[1] if len(numbers) > 1 else None
            lines.setdefault(other, []).append((numbers[0], mean))
    return tuple(
        _curve(experiment, [mean for _, mean in line], line, _second_name(experiment, other))
        for other, line in lines.items()
    )


def _of_energies(
    experiment: Experiment, own: Sequence[Mean], means: Sequence[Mean]
) -> tuple[Curve, ...]:
    """The base at 0: no energy is no change, bit for bit."""
    steps = _steps(means)
    start = [(0.0, mean) for mean in _base(own)]
    return tuple(
        _curve(experiment, line, start + [(_energy(mean, steps), mean) for mean in line])
        for line in _by_arm(own)
    )


def _steps(means: Iterable[Mean]) -> dict[Spot, float]:
    """What one step measured at every place; nothing where a place lacks it, for the two do not
    lie on one axis."""
    places, steps = set[Spot](), dict[Spot, float]()
    for mean in means:
        if mean.arm == BASE_ARM:
            continue
        places.add(spot(mean))
        if mean.measure == ONE_STEP:
            steps[spot(mean)] = mean.mean
    return steps if len(steps) == len(places) else {}


def _energy(mean: Mean, steps: Mapping[Spot, float]) -> float:
    return steps[spot(mean)] if steps else next(iter(_numbers(mean)), 0.0)


def _of_names(experiment: Experiment, own: Sequence[Mean]) -> tuple[Curve, ...]:
    lines: dict[tuple[str, str], list[tuple[float, Mean]]] = {}
    for x, mean in enumerate(own):
        lines.setdefault((mean.arm, mean.policy), []).append((float(x), mean))
    return tuple(
        _curve(experiment, [mean for _, mean in line], line, alike=own) for line in lines.values()
    )


def _curve(
    experiment: Experiment,
    line: Sequence[Mean],
    points: Iterable[tuple[float, Mean]],
    name: str = "",
    alike: Sequence[Mean] = (),
) -> Curve:
    """line: what is the curve's own; points: with the base, where that begins it."""
    first = line[0]
    placed = sorted(points, key=lambda point: point[0])
    return Curve(
        name=name or curve_name(experiment, first.arm, first.policy),
        arm=first.arm,
        policy=first.policy,
        points=tuple(
            CurvePoint(x, place_name(experiment, mean, alike), mean) for x, mean in placed
        ),
    )


def _by_arm(own: Sequence[Mean]) -> list[list[Mean]]:
    lines: dict[tuple[str, str], list[Mean]] = {}
    for mean in own:
        if mean.arm != BASE_ARM:
            lines.setdefault((mean.arm, mean.policy), []).append(mean)
    return list(lines.values())


def _base(own: Iterable[Mean]) -> Iterator[Mean]:
    return (mean for mean in own if mean.arm == BASE_ARM)


def _numbers(mean: Mean) -> list[float]:
    """Its place on the axes, as the column says it."""
    read = (read_decimal(text) for text in mean.at.split())
    return [number for number in read if number is not None]


def _second_name(experiment: Experiment, number: float | None) -> str:
    if number is None or len(experiment.axes) < 2:
        return ""
    axis = strength_words(experiment.axes[1], experiment.adapters)
    return together([axis, f"{number:g}"])
