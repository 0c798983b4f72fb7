"""Noise on outputs: its energy is that of Gaussian weights, and nothing of it stays."""

import msgspec
import pytest
import torch
from torch import nn

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.engine.rendering.output_noise import NoisyLayer, OutputNoise
from tests.engine.asking import render
from tests.listeners import silent

DRAWS = 300
RHO = 0.3


def disturbed(engine, request, disturbance, token=None):
    return engine.render_disturbed(request, disturbance, token or CancelToken(), silent)


def of_layer(module: nn.Module) -> NoisyLayer:
    weight = module.get_parameter("weight").detach().double()
    return NoisyLayer("layer", module, weight.square().sum().item())


def added(module, x, draw=1, seed=1, *, is_frozen=False, steps=1) -> list[torch.Tensor]:
    """What a layer's outputs are moved by, step after step."""
    disturbance = Disturbance(place="activations", is_frozen=is_frozen, energy=RHO, draw=draw)
    noise = OutputNoise(disturbance, seed, [of_layer(module)])
    found = []
    with torch.no_grad():
        plain = module(x)
        for _ in range(steps):
            with noise.in_force():
                found.append(module(x) - plain)
            noise.guided(plain, 0, plain)
    return found


@pytest.fixture
def toys():
    torch.manual_seed(3)
    return [
        (nn.Linear(24, 40), torch.randn(1, 5, 24)),
        (nn.Conv2d(6, 16, 3, stride=2, padding=1), torch.randn(1, 6, 8, 8)),
        (nn.Conv2d(6, 16, 3, padding=1, groups=2), torch.randn(1, 6, 8, 8)),
    ]


@pytest.mark.parametrize("is_frozen", [False, True])
@pytest.mark.parametrize("toy", [0, 1, 2])
def test_its_energy_is_that_of_gaussian_weights(toys, toy, is_frozen):
    """E‖n‖² = ρ²‖W₀‖²‖x‖²/k at each place; the oracle draws the weights."""
    module, x = toys[toy]
    noise = [added(module, x, n, is_frozen=is_frozen)[0] for n in range(1, DRAWS + 1)]
    found = torch.stack(noise).square().sum() / DRAWS
    generator = torch.Generator().manual_seed(5)
    weight, wanted = module.weight.detach().clone(), torch.tensor(0.0)
    size = RHO * weight.norm()
    with torch.no_grad():
        plain = module(x)
        for _ in range(DRAWS):
            drawn = torch.randn(weight.shape, generator=generator)
            module.weight.copy_(weight + drawn * (size / drawn.norm()))
            wanted += (module(x) - plain).square().sum() / DRAWS
    assert found.item() == pytest.approx(wanted.item(), rel=0.03)


def test_one_of_a_linear_layer_has_the_energy_that_is_written_down(toys):
    module, x = toys[0]
    wanted = RHO**2 * module.weight.square().sum() * x.square().sum() / 24
    frozen = added(module, x, is_frozen=True)[0].square().sum()
    assert frozen.item() == pytest.approx(wanted.item(), rel=1e-4)


def test_a_frozen_one_is_one_direction_at_each_step_and_for_each_seed(toys):
    module, x = toys[0]
    first, second = added(module, x, is_frozen=True, steps=2)
    assert torch.equal(first, second)
    assert torch.equal(first, added(module, x, seed=2, is_frozen=True)[0])
    assert torch.linalg.matrix_rank(first[0]) == 1
    assert not torch.allclose(first, added(module, x, draw=2, is_frozen=True)[0])


def test_summed_over_steps_a_frozen_one_is_longer_by_their_root(toys):
    """At 50 steps √50 = 7.07 times."""
    module, x = toys[0]
    frozen, fresh = (
        torch.stack(
            [
                torch.stack(added(module, x, draw, is_frozen=is_frozen, steps=50)).sum(0).norm()
                for draw in range(1, 21)
            ]
        ).mean()
        for is_frozen in (True, False)
    )
    assert (frozen / fresh).item() == pytest.approx(50**0.5, rel=0.05)


def test_both_branches_of_guidance_get_the_same(toys):
    module, x = toys[1]
    both = added(module, x.repeat(2, 1, 1, 1))[0]
    torch.testing.assert_close(both[0], both[1])


@pytest.mark.parametrize("is_frozen", [False, True])
def test_of_the_guided_output_it_is_a_share(is_frozen):
    output = torch.randn(1, 4, 64, 64)
    noise = OutputNoise(Disturbance(place="guided", is_frozen=is_frozen, energy=0.2), 1)
    moved = noise.guided(output, 0, output) - output
    assert (moved.norm() / output.norm()).item() == pytest.approx(0.2, rel=0.03)


def all_kinds(energy, *layers_of):
    return [
        Disturbance(
            place=place,
            is_frozen=is_frozen,
            energy=energy,
            layers_of=layers_of if place == "activations" else (),
        )
        for place in ("guided", "activations")
        for is_frozen in (False, True)
    ]


def test_no_energy_is_the_base_bit_for_bit(engine, request_for, style, words):
    base = render(engine, request_for())
    for disturbance in all_kinds(0.0, style, words):
        assert disturbed(engine, request_for(), disturbance).picture == base.picture


def test_each_kind_is_a_picture_of_its_own_and_the_same_twice(engine, request_for, style):
    kinds = all_kinds(0.3, style)
    made = [disturbed(engine, request_for(), one).picture.rgb for one in kinds]
    assert made == [disturbed(engine, request_for(), one).picture.rgb for one in kinds]
    assert len({*made, render(engine, request_for()).picture.rgb}) == 5


def test_afterwards_nothing_is_left_of_it(engine, request_for, style):
    """Neither a hook nor a picture in a cache nor steps to start from."""
    base = render(engine, request_for())
    for disturbance in all_kinds(0.3, style):
        engine._pictures.forget()
        disturbed(engine, request_for(), disturbance)
        again = render(engine, request_for())
        assert not again.is_from_cache
        assert again.picture == base.picture


def test_nothing_is_left_of_a_cancelled_one_or_of_one_that_fails(engine, request_for, style):
    base = render(engine, request_for())
    disturbance = all_kinds(0.3, style)[2]
    token = CancelToken()

    def cancel(_):
        token.cancel()

    with pytest.raises(Cancelled):
        engine.render_disturbed(request_for(), disturbance, token, cancel)

    def fail(_):
        raise ZeroDivisionError

    with pytest.raises(Exception, match="ZeroDivisionError"):
        engine.render_disturbed(request_for(), disturbance, CancelToken(), fail)
    engine._pictures.forget()
    assert render(engine, request_for()).picture == base.picture


def test_a_batch_is_left_out(engine, request_for, style):
    request = request_for()
    batch = msgspec.structs.replace(request, batch=(request.sampling.seed, 9))
    disturbance = all_kinds(0.3, style)[0]
    assert (
        disturbed(engine, batch, disturbance).picture
        == disturbed(engine, request, disturbance).picture
    )
