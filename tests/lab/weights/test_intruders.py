"""Intruder dimensions: the definition, the Gaussian law, and the toy with a power law."""

import math

import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.lab.weights.changes import Whole
from loraviewer.lab.weights.intruders import TOP, Base, intruders, random_change
from loraviewer.lab.weights.singular import directions, singular_values
from tests.lab.weights.builders import normal, orthonormal, random_factors, with_spectrum


def measured(base, change, *owners):
    return intruders(base, change, singular_values(change), owners)


def test_against_the_definition_on_dense_matrices():
    base, change = normal(90, 70, seed=1), random_factors(90, 70, 4, 2)
    found = measured(Base.of(base), change)
    u0 = torch.linalg.svd(base, full_matrices=False)[0]
    u, s, _ = torch.linalg.svd(base + change.matrix(), full_matrices=False)
    cosines = (u0.T @ u[:, :TOP]).abs().amax(0)
    for i, one in enumerate(found.directions):
        assert one.value == pytest.approx(s[i].item(), rel=1e-4)
        assert one.cosine == pytest.approx(cosines[i].item(), abs=2e-2)
        assert one.is_intruder == (one.cosine < 0.5)
    assert [one.cosine for one in found.directions[:4]] == pytest.approx(
        cosines[:4].tolist(), abs=1e-5
    )
    assert found.count == int((cosines < 0.5).sum())


def test_strong_directions_of_the_base_are_no_intruders():
    left, right = orthonormal(60, 12, 1), orthonormal(50, 12, 2)
    strengths = torch.linspace(12, 1, 12, dtype=torch.float64)
    weight = (left * strengths) @ right.T
    base = Base(weight, left)
    along = with_spectrum(60, 50, [1.0], 3)
    again = type(along)(20 * left[:, :1], right[:, :1].T)
    assert measured(base, again).count == 0


def test_owners_are_the_adapters_that_point_there():
    base = Base.of(0.1 * normal(60, 50, seed=1))
    strong, weak = with_spectrum(60, 50, [30.0], 2), with_spectrum(60, 50, [9.0], 3)
    both = Whole(strong.matrix() + weak.matrix())
    found = measured(base, both, directions(weak), directions(strong))
    assert [one.owner for one in found.directions[:2]] == [1, 0]
    assert [one.is_intruder for one in found.directions[:2]] == [True, True]
    assert measured(base, both).directions[0].owner is None


@pytest.mark.parametrize(("theta", "strength", "overlap"), [(2, 2.415, 0.821), (4, 4.208, 0.958)])
def test_one_direction_beside_gaussian_noise(theta, strength, overlap):
    """Benaych-Georges and Nadakuditi: √((1 + θ²)(c + θ²)) / θ, and the square of its cosine with
    what was added, 1 − c(1 + θ²) / θ²(θ² + c)."""
    c = 600 / 900
    noise = normal(600, 900, seed=theta) / math.sqrt(900)
    change = with_spectrum(600, 900, [float(theta)], 50 + theta)
    base = Base(noise, torch.eye(600, dtype=torch.float64))
    found = measured(base, change).directions[0]
    assert strength == pytest.approx(math.sqrt((1 + theta**2) * (c + theta**2)) / theta, abs=1e-3)
    assert found.value == pytest.approx(strength, rel=0.03)
    along = directions(change).left.T @ directions(Whole(noise + change.matrix())).left[:, :1]
    assert along.square().item() == pytest.approx(overlap, abs=0.02)


@pytest.mark.parametrize(("relative", "least", "most"), [(0.3, 0, 0), (0.5, 4, 6), (1.0, 9, 10)])
def test_a_power_law_base_and_one_random_adapter(relative, least, most):
    """σ_j = j^−½, 1280², rank 16: no intruder at 0.3 of σ₁(W₀), five of ten at 0.5, nine at 1."""
    left, right = orthonormal(1280, 1280, 1), orthonormal(1280, 1280, 2)
    strengths = torch.arange(1, 1281, dtype=torch.float64) ** -0.5
    base = Base((left * strengths) @ right.T, left)
    change = random_factors(1280, 1280, 16, 3)
    scale = relative / singular_values(change)[0].item()
    found = measured(base, type(change)(scale * change.up, change.down))
    assert least <= found.count <= most
    # it is a random one itself
    assert abs(found.random_count - found.count) <= 1


def test_a_random_change_has_the_spectrum_it_was_asked_for():
    values = torch.tensor([5.0, 3.0, 0.5], dtype=torch.float64)
    for shape in ((40, 30), (3, 30)):
        torch.testing.assert_close(singular_values(random_change(values, shape)), values)
    first, second = (random_change(values, (40, 30), seed).matrix() for seed in (0, 1))
    assert torch.equal(first, random_change(values, (40, 30), 0).matrix())
    assert not torch.equal(first, second)


def test_it_can_be_cancelled():
    token = CancelToken()
    token.cancel()
    base, change = Base.of(normal(30, 20, seed=1)), random_factors(30, 20, 2, 2)
    with pytest.raises(Cancelled):
        intruders(base, change, singular_values(change), token=token)
