"""Live numbers of a stack against dense float64, against what is known of them, and by property."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.core.blocks import block_of
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.geometry import cosines, weight_nulls, whole_nulls
from loraviewer.lab.weights.gram import applied_strengths, measure_stack
from loraviewer.lab.weights.live import stack_numbers, strengths
from tests.adapters.toys import TOY_KEYS, toy_adapter, with_dense
from tests.lab.weights.stacks import copied, dense, halves, measured, read_base, some, stack_sum

FADER = st.floats(-3, 3, allow_subnormal=False)
KEY = ("unet", "layer.weight")


def numbers(geometry, scale, text=None):
    return stack_numbers(geometry, strengths(geometry, scale, scale if text is None else text))


@pytest.fixture(scope="module")
def mixed():
    """Three adapters, two of them with DoRA and rotations in every weight."""
    first, second, third = some(3)
    return [first, with_dense(second, 5), with_dense(third, 6)]


SCALE, TEXT = (0.8, -0.5, 1.3), (0.2, 1.1, 0.0)


def squared(adapters, keys, scale=SCALE, text=TEXT):
    """‖S‖² over some weights, dense."""
    return sum(np.square(stack_sum(adapters, key, scale, text)).sum() for key in keys)


def test_norms_of_weights_blocks_components_and_all(mixed):
    geometry = measured(*mixed)
    found = numbers(geometry, SCALE, TEXT)
    exact = [squared(mixed, [key]) for key in geometry.weights]
    np.testing.assert_allclose(found.weights.stack, exact, rtol=1e-6)
    for energies, groups, group_of in (
        (found.blocks, geometry.blocks, lambda key: (key[0], block_of(*key))),
        (found.components, geometry.components, lambda key: key[0]),
    ):
        for i, group in enumerate(groups):
            keys = [key for key in geometry.weights if group_of(key) == group]
            assert energies.stack[i] == pytest.approx(squared(mixed, keys), rel=1e-6)
    assert found.whole.stack[0] == pytest.approx(squared(mixed, TOY_KEYS), rel=1e-6)


def test_relative_to_the_base(mixed):
    geometry = measured(*mixed)
    found = numbers(geometry, SCALE, TEXT).whole
    base = math.sqrt(sum(read_base(key).double().square().sum().item() for key in TOY_KEYS))
    assert found.relative[0] == pytest.approx(math.sqrt(squared(mixed, TOY_KEYS)) / base, rel=1e-6)
    own = [read_base(key).double().square().sum().item() for key in mixed[0].weights]
    assert found.own_base[0, 0] == pytest.approx(sum(own), rel=1e-6)


def test_the_base_counts_only_where_the_stack_touches_it():
    one = toy_adapter("a", 1, TOY_KEYS[:1])
    geometry = measured(one, toy_adapter("b", 2, TOY_KEYS[1:3]))
    found = numbers(geometry, (0.0, 1.0), (1.0, 0.0)).whole  # of the text encoder only `one`
    touched = [TOY_KEYS[0], TOY_KEYS[2]]
    exact = sum(read_base(key).double().square().sum().item() for key in touched)
    assert found.base[0] == pytest.approx(exact, rel=1e-9)


def test_leave_one_out_is_what_leaving_one_out_gives(mixed):
    found = numbers(measured(*mixed), SCALE, TEXT).whole
    whole = squared(mixed, TOY_KEYS)
    for i in range(3):
        scale, text = list(SCALE), list(TEXT)
        scale[i] = text[i] = 0.0
        lost = (whole - squared(mixed, TOY_KEYS, scale, text)) / whole
        assert found.leave_one_out[0, i] == pytest.approx(lost, rel=1e-6)


def test_shares_are_shapley_values(mixed):
    """The mean over all orders of what an adapter adds to ‖S‖²."""
    found = numbers(measured(*mixed), SCALE, TEXT).whole

    def energy(members):
        faders = [
            [s if i in members else 0.0 for i, s in enumerate(all_)] for all_ in (SCALE, TEXT)
        ]
        return squared(mixed, TOY_KEYS, *faders)

    orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    for i in range(3):
        gains = [energy(o[: o.index(i) + 1]) - energy(o[: o.index(i)]) for o in orders]
        shapley = sum(gains) / len(gains) / squared(mixed, TOY_KEYS)
        assert found.share[0, i] == pytest.approx(shapley, rel=1e-5)


def test_cosines(mixed):
    geometry = measured(*mixed)
    flat = [np.concatenate([dense(a, key).ravel() for key in geometry.weights]) for a in mixed]
    unit = np.array([one / np.linalg.norm(one) for one in flat])
    np.testing.assert_allclose(cosines(geometry.whole_gram), unit @ unit.T, atol=1e-6)


def test_an_adapter_that_is_not_there_has_no_angle():
    geometry = measured(toy_adapter("a", 1, TOY_KEYS[:1]), toy_adapter("b", 2, TOY_KEYS[1:2]))
    assert cosines(geometry.whole_gram)[0, 1] == 0.0
    assert np.isnan(cosines(geometry.gram)[0, 0, 1])


@pytest.fixture(scope="module")
def three():
    return measured(*some(3))


@settings(max_examples=40, deadline=None)
@given(st.tuples(FADER, FADER, FADER), st.floats(-4, 4))
def test_scaling_all_scales_the_norm(three, scale, factor):
    before, after = (numbers(three, [c * s for s in scale]).whole for c in (1.0, factor))
    assert after.norm[0] == pytest.approx(abs(factor) * before.norm[0], rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.tuples(FADER, FADER, FADER))
def test_shares_sum_to_one_and_order_never_counts(three, scale):
    found = numbers(three, scale).whole
    if found.stack[0] > 1e-20:
        assert found.share.sum() == pytest.approx(1.0, abs=1e-9)
        assert found.coherence[0] <= math.sqrt(3) * (1 + 1e-12)
    turned = measured(*reversed(some(3)))
    assert numbers(turned, scale[::-1]).whole.stack[0] == pytest.approx(found.stack[0], rel=1e-9)


def test_signs():
    first, second = some(2)
    mirrored = measured(first, copied(second, "m", -1.0))
    plain = measured(first, second)
    assert cosines(mirrored.whole_gram)[0, 1] == -cosines(plain.whole_gram)[0, 1]
    assert numbers(mirrored, (1, 1)).whole.stack == numbers(plain, (1, -1)).whole.stack


def test_two_halves_are_the_whole():
    (whole,) = some(1, rank=5)
    both = numbers(measured(*halves(whole)), (0.7, 0.7))
    alone = numbers(measured(whole), (0.7,))
    np.testing.assert_allclose(both.weights.stack, alone.weights.stack, rtol=1e-10)


@pytest.mark.parametrize("count", [2, 5, 10])
def test_copies_at_one_nth_are_one(count):
    (one,) = some(1)
    copies = [copied(one, "0123456789"[i]) for i in range(count)]
    found = numbers(measured(*copies), [1 / count] * count)
    alone = numbers(measured(one), [1.0])
    np.testing.assert_allclose(found.weights.stack, alone.weights.stack, rtol=1e-10)
    at_one = numbers(measured(*copies), [1.0] * count)
    assert at_one.whole.coherence[0] == pytest.approx(math.sqrt(count))
    assert at_one.in_adapters == pytest.approx(count)


def test_one_adapter_twice_counts_twice():
    (one,) = some(1)
    found = numbers(measured(one, one), (0.5, 0.25)).whole
    assert found.stack[0] == pytest.approx(numbers(measured(one), [0.75]).whole.stack[0])


def test_an_adapter_and_its_opposite_leave_nothing():
    (one,) = some(1)
    found = numbers(measured(one, copied(one, "m", -1.0)), (1.3, 1.3))
    assert found.whole.norm[0] <= 1e-7 * found.whole.incoherent_norm[0]
    assert found.whole.coherence[0] <= 1e-7
    assert (found.weights.stack >= 0.0).all()


def test_a_silent_stack_is_nothing_over_nothing():
    found = numbers(measured(*some(2)), (0.0, 0.0))
    assert (found.whole.norm[0], found.whole.base[0]) == (0.0, 0.0)
    assert np.isnan([found.whole.relative[0], found.whole.coherence[0], found.in_adapters]).all()
    assert np.isnan(found.whole.share).all()


def test_an_empty_stack():
    found = numbers(measured(), (), ())
    assert found.whole.stack[0] == 0.0


def random_layer(seed, rows=512, columns=512, rank=16):
    generator = torch.Generator().manual_seed(seed)
    up, down = (torch.randn(*s, generator=generator) for s in ((rows, rank), (rank, columns)))
    return Adapter(f"{seed:064d}", str(seed), "", {KEY: LowRankDelta(up, down, 1.0)})


def layer_stack(count, **shape):
    adapters = [random_layer(seed, **shape) for seed in range(count)]
    size = shape.get("rows", 512), shape.get("columns", 512)
    return measure_stack(adapters, lambda key: torch.ones(size), "")


def test_independent_adapters_grow_as_a_root():
    """‖S‖ / ‖T‖ = √N within 5 %, coherence 1, in units of one adapter √N."""
    geometry = layer_stack(16)
    found = numbers(geometry, [1.0] * 16)
    assert found.in_adapters == pytest.approx(4.0, rel=0.05)
    assert found.whole.coherence[0] == pytest.approx(1.0, rel=0.05)
    assert found.whole.base[0] == 512.0 * 512.0


def test_the_null_band_is_the_spread_of_independent_cosines():
    geometry = layer_stack(40, rows=64, columns=100, rank=4)
    angles = cosines(geometry.gram)[0][np.triu_indices(40, 1)]
    (null,) = weight_nulls(geometry)
    assert null == 1 / 80
    assert angles.std() == pytest.approx(null, rel=0.1)
    np.testing.assert_allclose(whole_nulls(geometry), null)


def test_the_band_of_the_whole_follows_where_the_energy_is():
    """All energy in the smallest of seven weights: the band is that weight's alone."""
    first, second = toy_adapter("a", 1), toy_adapter("b", 2)
    small = TOY_KEYS[-1]
    quiet = [
        Adapter(a.sha256, a.name, "", {
            key: LowRankDelta(d.up, d.down, 1.0 if key == small else 1e-9)
            for key, d in a.weights.items() if isinstance(d, LowRankDelta)
        })
        for a in (first, second)
    ]  # fmt: skip
    geometry = measured(*quiet)
    assert whole_nulls(geometry)[0, 1] == pytest.approx(1 / 8, rel=1e-6)  # 8 × 8


def test_strengths_are_the_mergers(mixed):
    """As many rows as weights; text encoders follow their own fader."""
    geometry = measured(*mixed)
    applied = [AppliedAdapter(a.sha256, s, t) for a, s, t in zip(mixed, SCALE, TEXT, strict=True)]
    found = applied_strengths(geometry, applied)
    np.testing.assert_array_equal(found, strengths(geometry, SCALE, TEXT))
