"""How far conditions move one step: exact of a toy, and asked of the base once."""

import math
from dataclasses import dataclass

import msgspec
import pytest
import torch

from loraviewer.core.experiments.cells import conditions
from loraviewer.core.experiments.conditions import BASE
from loraviewer.core.outcome import NotFinite
from loraviewer.lab.experiments.step_gauge import PROBED_STEPS, StepGauge
from tests.core.experiments.asked import sweep


@dataclass(frozen=True)
class Step:
    timestep: float
    latents: torch.Tensor
    output: torch.Tensor


class Toy:
    """Says latents of its own at each step, and with a stack something at right angles to them, as
    long as the strengths together."""

    def __init__(self):
        self.asked = []

    def walked(self, request, disturbance, token, led=()):
        sampling = request.sampling
        self.asked.append((request, bool(led)))
        if any(abs(adapter.scale) > 1.5 for adapter in request.adapters):
            raise NotFinite("Numbers overflowed.")
        strength = sum(abs(adapter.scale) for adapter in request.adapters)
        return [
            Step(float(at), own, own + strength * torch.stack((-own[1], own[0])))
            for at in range(sampling.steps)
            for own in (torch.tensor([1.0 + at, float(sampling.seed)]),)
        ]


@pytest.fixture
def experiment():
    return sweep(seeds=tuple(range(1, 11)))


def test_it_is_exact_of_a_toy(experiment):
    gauge = StepGauge(Toy(), experiment)
    assert gauge.changes(BASE) == (0.0, 0.0)
    half = conditions(experiment)[2]
    assert gauge.changes(half) == pytest.approx((0.65, 0.65))  # 0.8 and −0.5, halved


def test_numbers_that_overflow_are_infinitely_far(experiment):
    assert StepGauge(Toy(), experiment).changes(conditions(experiment)[3]) == (math.inf, math.inf)


def test_the_base_is_asked_once_and_all_others_are_led_along_its_way(experiment):
    toy = Toy()
    gauge = StepGauge(toy, experiment)
    for condition in conditions(experiment)[1:3] * 2:
        gauge.changes(condition)
    own = [request for request, is_led in toy.asked if not is_led]
    assert len(own) == 8  # of two prompts the first four seeds
    assert len({request.sha256() for request in own}) == 8
    assert {request.adapters for request in own} == {()}
    assert {request.sampling.steps for request in own} == {PROBED_STEPS}
    assert len(toy.asked) == 8 + 4 * 8


def test_pictures_of_fewer_steps_have_fewer(experiment):
    toy, base = Toy(), experiment.base
    sampling = msgspec.structs.replace(base.sampling, steps=2)
    few = msgspec.structs.replace(experiment, base=msgspec.structs.replace(base, sampling=sampling))
    StepGauge(toy, few).changes(BASE)
    assert {request.sampling.steps for request, _ in toy.asked} == {2}
