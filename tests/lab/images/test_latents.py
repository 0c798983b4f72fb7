"""Latents of known moments, and a denoiser small enough to know what it adds."""

import numpy as np
import pytest

from loraviewer.lab.images.latents import latent_statistics, non_additivity

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.standard_normal((16, 24)), RNG.standard_normal((10, 16))
CHANGES = [(RNG.standard_normal((16, 24)) / 4, RNG.standard_normal((10, 16)) / 4) for _ in range(3)]
INPUT = RNG.standard_normal((24, 7)) / 5


def denoiser(strengths: list[float], is_linear: bool = False) -> np.ndarray:
    """Two layers with a tanh between them, or one alone."""
    first = FIRST + sum(s * a for s, (a, _) in zip(strengths, CHANGES, strict=True))
    second = SECOND + sum(s * b for s, (_, b) in zip(strengths, CHANGES, strict=True))
    return first @ INPUT if is_linear else second @ np.tanh(first @ INPUT)


def eta(strengths: list[float], is_linear: bool = False) -> float:
    alone = [
        denoiser([s if i == at else 0.0 for i, s in enumerate(strengths)], is_linear)
        for at in range(3)
    ]
    found = non_additivity(denoiser(strengths, is_linear), denoiser([0.0] * 3, is_linear), alone)
    assert found is not None
    return found


def test_normal_latents_have_the_moments_they_were_made_with():
    wanted = np.array([0.0, 0.5, -1.0, 2.0])
    latents = RNG.standard_normal((4, 128, 128)) * 0.5 + wanted[:, None, None]
    found = latent_statistics(latents)
    assert found is not None
    assert found.means == pytest.approx(wanted.tolist(), abs=0.02)
    assert found.deviations == pytest.approx([0.5] * 4, rel=0.02)
    assert found.kurtosis == pytest.approx(3, abs=0.05)
    assert found.rms == pytest.approx(np.sqrt(np.mean(wanted**2) + 0.25), rel=0.01)


def kurtosis(*values: float) -> float:
    found = latent_statistics(np.array([values]))
    assert found is not None
    return found.kurtosis


def test_kurtosis_by_hand():
    """Two values have 1, a rare one among equal ones more; a flat channel counts as normal."""
    assert kurtosis(1, -1, 1, -1) == 1
    expected = (0.9 * 0.1**4 + 0.1 * 0.9**4) / (0.9 * 0.1) ** 2
    assert kurtosis(*[0] * 9, 1) == pytest.approx(expected)
    assert kurtosis(2, 2, 2) == 3


def test_a_hole_in_the_latents_is_no_picture():
    latents = np.zeros((4, 8, 8), np.float32)
    for hole in (np.nan, np.inf):
        latents[2, 3, 3] = hole
        assert latent_statistics(latents) is None


def test_one_adapter_adds_nothing_to_itself():
    assert eta([0.0, 1.0, 0.0]) == pytest.approx(0, abs=1e-12)


def test_in_a_linear_network_adapters_do_not_meet():
    assert eta([1.0, 1.0, 1.0], is_linear=True) == pytest.approx(0, abs=1e-12)


def test_weak_adapters_meet_in_proportion_to_their_strength():
    whole, tenth, hundredth = (eta([s] * 3) for s in (1.0, 0.1, 0.01))
    assert whole > 0.1
    assert tenth / hundredth == pytest.approx(10, rel=0.1)


def test_adapters_that_cancel_have_no_measure():
    base = denoiser([0.0] * 3)
    assert non_additivity(base, base, []) is None
    exact = np.zeros((2, 2))
    assert non_additivity(exact, exact, [exact + 1, exact - 1]) is None
