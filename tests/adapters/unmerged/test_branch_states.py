"""Branches as a state: a pure function of the stack, changed in a transaction, cheap to move."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import MergeOutOfMemory
from loraviewer.adapters.unmerged import branch_builder
from loraviewer.adapters.unmerged.branches import UnmergedBranches
from loraviewer.core.blocks import block_of, block_scales
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AppliedAdapter
from tests import health_checks
from tests.adapters.merging.test_transaction import CountedToken, with_module
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

pytestmark = pytest.mark.sampled(2)

SCALES = st.sampled_from([-2.0, -1.0, 0.0, 0.1, 0.3, 1.0, 1.7, 1e-8]) | st.floats(-3, 3)
BLOCKS = st.sampled_from(sorted({block_of(*key) for key in TOY_KEYS}))
PAINTED = st.just(()) | st.dictionaries(BLOCKS, SCALES, max_size=3).map(block_scales)
ENTRIES = st.tuples(st.sampled_from("abcd"), SCALES, SCALES, PAINTED)
STACKS = st.lists(ENTRIES, max_size=5)


def module_of(components, key):
    return components[key[0]].get_submodule(key[1].rpartition(".")[0])


def outputs(components):
    """What every toy layer gives for fixed inputs, by weight."""
    found = {}
    for i, key in enumerate(TOY_KEYS):
        module = module_of(components, key)
        weight = module.weight
        shape = (2, weight.shape[1], *(7 for _ in weight.shape[2:]))
        x = torch.randn(shape, generator=torch.Generator().manual_seed(i)).to(weight.dtype)
        found[key] = module(x)
    return found


def hooks(components):
    return sum(len(m._forward_hooks) for n in components.values() for m in n.modules())


def factors(components):
    """Ids of all tensors that branches use, and how many modules there are."""
    found = {}
    for key in TOY_KEYS:
        for branch in module_of(components, key)._forward_hooks.values():
            found[key] = (id(branch), branch.up.data_ptr(), branch.down.data_ptr())
    return found


def four_adapters():
    adapters = [toy_adapter(n, i, TOY_KEYS[i:], rank=1 + i) for i, n in enumerate("abcd")]
    return [*adapters[:-1], with_dense(adapters[-1], 5)]


ADAPTERS = pool(*four_adapters())


def applied_of(entries):
    return [
        AppliedAdapter(name * 64, scale, text, block_scales=blocks)
        for name, scale, text, blocks in entries
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=health_checks.ALL, database=None)
@given(st.sampled_from(DTYPES), st.lists(st.tuples(STACKS, st.integers(0, 12)), max_size=5), STACKS)
def test_any_history_computes_what_a_fresh_start_does(dtype, history, final):
    components, fresh = toy_components(dtype), toy_components(dtype)
    base, bare = weights(components), outputs(components)
    branches = UnmergedBranches(components)
    for entries, checks in history:
        before, digest = outputs(components), branches.digest()
        try:
            branches.apply(applied_of(entries), ADAPTERS, CountedToken(checks))
        except Cancelled:
            assert equal_weights(outputs(components), before)
            assert branches.digest() == digest
    branches.apply(applied_of(final), ADAPTERS, CancelToken())
    others = UnmergedBranches(fresh)
    others.apply(applied_of(reversed(final)), ADAPTERS, CancelToken())
    assert equal_weights(outputs(components), outputs(fresh))
    assert branches.digest() == others.digest()
    assert branches.kept_bytes == others.kept_bytes
    assert branches.verify() == ()
    branches.restore()
    assert equal_weights(outputs(components), bare)
    assert equal_weights(weights(components), base)
    assert (hooks(components), branches.kept_bytes, branches.digest()) == (0, 0, "")


@pytest.fixture(params=DTYPES, ids=str)
def scene(request):
    """Toy components with branches of two adapters."""
    components = toy_components(request.param)
    first, second = toy_adapter("a", 1), toy_adapter("b", 2, TOY_KEYS[2:])
    branches = UnmergedBranches(components)
    branches.apply(use((first, 0.5), (second, -0.7)), pool(first, second), CancelToken())
    return components, branches, first, second


def test_a_tick_writes_scales_and_nothing_else(scene):
    components, branches, first, second = scene
    before, kept = factors(components), branches.kept_bytes
    result = branches.apply(use((first, 0.25), (second, 3.0)), pool(first, second), CancelToken())
    assert result.weights_rebuilt == 0
    assert (factors(components), branches.kept_bytes) == (before, kept)
    fresh = toy_components(next(iter(components["unet"].parameters())).dtype)
    stack = use((first, 0.25), (second, 3.0))
    UnmergedBranches(fresh).apply(stack, pool(first, second), CancelToken())
    assert equal_weights(outputs(components), outputs(fresh))


def test_layers_with_the_same_ranks_share_one_tensor_of_scales(scene):
    components, *_ = scene
    used = [b.scales for k in TOY_KEYS for b in module_of(components, k)._forward_hooks.values()]
    assert len(used) == len(TOY_KEYS)
    assert len({scales.data_ptr() for scales in used}) == 2 + 0  # "a" alone (text), "a" and "b"


def test_only_modules_whose_ranks_changed_are_built_again(scene):
    components, branches, first, second = scene
    before = factors(components)
    result = branches.apply(use((first, 0.5)), pool(first, second), CancelToken())
    after = factors(components)
    assert result.weights_rebuilt == len(second.weights)
    assert {key for key in TOY_KEYS if before[key] != after[key]} == set(second.weights)


def test_the_base_weights_are_never_touched(scene):
    components, branches, *_ = scene
    fresh = toy_components(next(iter(components["unet"].parameters())).dtype)
    assert equal_weights(weights(components), weights(fresh))
    assert not equal_weights(outputs(components), outputs(fresh))
    branches.close()
    assert equal_weights(outputs(components), outputs(fresh))
    assert hooks(components) == 0


def test_scale_zero_is_no_branch_at_all(scene):
    components, branches, first, second = scene
    branches.apply(use((first, 0.0), (second, -0.0)), pool(first, second), CancelToken())
    assert hooks(components) == 0
    assert branches.applied == ()


def test_denoiser_and_text_encoder_follow_their_own_scales(scene):
    components, branches, first, _ = scene
    branches.apply([AppliedAdapter(first.sha256, 1.0, 0.0)], pool(first), CancelToken())
    assert {key[0] for key in factors(components)} == {"unet"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"up": torch.full((8, 3), float("nan"))}, "infinite or undefined"),
        ({"down": torch.full((3, 24), float("inf"))}, "infinite or undefined"),
        ({"up": torch.randn(9, 3)}, r"factors \(9, 3\)"),
    ],
)
def test_a_failure_in_the_middle_leaves_the_previous_branches(scene, changes, said):
    components, branches, first, second = scene
    bad = with_module(first, "x", 4, **changes)
    before, stack, kept = outputs(components), branches.applied, branches.kept_bytes
    with pytest.raises(MergeError, match=said) as failed:
        branches.apply(use((bad, 1.0), (second, 1.0)), pool(bad, second), CancelToken())
    assert "“x”" in str(failed.value)
    assert "unet.inner.1.weight" in str(failed.value)
    assert failed.value.subject == bad.sha256
    assert equal_weights(outputs(components), before)
    assert (branches.applied, branches.kept_bytes, branches.verify()) == (stack, kept, ())


def test_a_strength_beyond_the_precision_is_refused_on_a_tick(scene):
    components, branches, first, second = scene
    before, stack = outputs(components), branches.applied
    with pytest.raises(MergeError, match=r"“b” at strength 1e\+39 .* infinite"):
        branches.apply(use((first, 0.5), (second, 1e39)), pool(first, second), CancelToken())
    assert equal_weights(outputs(components), before)
    assert branches.applied == stack


def test_a_strength_beyond_float32_is_refused_for_changes_without_low_rank_form(scene):
    components, branches, first, _ = scene
    before, stack = outputs(components), branches.applied
    dense = with_dense(toy_adapter("d", 5), 5)
    with pytest.raises(MergeError, match=r"“d” at strength 1e\+39 .* infinite"):
        branches.apply(use((first, 0.5), (dense, 1e39)), pool(first, dense), CancelToken())
    assert equal_weights(outputs(components), before)
    assert branches.applied == stack


def test_factors_that_half_precision_cannot_hold_are_refused():
    components = toy_components(torch.float16)
    adapter = toy_adapter("a", 1)
    key = TOY_KEYS[3]
    delta = adapter.weights[key]
    assert isinstance(delta, LowRankDelta)
    steep = LowRankDelta(delta.up * 1e6, delta.down * 1e-6, delta.scaling)
    bad = Adapter("x" * 64, "steep", "", {key: steep})
    branches = UnmergedBranches(components)
    with pytest.raises(MergeError, match=r"“steep” .*unet\.inner\.0\.weight.*float16"):
        branches.apply(use((bad, 1.0)), pool(bad), CancelToken())
    assert hooks(components) == 0


def test_adapters_that_are_not_loaded_are_named(scene):
    _, branches, first, _ = scene
    with pytest.raises(MergeError, match="not loaded"):
        branches.apply(use((first, 1.0)), {}, CancelToken())


def test_what_has_no_site_is_refused_by_name(scene):
    components, branches, first, _ = scene
    delta = LowRankDelta(torch.ones(8, 1), torch.ones(1, 1), 1.0)
    bad = Adapter("x" * 64, "biased", "", {("unet", "first.bias"): delta})
    assert not branches.is_branchable(("unet", "first.bias"))
    assert branches.is_branchable(("unet", "first.weight"))
    before = outputs(components)
    with pytest.raises(MergeError, match=r"“biased” .*unet\.first\.bias"):
        branches.apply(use((first, 1.0), (bad, 1.0)), pool(first, bad), CancelToken())
    assert equal_weights(outputs(components), before)


def test_a_lack_of_memory_is_told_and_changes_nothing(scene, monkeypatch):
    components, branches, _, second = scene
    before, calls = outputs(components), []

    def short(*args):
        calls.append(args)
        if len(calls) == 3:
            raise MemoryError
        return concatenated(*args)

    concatenated = branch_builder.concatenated
    monkeypatch.setattr(branch_builder, "concatenated", short)
    with pytest.raises(MergeOutOfMemory, match="Memory ran out"):
        branches.apply(use((second, 1.0)), pool(second), CancelToken())
    assert equal_weights(outputs(components), before)
    assert len(factors(components)) == len(TOY_KEYS)


def tamper_factor(components, key):
    (branch,) = module_of(components, key)._forward_hooks.values()
    branch.up.view(-1)[3] += 1.0


def tamper_scales(components, key):
    (branch,) = module_of(components, key)._forward_hooks.values()
    branch.scales[0] += 1.0


def lose_hook(components, key):
    module_of(components, key)._forward_hooks.clear()


@pytest.mark.parametrize("damage", [tamper_factor, tamper_scales, lose_hook])
def test_damage_is_found_named_and_healed(scene, damage):
    components, branches, *_ = scene
    key, before = TOY_KEYS[3], outputs(components)
    damage(components, key)
    assert not equal_weights(outputs(components), before)
    assert ".".join(key) in branches.verify()
    branches.heal()
    assert branches.verify() == ()
    assert equal_weights(outputs(components), before)
