"""What the network says at each step, on its own way and on that of another stack."""

import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.request import SAMPLERS
from tests.engine.asking import render
from tests.listeners import silent

TOKEN = CancelToken()


def test_a_walk_has_the_steps_of_the_picture(engine, request_for, style):
    walked = engine.walked(request_for(style), None, TOKEN)
    assert len(walked) == request_for().sampling.steps
    assert [one.timestep for one in walked] == sorted((o.timestep for o in walked), reverse=True)
    assert {tuple(one.output.shape) for one in walked} == {(1, 4, 8, 8)}
    again = engine.walked(request_for(style), None, TOKEN)
    assert all(torch.equal(a.output, b.output) for a, b in zip(walked, again, strict=True))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_led_walk_goes_the_way_of_the_other(engine, request_for, words, sampler):
    """At the same latents, bit for bit, and says something else of them."""
    base = engine.walked(request_for(sampler=sampler), None, TOKEN)
    led = engine.walked(request_for(words, sampler=sampler), None, TOKEN, base)
    for own, other in zip(base, led, strict=True):
        assert own.timestep == other.timestep
        assert torch.equal(own.latents, other.latents)
        assert not torch.equal(own.output, other.output)


def test_noise_on_the_guided_output_is_as_large_as_it_says(engine, request_for):
    base = engine.walked(request_for(), None, TOKEN)
    disturbance = Disturbance(place="guided", is_frozen=True, energy=0.25)
    led = engine.walked(request_for(), disturbance, TOKEN, base)
    for own, other in zip(base, led, strict=True):
        change = (other.output - own.output).norm() / own.output.norm()
        assert change.item() == pytest.approx(0.25, rel=1e-4)


def test_a_walk_leaves_nothing_behind(engine, request_for, style):
    base = render(engine, request_for()).picture
    engine.walked(
        request_for(style), Disturbance(place="guided", is_frozen=False, energy=1.0), TOKEN
    )
    engine._pictures.forget()
    assert engine.render(request_for(), TOKEN, silent).picture == base
