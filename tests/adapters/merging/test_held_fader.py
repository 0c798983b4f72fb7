"""Drags: what a held fader gives is a pure function of its request, and letting go settles."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging import weight_sums
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.merger import MergeOutOfMemory
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests import health_checks
from tests.adapters.deltas import low_rank
from tests.adapters.merging.exact import assert_near_settled, fresh_weights
from tests.adapters.merging.test_transaction import CountedToken
from tests.adapters.toys import (
    DTYPES,
    TOY_KEYS,
    equal_weights,
    pool,
    toy_adapter,
    toy_components,
    use,
    weights,
    with_dense,
)

ROOMY = 1 << 30
NAMES = "abcdef"
ADAPTERS = pool(
    *(toy_adapter(n, i, TOY_KEYS[i % 3 :], rank=1 + i % 3) for i, n in enumerate(NAMES[:-1])),
    with_dense(toy_adapter(NAMES[-1], 9, TOY_KEYS[1:]), 5),
)
SCALES = st.sampled_from([-1.0, 0.0, 0.3, 0.7, 1.0]) | st.floats(-2, 2)
DRAGS = st.tuples(
    st.sampled_from(NAMES),
    st.lists(st.tuples(SCALES, SCALES), min_size=1, max_size=3),
    st.sampled_from(["let go", "hold on", "hold on", "cancel", "fail", "damage"]),
    st.integers(0, 9),
    st.sampled_from([ROOMY, ROOMY, 0, 900, 2500]),
)


class Desk:
    """One merger under a person's hands: a strength for each of six adapters."""

    def __init__(self, dtype):
        self.components = toy_components(dtype)
        self.merger = WeightMerger(self.components)
        self.scales: dict[str, tuple[float, float]] = dict.fromkeys(NAMES, (0.7, 0.5))
        self.settled = ()

    def stack(self):
        both = (AppliedAdapter(name * 64, *scales) for name, scales in self.scales.items())
        return tuple(sorted(entry for entry in both if not entry.is_silent))

    def apply(self, held="", token=None):
        token = token or CancelToken()
        self.merger.apply(self.stack(), ADAPTERS, token, held and held * 64, self.settled)
        if not held:
            self.settled = self.stack()

    def tick(self, held, scales, token=None):
        before, self.scales = self.scales, {**self.scales, held: scales}
        try:
            self.apply(held, token)
        except (Cancelled, MergeOutOfMemory):
            self.scales = before
            raise


HANDS = (st.sampled_from(DTYPES), st.lists(DRAGS, min_size=2, max_size=5), st.booleans())


@settings(max_examples=30, deadline=None, suppress_health_check=health_checks.ALL, database=None)
@given(*HANDS)
def test_any_drags_give_the_drafts_and_the_settled_weights_of_a_fresh_merger(
    dtype, drags, is_settled_first
):
    check_drags(dtype, drags, is_settled_first)


@pytest.mark.fuzz
@settings(max_examples=300, deadline=None, suppress_health_check=health_checks.ALL, database=None)
@given(*HANDS)
def test_so_do_a_thousand_drags(dtype, drags, is_settled_first):
    check_drags(dtype, drags, is_settled_first)


def check_drags(dtype, drags, is_settled_first):
    desk = Desk(dtype)
    if is_settled_first:
        desk.apply()
    for held, ticks, end, number, limit in drags:
        desk.merger.limit_held_sums(limit)
        for scales in ticks:
            desk.tick(held, scales)
        assert_pure_draft(desk, held, dtype)
        interrupt(desk, end, held, number)
    desk.apply()
    fresh, merger = fresh_weights(dtype, desk.stack(), ADAPTERS)
    assert equal_weights(weights(desk.components), weights(fresh))
    assert desk.merger.fingerprint() == merger.fingerprint()
    assert desk.merger.kept_bytes <= merger.kept_bytes


def assert_pure_draft(desk, held, dtype):
    draft = weights(desk.components)
    request = (desk.stack(), ADAPTERS, held * 64, desk.settled)
    for limit in (ROOMY, 0):
        assert equal_weights(draft, weights(fresh_weights(dtype, *request, limit)[0]))
    assert_near_settled(draft, desk.stack(), desk.settled, held * 64, ADAPTERS, dtype)
    assert desk.merger.verify() == ()


def interrupt(desk, end, held, number):
    """How a drag ends. What fails leaves the weights as they were."""
    if end == "let go":
        desk.apply()
    elif end == "cancel":
        attempt(desk, NAMES[number % 6], CountedToken(number))
    elif end == "fail":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(weight_sums, "write_change", failing(number % 3))
            attempt(desk, NAMES[number % 6], CancelToken())
    elif end == "damage":
        damage(desk, *TOY_KEYS[number % len(TOY_KEYS)])


def attempt(desk, held, token):
    before = weights(desk.components)
    try:
        desk.tick(held, (-0.4, 0.6), token)
    except (Cancelled, MergeOutOfMemory):
        assert equal_weights(weights(desk.components), before)


def failing(at):
    calls, real = itertools.count(), weight_sums.write_change

    def short_of_memory(out, *rest):
        if next(calls) == at:
            out.fill_(7)  # half written
            raise MemoryError
        real(out, *rest)

    return short_of_memory


def damage(desk, component, parameter):
    """Somebody writes to a live weight behind the merger's back; it is named and healed."""
    name = f"{component}.{parameter}"
    if name not in desk.merger.touched_names:
        return
    before = weights(desk.components)
    desk.components[component].get_parameter(parameter).data.view(-1)[0] += 1.0
    assert desk.merger.verify() == (name,)
    desk.merger.heal()
    assert equal_weights(weights(desk.components), before)


def settled_stack(count, seed=0):
    """So many adapters of the same weights, and their stack."""
    adapters = [toy_adapter(chr(ord("a") + i), seed + i, rank=2) for i in range(count)]
    return pool(*adapters), use(*((adapter, 0.5) for adapter in adapters))


def moved(stack, index, scale):
    entry = stack[index]
    return [*stack[:index], AppliedAdapter(entry.sha256, scale, scale), *stack[index + 1 :]]


class CountedSums:
    """Counts what is summed from base weights, and the ranks of all products."""

    def __init__(self, patch):
        self.settled, self.rank = 0, 0
        real_sum, real_change = weight_sums.write_sum, weight_sums.write_change

        def write_sum(out, base, terms, *rest):
            self.settled += 1
            self.rank += sum(term.delta.rank for term in terms)
            real_sum(out, base, terms, *rest)

        def write_change(out, term, *rest):
            self.rank += term.delta.rank
            real_change(out, term, *rest)

        patch.setattr(weight_sums, "write_sum", write_sum)
        patch.setattr(weight_sums, "write_change", write_change)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [2, 20])
def test_grasping_a_fader_takes_one_product_per_weight_however_deep_the_stack(
    dtype, count, monkeypatch
):
    adapters, stack = settled_stack(count)
    merger = WeightMerger(toy_components(dtype))
    merger.apply(stack, adapters, CancelToken())
    sums = CountedSums(monkeypatch)
    for scale in (0.6, 0.7, 0.8):
        merger.apply(moved(stack, 1, scale), adapters, CancelToken(), stack[1].sha256, stack)
    assert (sums.settled, sums.rank) == (0, 2 * len(TOY_KEYS))


def test_grasping_another_one_before_the_first_has_settled_takes_two(monkeypatch):
    adapters, stack = settled_stack(20)
    merger = WeightMerger(toy_components())
    merger.apply(stack, adapters, CancelToken())
    after = moved(stack, 3, 0.8)
    merger.apply(after, adapters, CancelToken(), stack[3].sha256, stack)
    sums = CountedSums(monkeypatch)
    merger.apply(moved(after, 7, 0.2), adapters, CancelToken(), stack[7].sha256, stack)
    assert sums.rank == 2 * 2 * len(TOY_KEYS)


def test_a_ground_taken_from_damaged_weights_is_healed_with_them():
    desk = Desk(torch.float32)
    desk.apply()
    component, parameter = TOY_KEYS[3]
    desk.components[component].get_parameter(parameter).data.view(-1)[0] += 1.0
    desk.tick("a", (0.8, 0.8))
    assert desk.merger.verify() == (f"{component}.{parameter}",)
    desk.merger.heal()
    assert_pure_draft(desk, "a", torch.float32)
    desk.tick("a", (0.9, 0.9))
    assert_pure_draft(desk, "a", torch.float32)


@pytest.mark.parametrize("limit", [0, 1000, 3000, 6000, 20000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_fader_keeps_what_fits_its_limit(limit, dtype):
    adapters, stack = settled_stack(4)
    merger = WeightMerger(toy_components(dtype), held_limit_bytes=limit)
    merger.apply(stack, adapters, CancelToken())
    settled = merger.kept_bytes
    smallest = min(8 * 24, 8 * 8) * torch.finfo(dtype).bits // 8
    all_bytes = 2 * merger.touched_bytes
    merger.apply(moved(stack, 0, 0.1), adapters, CancelToken(), stack[0].sha256, stack)
    held = merger.kept_bytes - settled
    assert held <= limit
    assert held > min(limit, all_bytes) - 8 * 36 * 4 or limit < smallest
    merger.apply(moved(stack, 0, 0.1), adapters, CancelToken())
    assert merger.kept_bytes == settled


@pytest.mark.parametrize("scale", [1e-3, -1e-3])
def test_a_change_beyond_float16_at_strength_1_is_drafted_like_any_other(scale):
    """100,000 at strength 1, 100 at the strength it has."""
    steep = toy_adapter("s", 1)
    factors = {key: low_rank(delta) for key, delta in steep.weights.items()}
    weights_ = {
        key: LowRankDelta(torch.ones(len(d.up), 1), torch.ones(1, d.down.shape[1]), 1e5)
        for key, d in factors.items()
    }
    adapters = pool(Adapter(steep.sha256, "s", "", weights_), toy_adapter("t", 2))
    stack = [AppliedAdapter(sha, scale, scale) for sha in adapters]
    draft, _ = fresh_weights(torch.float16, stack, adapters, steep.sha256)
    settled, _ = fresh_weights(torch.float16, stack, adapters)
    for name, weight in weights(draft).items():
        assert torch.isfinite(weight).all()
        assert (weight - weights(settled)[name]).abs().max() <= 0.125  # 2 steps at 100
