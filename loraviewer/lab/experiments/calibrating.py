"""How much of each disturbance moves one step by as much as all others do: what a comparison of
them needs, since nominal energies come out differently wherever they are put."""

import math
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import NamedTuple, Protocol

import msgspec

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.nominals import TOLERANCE, Nominal
from loraviewer.core.experiments.outputs import (
    OUTPUT_ARMS,
    OutputArm,
    draws_of,
    output_condition,
)

_MOST_TRIES = 8
_STEEPEST, _FLATTEST = 3.0, 0.3
"""Exponents of how a change follows its cause; a straight line has 1."""
_FAR = 4.0

Changes = Callable[[float], tuple[float, ...]]
"""From a nominal energy to what is measured, for each prompt."""


class Gauge(Protocol):
    def changes(self, condition: Condition) -> tuple[float, ...]:
        """For each prompt; see `StepGauge`."""
        ...


class Fit(NamedTuple):
    nominal: float
    measured: tuple[float, ...]

    @property
    def mean(self) -> float:
        return fmean(self.measured)


def calibrated(
    experiment: Experiment, gauge: Gauge, on_progress: Callable[[float], None] = lambda done: None
) -> Experiment:
    """With `nominals` that move one step by the `energies`, within `TOLERANCE` on average over the
    prompts, or as near as it gets; `measured` says how near. on_progress: the share done, 0 … 1."""
    places = list(_places(experiment))
    found = list[Nominal]()
    for arm, draw, energy in places:
        on_progress(len(found) / len(places))
        fit = _fit_of(experiment, gauge, arm, draw, energy, _start(found, arm, energy))
        found.append(
            Nominal(arm=arm, draw=draw, energy=energy, nominal=fit.nominal, measured=fit.measured)
        )
    return msgspec.structs.replace(experiment, nominals=tuple(found))


def fits(experiment: Experiment) -> int:
    """How many nominal energies it takes."""
    return sum(1 for _ in _places(experiment))


def _places(experiment: Experiment) -> Iterator[tuple[OutputArm, int, float]]:
    for arm in OUTPUT_ARMS:
        for draw in draws_of(experiment, arm):
            for energy in experiment.energies:
                yield arm, draw, energy


def _fit_of(
    experiment: Experiment, gauge: Gauge, arm: OutputArm, draw: int, energy: float, start: float
) -> Fit:
    def changes(nominal: float) -> tuple[float, ...]:
        return gauge.changes(output_condition(experiment, arm, draw, energy, nominal))

    if not energy:
        return Fit(0.0, (0.0,) * len(experiment.prompts))
    return fitted(changes, energy, start)


def _start(found: list[Nominal], arm: str, energy: float) -> float:
    """What another draw took, or another energy of this one; else as if it were the measured."""
    own = [one for one in found if one.arm == arm and one.nominal]
    same = [one.nominal for one in own if one.energy == energy]
    if same:
        return same[-1]
    if own:
        return own[-1].nominal * energy / own[-1].energy
    return energy


def fitted(changes: Changes, wanted: float, start: float) -> Fit:
    """The nominal energy that measures as `wanted`, above 0, by secants on logarithms; the nearest
    of those tried. start: above 0."""
    best = last = _tried(changes, start)
    exponent = 1.0
    for _ in range(_MOST_TRIES - 1):
        if abs(best.mean - wanted) <= TOLERANCE * wanted:
            break
        tried = _tried(changes, last.nominal * _factor(last.mean, wanted, exponent))
        exponent = _exponent(last, tried)
        last = tried
        best = min(best, tried, key=lambda fit: abs(fit.mean - wanted))
    return best


def _tried(changes: Changes, nominal: float) -> Fit:
    """Of a number with few digits, as people read it in a description."""
    short = float(f"{nominal:.5g}")
    return Fit(short, changes(short))


def _factor(mean: float, wanted: float, exponent: float) -> float:
    if not math.isfinite(mean):
        return 1 / _FAR
    if mean <= 0:
        return _FAR
    factor = (wanted / mean) ** (1 / exponent)
    return min(max(factor, 1 / _FAR), _FAR)


def _exponent(one: Fit, other: Fit) -> float:
    pairs = (one.mean, other.mean, one.nominal, other.nominal)
    if not all(math.isfinite(number) and number > 0 for number in pairs):
        return 1.0
    if one.nominal == other.nominal:
        return 1.0
    slope = math.log(other.mean / one.mean) / math.log(other.nominal / one.nominal)
    return min(max(slope, _FLATTEST), _STEEPEST)
