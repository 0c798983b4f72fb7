"""Where adapters meet: against dense matrices, against chance, and in words."""

import itertools

import numpy as np
import pytest

from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.collision_words import collision_sentences
from loraviewer.lab.weights.collisions import BEYOND_CHANCE, collisions
from loraviewer.lab.weights.gram import applied_strengths
from loraviewer.lab.weights.live import stack_numbers
from tests.lab.weights.stacks import copied, dense, measured, some


def met(adapters, scale, text=None):
    """The collisions of adapters at strengths, with ‖S‖²."""
    geometry = measured(*adapters)
    text = scale if text is None else text
    applied = [
        AppliedAdapter(a.sha256, s, t) for a, s, t in zip(adapters, scale, text, strict=True)
    ]
    at = applied_strengths(geometry, applied)
    energy = float(stack_numbers(geometry, at).whole.stack[0])
    return collisions(geometry, at), energy, geometry


def test_every_weight_against_dense_matrices():
    adapters, scale, text = some(3), (0.7, -1.3, 0.4), (0.2, 0.9, 1.1)
    pairs, _, geometry = met(adapters, scale, text)
    assert {(p.first, p.second) for p in pairs} == {(0, 1), (0, 2), (1, 2)}
    for pair in pairs:
        found = {(one.component, one.module): one for one in pair.meetings}
        common = 0
        for key in geometry.weights:
            faders = text if key[0] == "text_encoder" else scale
            first, second = (faders[i] * dense(adapters[i], key) for i in (pair.first, pair.second))
            common += bool(first.any() and second.any())
            size = np.linalg.norm(first) * np.linalg.norm(second)
            product = float((first * second).sum())
            one = found.pop((key[0], key[1].removesuffix(".weight")), None)
            is_real = abs(product) > BEYOND_CHANCE * size / np.sqrt(first.size)
            assert (one is not None) == is_real
            if one is not None:
                assert one.cosine == pytest.approx(product / size)
                assert one.shared_energy == pytest.approx(abs(2 * product))
                assert one.is_reinforcing == (product > 0)
                assert one.null == pytest.approx(first.size**-0.5)
        assert not found
        assert pair.common == common


def test_a_copy_meets_everywhere_and_the_opposite_cancels():
    (first,) = some(1)
    twin = copied(first, "t")
    for sign in (1.0, -1.0):
        (pair,), energy, _ = met([first, twin], (1.0, sign * 0.5))
        assert len(pair.meetings) == pair.common == len(first.weights)
        assert all(one.cosine == pytest.approx(sign) for one in pair.meetings)
        assert all(one.is_reinforcing == (sign > 0) for one in pair.meetings)
        # ‖a + s·a/2‖² = ‖a‖²(1 ± ½)², of which ±1 is shared
        assert pair.shared_energy == pytest.approx(energy / (1 + sign * 0.5) ** 2)
    energies = [one.shared_energy for one in pair.meetings]
    assert energies == sorted(energies, reverse=True)


def test_both_strengths_negative_pull_the_same_way():
    (first,) = some(1)
    (pair,), _, _ = met([first, copied(first, "t")], (-1.0, -2.0))
    assert all(one.is_reinforcing for one in pair.meetings)
    assert pair.cancelling_energy == 0.0


def test_what_is_silent_meets_nobody():
    (first,) = some(1)
    (pair,), _, _ = met([first, copied(first, "t")], (1.0, 0.0))
    assert (pair.common, pair.meetings) == (0, ())


def test_those_who_share_most_come_first():
    first, second = some(2)
    pairs, _, _ = met([first, second, copied(first, "t", 3.0)], (1.0, 1.0, 1.0))
    assert (pairs[0].first, pairs[0].second) == (0, 2)
    shared = [pair.shared_energy for pair in pairs]
    assert all(a >= b for a, b in itertools.pairwise(shared))


def test_one_adapter_has_no_pair():
    assert met(some(1), (1.0,))[0] == ()


NAMES = ["ink", "glow", "more"]


def said(adapters, scale):
    pairs, energy, _ = met(adapters, scale)
    return [collision_sentences(pair, NAMES, energy) for pair in pairs]


def test_words_for_those_that_pull_the_same_way():
    (first,) = some(1)
    (told,) = said([first, copied(first, "t")], (1.0, 1.0))
    count = len(first.weights)
    assert told.startswith(
        f"“ink” and “glow” pull the same way in {count} of the {count} weights that both change, "
        "most in block "
    )
    assert "(cosine +1.000, where chance gives ± 0.0" in told
    assert told.endswith("That makes 50.0% of the energy of the whole stack.")


def test_words_for_those_that_cancel():
    """‖a − a/2‖² = ‖a‖²/4, and −‖a‖² is shared."""
    (first,) = some(1)
    (told,) = said([first, copied(first, "t")], (1.0, -0.5))
    assert " cancel each other in " in told
    assert "cosine −1.000" in told
    assert told.endswith("Without that the whole stack would have 400.0% more energy.")


def test_words_for_those_that_keep_apart():
    """Two adapters of disjoint weights, and one that is silent."""
    first, second = some(2)
    alone = [key for key in first.weights if key not in second.weights]
    apart = copied(first, "p")
    apart = type(apart)(apart.sha256, "p", "", {key: apart.weights[key] for key in alone})
    (told,) = said([apart, second], (1.0, 1.0))
    assert told == "“ink” and “glow” change no weight in common."
