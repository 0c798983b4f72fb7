"""Drift against what is known of it: ours 0, symmetric idempotent, fresh a random walk."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.drift import ARMS, Stack, marks, measure_drift
from loraviewer.lab.drift_plot import HEIGHT, WIDTH, plot_drift
from tests.adapters.toys import (
    DTYPES,
    equal_weights,
    pool,
    toy_adapter,
    toy_components,
    use,
    weights,
    with_dense,
)

pytestmark = pytest.mark.sampled(2)

KEY = ("unet", "layer.weight")


def one_layer(dtype):
    """A weight of N(0, 0.02²), as trained ones are, and a change of a tenth of its norm."""
    generator = torch.Generator().manual_seed(0)
    net = nn.Module()
    net.add_module("layer", nn.Linear(256, 256, bias=False))
    weight = (torch.randn(256, 256, generator=generator) * 0.02).to(dtype)
    net.get_submodule("layer").weight = nn.Parameter(weight, requires_grad=False)
    up, down = (torch.randn(*s, generator=generator) for s in ((256, 16), (16, 256)))
    adapter = Adapter("a" * 64, "a", "", {KEY: LowRankDelta(up, down, 0.002 / 4)})
    return {"unet": net}, Stack([AppliedAdapter("a" * 64, 1.0, 1.0)], pool(adapter))


def single(weight, change, dtype):
    """One weight, and a stack that adds `change`, (out, n), to it."""
    layer = nn.Module()
    layer.weight = nn.Parameter(weight.to(dtype), requires_grad=False)
    net = nn.Module()
    net.add_module("layer", layer)
    up = torch.eye(len(change))
    adapter = Adapter("a" * 64, "a", "", {KEY: LowRankDelta(up, change, 1.0)})
    return {"unet": net}, Stack([AppliedAdapter("a" * 64, 1.0, 1.0)], pool(adapter))


def curves(rows):
    return {arm: {r.cycles: r for r in rows if r.arm == arm} for arm in ARMS}


@pytest.fixture(scope="module")
def measured():
    return {dtype: curves(measure_drift(*one_layer(dtype), cycles=300)) for dtype in DTYPES}


@pytest.mark.parametrize("dtype", DTYPES)
def test_ours_is_exactly_zero_after_a_thousand_cycles(dtype):
    networks = toy_components(dtype)
    before = weights(networks)
    first, second = toy_adapter("a", 1), with_dense(toy_adapter("b", 2), 3)
    stack = Stack(use((first, 0.7), (second, -1.3)), pool(first, second))
    ours = curves(measure_drift(networks, stack, cycles=1000))["ours"][1000]
    assert (ours.relative, ours.largest, ours.changed_share) == (0.0, 0.0, 0.0)
    assert equal_weights(weights(networks), before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_symmetric_rounding_is_wrong_once(measured, dtype):
    symmetric = measured[dtype]["symmetric"]
    assert symmetric[1].relative > 0
    assert symmetric[1].relative == symmetric[300].relative
    assert symmetric[1].changed_share == symmetric[300].changed_share


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_fresh_adapters_walk_at_random(measured, dtype):
    fresh = measured[dtype]["fresh"]
    slope = math.log(fresh[300].relative / fresh[3].relative) / math.log(100)
    assert 0.35 < slope < 0.55


@pytest.mark.parametrize("arm", ["subtract", "drag", "fresh"])
def test_three_bits_more_are_eight_times_better(measured, arm):
    wide, narrow = measured[torch.float16][arm][100], measured[torch.bfloat16][arm][100]
    assert narrow.relative / wide.relative == pytest.approx(8, rel=0.25)
    assert narrow.largest < 0.1


def test_float32_drifts_too_but_little(measured):
    for arm in ("subtract", "symmetric", "drag", "fresh"):
        assert 0 < measured[torch.float32][arm][300].relative < 2e-6


def test_the_ratchet_goes_on(measured):
    subtract = measured[torch.bfloat16]["subtract"]
    assert subtract[300].largest > 5 * subtract[3].largest
    assert subtract[300].relative > subtract[30].relative > subtract[3].relative


def test_marks():
    assert marks(1) == [1]
    assert marks(10) == [1, 3, 10]
    assert marks(250) == [1, 3, 10, 30, 100, 250]


def test_a_silent_stack_touches_nothing():
    networks = toy_components()
    first = toy_adapter("a", 1)
    rows = measure_drift(networks, Stack(use((first, 0.0)), pool(first)), cycles=3)
    assert all(row.relative == 0.0 and row.changed_share == 0.0 for row in rows)


@pytest.mark.parametrize("until", [0.0, 0.5])
def test_cancel_in_any_arm_leaves_the_base(until):
    networks = toy_components()
    before = weights(networks)
    first = toy_adapter("a", 1)
    token = CancelToken()

    def cancel(fraction):
        if fraction > until:
            token.cancel()

    with pytest.raises(Cancelled):
        measure_drift(networks, Stack(use((first, 1.0)), pool(first)), 5, token, cancel)
    assert equal_weights(weights(networks), before)


def test_progress_runs_to_the_end_and_leaves_torch_as_it_was():
    first, told = toy_adapter("a", 1), []
    threads = torch.get_num_threads()
    stack = Stack(use((first, 1.0)), pool(first))
    measure_drift(toy_components(), stack, 4, None, told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert torch.get_num_threads() == threads


def test_one_element_by_hand():
    """1 + 3/1024 is 1 in bfloat16, where numbers above 1 are 1/128 apart; 1 - 3/1024 is 1 - 1/256,
    where numbers below 1 are 1/256 apart."""
    networks, stack = single(torch.ones(1, 1), torch.full((1, 1), 3 / 1024), torch.bfloat16)
    rows = curves(measure_drift(networks, stack, cycles=1))
    assert rows["ours"][1].largest == 0.0
    for arm in ("subtract", "symmetric"):
        row = rows[arm][1]
        assert (row.relative, row.largest, row.changed_share) == (1 / 256, 1 / 256, 1.0)


@pytest.mark.parametrize("shape", [(24, 8, 3, 3), (40,)])
def test_in_place_arms_are_what_half_precision_arithmetic_gives(shape):
    """Against numpy's float16, on a convolution and on a vector."""
    generator = torch.Generator().manual_seed(5)
    weight = (torch.randn(shape, generator=generator) * 0.02).half()
    change = torch.randn(shape[0], math.prod(shape[1:]), generator=generator) * 0.003
    networks, stack = single(weight, change, torch.float16)
    rows = curves(measure_drift(networks, stack, cycles=30))
    wide, start = change.view(shape).numpy(), weight.numpy()
    narrow = wide.astype(np.float16)
    ratchet = constant = start
    for _ in range(30):
        ratchet = (ratchet.astype(np.float32) + wide).astype(np.float16) - narrow
        constant = (constant + narrow) - narrow
    for arm, end in (("subtract", ratchet), ("symmetric", constant)):
        moved = end.astype(np.float64) - start.astype(np.float64)
        row, norm = rows[arm][30], np.linalg.norm(start.astype(np.float64))
        assert row.relative == pytest.approx(np.linalg.norm(moved) / norm, rel=1e-12)
        assert row.largest == np.abs(moved).max()
        assert row.changed_share == np.mean(end != start)


def test_what_overflows_is_told():
    """A random change of the same norm has larger elements than a flat one."""
    networks, stack = single(torch.zeros(64, 64), torch.full((64, 64), 3e4), torch.float16)
    with pytest.raises(MergeError, match="float16"):
        measure_drift(networks, stack, cycles=1)
    assert not networks["unet"].get_parameter(KEY[1]).any()


def test_the_plot_shows_every_arm(measured):
    rows = [
        row for by_arm in measured.values() for rows in by_arm.values() for row in rows.values()
    ]
    image = plot_drift(rows)
    assert image.size == (WIDTH, HEIGHT)
    counted = image.getcolors(1 << 20)
    assert counted is not None
    colours = {colour for _, colour in counted}
    assert {(0x00, 0x9E, 0x73), (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)} <= colours
