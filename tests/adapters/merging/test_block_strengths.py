"""Strengths in single blocks, in the weights and beside them: exact, order-free, one sum.

The oracle is the stack itself: in each block, it is the one whose strengths are multiplied there.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.unmerged.branches import UnmergedBranches
from loraviewer.core.blocks import block_of, block_scales, factor_of
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests import health_checks
from tests.adapters.merging.exact import fresh_weights
from tests.adapters.toys import (
    DTYPES,
    TOY_KEYS,
    equal_weights,
    pool,
    toy_adapter,
    toy_components,
    weights,
    with_dense,
)
from tests.adapters.unmerged.test_branch_states import hooks, outputs

ADAPTERS = pool(
    *(toy_adapter(n, i, TOY_KEYS[i:], rank=1 + i) for i, n in enumerate("abc")),
    with_dense(toy_adapter("d", 7, TOY_KEYS[1:]), 5),
)
BLOCKS = sorted({block_of(*key) for key in TOY_KEYS})
SCALES = st.sampled_from([-1.0, 0.0, 0.3, 0.7, 1.0]) | st.floats(-2, 2)
FACTORS = st.dictionaries(st.sampled_from(BLOCKS), SCALES, max_size=len(BLOCKS))
STACKS = st.lists(st.tuples(st.sampled_from("abcd"), SCALES, SCALES, FACTORS), max_size=4)


def entry(name, scale, text=None, factors=()):
    text = scale if text is None else text
    return AppliedAdapter(name * 64, scale, text, block_scales=block_scales(factors))


def within(stack, block):
    """The stack whose strengths are everywhere what they are in a block of `stack`."""
    factors = [factor_of(a.block_scales, block) for a in stack]
    return [
        AppliedAdapter(a.sha256, a.scale * f, a.text_scale * f)
        for a, f in zip(stack, factors, strict=True)
    ]


def name_of(key):
    return ".".join(key)


def assert_like_the_stack_of_each_block(live, stack, dtype, *held):
    for block in BLOCKS:
        there = weights(fresh_weights(dtype, within(stack, block), ADAPTERS, *held)[0])
        for key in TOY_KEYS:
            if block_of(*key) == block:
                assert torch.equal(live[name_of(key)], there[name_of(key)]), key


@settings(max_examples=60, deadline=None, suppress_health_check=health_checks.ALL, database=None)
@given(st.sampled_from(DTYPES), STACKS, STACKS, st.randoms())
def test_each_block_is_that_of_the_stack_with_its_strengths(dtype, entries, former, random):
    stack = [entry(*one) for one in entries]
    components = toy_components(dtype)
    merger = WeightMerger(components)
    merger.apply([entry(*one) for one in former], ADAPTERS, CancelToken())
    random.shuffle(stack)
    merger.apply(stack, ADAPTERS, CancelToken())
    assert_like_the_stack_of_each_block(weights(components), stack, dtype)
    assert merger.verify() == ()
    assert merger.fingerprint() == fresh_weights(dtype, stack, ADAPTERS)[1].fingerprint()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", "ad")
def test_a_block_at_0_is_the_base_bit_for_bit(dtype, name):
    base = weights(toy_components(dtype))
    for block in BLOCKS:
        stack = [entry(name, 0.7, factors={block: 0.0})]
        components, merger = fresh_weights(dtype, stack, ADAPTERS)
        live = weights(components)
        for key in ADAPTERS[name * 64].weights:
            is_base = torch.equal(live[name_of(key)], base[name_of(key)])
            assert is_base == (block_of(*key) == block), key
            assert (name_of(key) in merger.touched_names) == (not is_base)


@pytest.mark.parametrize("dtype", DTYPES)
def test_all_blocks_at_half_are_the_whole_at_half(dtype):
    half = dict.fromkeys(BLOCKS, 0.5)
    stack = [entry("a", 0.8, 0.3, half), entry("d", -1.1, 0.9, half)]
    whole = [entry("a", 0.4, 0.15), entry("d", -0.55, 0.45)]
    components, merger = fresh_weights(dtype, stack, ADAPTERS)
    others, other = fresh_weights(dtype, whole, ADAPTERS)
    assert equal_weights(weights(components), weights(others))
    assert merger.fingerprint() == other.fingerprint() != merger.base_identity


@settings(max_examples=40, deadline=None, suppress_health_check=health_checks.ALL, database=None)
@given(
    st.sampled_from(DTYPES),
    st.sampled_from("abcd"),
    st.lists(FACTORS, min_size=1, max_size=4),
    FACTORS,
)
def test_painting_while_held_drafts_and_settles(dtype, held, ticks, others):
    """Every tick is that of a fresh merger, and letting go settles the canonical sum."""
    components = toy_components(dtype)
    merger = WeightMerger(components)
    rest = [entry(n, 0.6, 0.4, others) for n in "abcd" if n != held]
    start = [*rest, entry(held, 0.7, 0.5)]
    merger.apply(start, ADAPTERS, CancelToken())
    for factors in ticks:
        stack = [*rest, entry(held, 0.7, 0.5, factors)]
        merger.apply(stack, ADAPTERS, CancelToken(), held * 64, start)
        fresh = fresh_weights(dtype, stack, ADAPTERS, held * 64, start)[0]
        assert equal_weights(weights(components), weights(fresh))
        assert merger.verify() == ()
    merger.apply(stack, ADAPTERS, CancelToken())
    assert_like_the_stack_of_each_block(weights(components), stack, dtype)


def branches_of(stack, adapters=ADAPTERS, dtype=torch.float32):
    components = toy_components(dtype)
    branches = UnmergedBranches(components)
    branches.apply(stack, adapters, CancelToken())
    return components, branches


@settings(max_examples=40, deadline=None, suppress_health_check=health_checks.ALL, database=None)
@given(st.sampled_from(DTYPES), STACKS, STACKS)
def test_beside_the_weights_each_block_is_that_of_its_own_stack(dtype, entries, former):
    stack = [entry(*one) for one in entries]
    components, branches = branches_of([entry(*one) for one in former], dtype=dtype)
    branches.apply(stack, ADAPTERS, CancelToken())
    got = outputs(components)
    for block in BLOCKS:
        there = outputs(branches_of(within(stack, block), dtype=dtype)[0])
        for key in TOY_KEYS:
            if block_of(*key) == block:
                assert torch.equal(got[key], there[key]), key
    assert branches.verify() == ()
    assert branches.digest() == branches_of(stack, dtype=dtype)[1].digest()


def test_beside_the_weights_all_blocks_at_half_are_the_whole_at_half():
    half = dict.fromkeys(BLOCKS, 0.5)
    components, branches = branches_of([entry("a", 0.8, 0.3, half), entry("d", 0.5, 1.0, half)])
    others, other = branches_of([entry("a", 0.4, 0.15), entry("d", 0.25, 0.5)])
    assert branches.digest() == other.digest() != ""
    got, wanted = outputs(components), outputs(others)
    assert all(torch.equal(got[key], wanted[key]) for key in TOY_KEYS)


def test_beside_the_weights_painting_a_block_only_writes_scales():
    block = BLOCKS[0]
    components, branches = branches_of([entry("a", 0.8, factors={block: 0.5})])
    moved = branches.apply([entry("a", 0.8, factors={block: 0.25})], ADAPTERS, CancelToken())
    assert moved.weights_rebuilt == 0
    assert branches.verify() == ()
    silent = branches.apply([entry("a", 0.8, factors={block: 0.0})], ADAPTERS, CancelToken())
    touched = [key for key in ADAPTERS["a" * 64].weights if block_of(*key) != block]
    assert hooks(components) == len(touched) < len(TOY_KEYS)
    assert silent.weights_rebuilt == 0


def test_beside_the_weights_strengths_that_are_too_small_together_are_none():
    """1e-200 · 1e-200 is 0 in float64: such a block has no branch, and gets one again."""
    block, tiny = BLOCKS[0], 1e-200
    components, branches = branches_of([entry("a", tiny, factors={block: tiny})])
    bare = hooks(components)
    branches.apply([entry("a", 1.0, factors={block: tiny})], ADAPTERS, CancelToken())
    assert hooks(components) == len(TOY_KEYS) > bare
    assert branches.verify() == ()
    branches.apply([entry("a", tiny, factors={block: tiny})], ADAPTERS, CancelToken())
    assert hooks(components) == bare
    assert branches.verify() == ()
