"""A merge is a transaction: whatever fails in module k of n, the live weights are as before."""

import pytest
import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging import weight_sums
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.merger import MergeOutOfMemory
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import FailureKind, MergeError
from tests.adapters.deltas import low_rank
from tests.adapters.toys import (
    DTYPES,
    TOY_KEYS,
    equal_weights,
    pool,
    toy_adapter,
    toy_components,
    use,
    weights,
)

pytestmark = pytest.mark.sampled(3)


def with_module(adapter, name, index, **changes):
    """A copy of an adapter whose module `index` has other fields."""
    key = TOY_KEYS[index]
    old = adapter.weights[key]
    fields = {"up": old.up, "down": old.down, "scaling": old.scaling, **changes}
    return Adapter(name * 64, name, "", {**adapter.weights, key: LowRankDelta(**fields)})


class CountedToken(CancelToken):
    """Cancels itself at the check number `at`."""

    def __init__(self, at):
        super().__init__()
        self._left = at

    def raise_if_cancelled(self):
        if self._left == 0:
            self.cancel()
        self._left -= 1
        super().raise_if_cancelled()


@pytest.fixture(params=DTYPES, ids=str)
def scene(request):
    """Components with a settled stack of two adapters, and what must survive a failure."""
    components = toy_components(request.param)
    first, second = toy_adapter("a", 1), toy_adapter("b", 2, TOY_KEYS[2:])
    merger = WeightMerger(components)
    merger.apply(use((first, 0.5), (second, -0.7)), pool(first, second), CancelToken())
    return components, merger, first, second


def assert_unchanged(components, merger, before, fingerprint, stack):
    assert equal_weights(weights(components), before)
    assert merger.fingerprint() == fingerprint
    assert merger.verify() == ()
    assert merger.applied == stack


@pytest.mark.parametrize("index", range(len(TOY_KEYS)))
def test_cancel_at_every_module(scene, index):
    components, merger, first, _ = scene
    state = (weights(components), merger.fingerprint(), merger.applied)
    with pytest.raises(Cancelled):
        merger.apply(use((first, 0.6)), pool(first), CountedToken(index))
    assert_unchanged(components, merger, *state)


BAD_MODULES = {
    "nan": lambda d: {"up": torch.full_like(d.up, float("nan"))},
    "inf": lambda d: {"down": torch.full_like(d.down, float("inf"))},
    "overflow": lambda d: {"up": d.up * 1e30, "down": d.down * 1e30},
    "wrong out": lambda d: {"up": torch.ones(d.up.shape[0] + 1, 3)},
    "wrong in": lambda d: {"down": torch.ones(3, d.down.shape[1] + 1)},
    "wrong rank": lambda d: {"up": torch.ones(d.up.shape[0], 2)},
}


@pytest.mark.parametrize("index", range(len(TOY_KEYS)))
@pytest.mark.parametrize("bad", BAD_MODULES)
def test_a_bad_module_names_adapter_and_module(scene, index, bad):
    components, merger, first, second = scene
    state = (weights(components), merger.fingerprint(), merger.applied)
    changes = BAD_MODULES[bad](first.weights[TOY_KEYS[index]])
    broken = with_module(first, "c", index, **changes)
    with pytest.raises(MergeError) as caught:
        merger.apply(
            use((first, 0.9), (broken, 1.0), (second, 1.0)),
            pool(first, broken, second),
            CancelToken(),
        )
    assert "“c”" in str(caught.value)
    assert ".".join(TOY_KEYS[index]) in str(caught.value)
    assert caught.value.subject == broken.sha256
    assert_unchanged(components, merger, *state)


@pytest.mark.parametrize("index", range(len(TOY_KEYS)))
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("x"),
        RuntimeError("[x] you tried to: not enough memory"),
    ],
    ids=["python", "accelerator", "cpu allocator"],
)
def test_out_of_memory_at_every_module(scene, index, error, monkeypatch):
    components, merger, first, second = scene
    state = (weights(components), merger.fingerprint(), merger.applied)
    real, calls = weight_sums.write_sum, []

    def short_of_memory(live, *rest):
        calls.append(1)
        if len(calls) == index + 1:
            live.fill_(7)  # half written
            raise error
        real(live, *rest)

    monkeypatch.setattr(weight_sums, "write_sum", short_of_memory)
    with pytest.raises(MergeOutOfMemory) as caught:
        merger.apply(use((first, 0.9), (second, 1.0)), pool(first, second), CancelToken())
    assert "“a”" in str(caught.value)
    assert ".".join(TOY_KEYS[index]) in str(caught.value)
    assert caught.value.kind == FailureKind.MEMORY
    monkeypatch.undo()
    assert_unchanged(components, merger, *state)


def test_a_failed_roll_back_is_known_and_heals(scene, monkeypatch):
    components, merger, first, _ = scene
    before, fingerprint = weights(components), merger.fingerprint()
    real, calls = weight_sums.write_sum, []

    def short_from_the_third(live, *rest):
        calls.append(1)
        if len(calls) > 2:
            live.fill_(7)
            raise MemoryError
        real(live, *rest)

    monkeypatch.setattr(weight_sums, "write_sum", short_from_the_third)
    with pytest.raises(MergeOutOfMemory):
        merger.apply(use((first, 0.9)), pool(first), CancelToken())
    monkeypatch.undo()
    assert len(merger.verify()) == 3
    merger.heal()
    assert equal_weights(weights(components), before)
    assert merger.fingerprint() == fingerprint
    merger.restore()
    assert merger.fingerprint() == merger.base_identity


def test_interrupt_rolls_back(scene, monkeypatch):
    components, merger, first, _ = scene
    state = (weights(components), merger.fingerprint(), merger.applied)
    real, calls = weight_sums.write_sum, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(weight_sums, "write_sum", interrupted)
    with pytest.raises(KeyboardInterrupt):
        merger.apply(use((first, 0.9)), pool(first), CancelToken())
    assert_unchanged(components, merger, *state)


def test_float16_overflow_is_refused():
    components = toy_components(torch.float16)
    first = toy_adapter("a", 1)
    merger = WeightMerger(components)
    with pytest.raises(MergeError, match="float16"):
        merger.apply(use((first, 1e6)), pool(first), CancelToken())
    assert merger.fingerprint() == merger.base_identity
    assert merger.touched_bytes == 0
    assert merger.apply(use((first, 10.0)), pool(first), CancelToken()).weights_rebuilt == 7


def faint(name):
    """An adapter whose change at strength 10⁴⁰ would be a number that float32 can hold, while
    float32 has no number 10⁴⁰."""
    adapter = toy_adapter(name, 1)
    factors = {key: low_rank(delta) for key, delta in adapter.weights.items()}
    weights = {
        key: LowRankDelta(delta.up * 1e-8, delta.down * 1e-30, delta.scaling)
        for key, delta in factors.items()
    }
    return Adapter(adapter.sha256, name, "", weights)


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("scale", [1e40, -1e40, 1e300])
def test_strengths_beyond_float32_are_refused(scene, scale, is_held):
    components, merger, first, _ = scene
    steep = faint("c")
    before, fingerprint, stack = weights(components), merger.fingerprint(), merger.applied
    both = pool(first, steep)
    with pytest.raises(MergeError, match=r"“c” at strength -?1e\+(40|300) makes"):
        merger.apply(
            use((first, 0.5), (steep, scale)),
            both,
            CancelToken(),
            steep.sha256 if is_held else "",
        )
    assert_unchanged(components, merger, before, fingerprint, stack)


@pytest.mark.parametrize("scale", [float("nan"), float("inf")])
def test_scales_must_be_numbers(scene, scale):
    components, merger, first, _ = scene
    state = (weights(components), merger.fingerprint(), merger.applied)
    with pytest.raises(MergeError, match="“a”"):
        merger.apply(use((first, scale)), pool(first), CancelToken())
    assert_unchanged(components, merger, *state)


def test_missing_adapter_and_missing_module(scene):
    components, merger, first, _ = scene
    state = (weights(components), merger.fingerprint(), merger.applied)
    with pytest.raises(MergeError, match="not loaded"):
        merger.apply(use((first, 1.0)), {}, CancelToken())
    stray = Adapter("f" * 64, "f", "", {("unet", "zz.weight"): first.weights[TOY_KEYS[0]]})
    with pytest.raises(MergeError, match=r"unet\.zz"):
        merger.apply(use((first, 0.1), (stray, 1.0)), pool(first, stray), CancelToken())
    assert_unchanged(components, merger, *state)


def test_a_cancelled_token_before_anything_changes_nothing(scene):
    components, merger, *_ = scene
    state = (weights(components), merger.fingerprint(), merger.applied)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        merger.apply((), {}, token)
    assert_unchanged(components, merger, *state)
