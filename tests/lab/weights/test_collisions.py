"""Where adapters of a stack meet, from their Gram matrices: against dense matrices."""

import itertools

import numpy as np
import pytest

from loraviewer.core.collisions import collisions
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import BEYOND_CHANCE
from loraviewer.lab.weights.known_geometry import KnownGeometry
from tests.lab.weights.stacks import copied, dense, measured, some


def met(adapters, scale, text=None):
    """The collisions of adapters at strengths, with ‖S‖²."""
    geometry = measured(*adapters)
    text = scale if text is None else text
    applied = [
        AppliedAdapter(a.sha256, s, t) for a, s, t in zip(adapters, scale, text, strict=True)
    ]
    live = KnownGeometry("toy", geometry)
    return collisions(live, applied), live.energies(applied).norm ** 2, geometry


def test_every_weight_against_dense_matrices():
    adapters, scale, text = some(3), (0.7, -1.3, 0.4), (0.2, 0.9, 1.1)
    pairs, _, geometry = met(adapters, scale, text)
    assert {(p.first, p.second) for p in pairs} == {(0, 1), (0, 2), (1, 2)}
    for pair in pairs:
        found = {one.weight: one for one in pair.meetings}
        common = 0
        for key in geometry.weights:
            faders = text if key[0] == "text_encoder" else scale
            first, second = (faders[i] * dense(adapters[i], key) for i in (pair.first, pair.second))
            common += bool(first.any() and second.any())
            size = np.linalg.norm(first) * np.linalg.norm(second)
            product = float((first * second).sum())
            one = found.pop(key, None)
            is_real = abs(product) > BEYOND_CHANCE * size / np.sqrt(first.size)
            assert (one is not None) == is_real
            if one is not None:
                assert one.cosine == pytest.approx(product / size)
                assert one.shared == pytest.approx(2 * product)
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
        assert (pair.alike if sign > 0 else pair.cancel).count == pair.common
        # ‖a + s·a/2‖² = ‖a‖²(1 ± ½)², of which ±1 is shared
        assert pair.shared == pytest.approx(energy / (1 + sign * 0.5) ** 2)
    energies = [abs(one.shared) for one in pair.meetings]
    assert energies == sorted(energies, reverse=True)


def test_both_strengths_negative_pull_the_same_way():
    (first,) = some(1)
    (pair,), _, _ = met([first, copied(first, "t")], (-1.0, -2.0))
    assert pair.alike.count == pair.common
    assert pair.cancel.shared == 0.0


def test_what_is_silent_meets_nobody():
    (first,) = some(1)
    (pair,), _, _ = met([first, copied(first, "t")], (1.0, 0.0))
    assert (pair.common, pair.meetings) == (0, ())


def test_those_who_share_most_come_first():
    first, second = some(2)
    pairs, _, _ = met([first, second, copied(first, "t", 3.0)], (1.0, 1.0, 1.0))
    assert (pairs[0].first, pairs[0].second) == (0, 2)
    shared = [pair.shared for pair in pairs]
    assert all(a >= b for a, b in itertools.pairwise(shared))


def test_one_adapter_has_no_pair():
    assert met(some(1), (1.0,))[0] == ()
