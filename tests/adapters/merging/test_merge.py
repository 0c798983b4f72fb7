"""Merging: known answers in float64, storage, fingerprints, verification and healing."""

import pytest
import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.placement import PlacedDelta
from loraviewer.adapters.targets import Landing, Target
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry
from tests.adapters.builders import (
    KOHYA_MODULES,
    load,
    tiny_components,
)
from tests.adapters.toys import (
    DTYPES,
    equal_weights,
    lora_tensors,
    pool,
    toy_adapter,
    toy_components,
    use,
    weights,
    with_dense,
    write_lora,
)


@pytest.fixture
def adapters(tmp_path):
    """Three random LoRAs of the tiny components by name."""
    components = tiny_components()
    found = {}
    for name, seed, dtype in (("a", 1, torch.float32), ("b", 2, torch.float16)):
        tensors = lora_tensors(KOHYA_MODULES, seed, dtype=dtype)
        found[name] = load(write_lora(tmp_path / f"{name}.safetensors", tensors), components)
    return found


def applied(adapter, scale=1.0, text_scale=None):
    return AppliedAdapter(adapter.sha256, scale, scale if text_scale is None else text_scale)


def by_hash(adapters):
    return {adapter.sha256: adapter for adapter in adapters.values()}


@pytest.mark.parametrize("dtype", DTYPES)
def test_sum_against_float64(adapters, dtype):
    components = tiny_components(dtype)
    base = weights(components)
    merger = WeightMerger(components)
    scales = {"a": (0.7, -1.3), "b": (-2.0, 0.4)}
    stack = [applied(adapters[n], *s) for n, s in scales.items()]
    result = merger.apply(stack, by_hash(adapters), CancelToken())
    assert result.weights_rebuilt == len(KOHYA_MODULES)
    merged = weights(components)
    for component, parameter in adapters["a"].weights:
        name = f"{component}.{parameter}"
        exact = base[name].double()
        for adapter_name, (scale, text_scale) in scales.items():
            delta = adapters[adapter_name].weights[component, parameter]
            s = scale if component == "unet" else text_scale
            low_rank = delta.up.double() @ delta.down.double()
            exact = exact + s * delta.scaling * low_rank.reshape(exact.shape)
        once = exact.float().to(dtype)
        error = (merged[name].double() - exact).abs().max() / exact.abs().max()
        assert error <= 2 * torch.finfo(dtype).eps
        # Rounded once: nearly all weights are the nearest ones to the exact sum.
        assert (merged[name] == once).float().mean() > (0.25 if dtype == torch.float32 else 0.98)
    touched = set(merger.touched_names)
    untouched = {k: v for k, v in merged.items() if k not in touched}
    assert equal_weights(untouched, {k: base[k] for k in untouched})


@pytest.mark.parametrize("dtype", DTYPES)
def test_empty_stack_is_the_base_bit_for_bit(adapters, dtype):
    components = tiny_components(dtype)
    base = weights(components)
    merger = WeightMerger(components)
    before = merger.fingerprint()
    merger.apply([applied(a) for a in adapters.values()], by_hash(adapters), CancelToken())
    assert merger.fingerprint() != before
    merger.restore()
    assert equal_weights(weights(components), base)
    assert merger.fingerprint() == before == merger.base_identity
    assert WeightMerger(components).base_identity == before
    assert merger.touched_bytes == 0
    assert merger.touched_names == ()


def test_weights_keep_their_storage(adapters):
    components = tiny_components()
    places = {n: p.data_ptr() for n, p in components["unet"].named_parameters()}
    merger = WeightMerger(components)
    merger.apply([applied(adapters["a"])], by_hash(adapters), CancelToken())
    merger.restore()
    assert places == {n: p.data_ptr() for n, p in components["unet"].named_parameters()}


def test_only_changed_modules_are_rebuilt(adapters, tmp_path):
    components = tiny_components()
    only = {k: KOHYA_MODULES[k] for k in list(KOHYA_MODULES)[:2]}
    small = load(write_lora(tmp_path / "s.safetensors", lora_tensors(only, 9)), components)
    pool = {**by_hash(adapters), small.sha256: small}
    merger = WeightMerger(components)
    token = CancelToken()

    def rebuilt(*stack):
        return merger.apply(stack, pool, token).weights_rebuilt

    big = adapters["a"]
    assert rebuilt(applied(big)) == len(KOHYA_MODULES)
    assert rebuilt(applied(big)) == 0
    assert rebuilt(applied(big), applied(small)) == 2
    assert rebuilt(applied(small, 0.5), applied(big)) == 2
    assert rebuilt(applied(big, 1.0, 0.5), applied(small, 0.5)) == 2  # the text encoder's
    assert rebuilt(applied(small, 0.5)) == len(KOHYA_MODULES)
    assert merger.touched_bytes == 4 * 2 * 16 * 16
    assert rebuilt() == 2


def test_scales_of_denoiser_and_text_encoder(adapters):
    components = tiny_components()
    merger = WeightMerger(components)
    base = weights(components)
    merger.apply([applied(adapters["a"], 1.0, 0.0)], by_hash(adapters), CancelToken())
    assert all(name.startswith("unet.") for name in merger.touched_names)
    merger.apply([applied(adapters["a"], 0.0, 1.0)], by_hash(adapters), CancelToken())
    assert all(name.startswith("text_encoder.") for name in merger.touched_names)
    now = weights(components)
    assert all(torch.equal(now[k], base[k]) for k in base if k.startswith("unet."))


def test_row_order_and_duplicates(adapters):
    a, b = adapters["a"], adapters["b"]
    left, right = tiny_components(), tiny_components()
    token = CancelToken()
    one = [applied(a, 0.3), applied(b, 0.5), applied(a, -1.0)]
    WeightMerger(left).apply(one, by_hash(adapters), token)
    WeightMerger(right).apply(one[::-1], by_hash(adapters), token)
    assert equal_weights(weights(left), weights(right))


def test_the_stack_value_drives_the_merger(adapters):
    entries = tuple(
        StackEntry(entry_id=n, name=n, path=a.path, sha256=a.sha256, scale=0.5)
        for n, a in adapters.items()
    )
    stack = AdapterStack(entries=entries)
    components = tiny_components()
    merger = WeightMerger(components)
    merger.apply(stack.applied(), by_hash(adapters), CancelToken())
    assert merger.applied == stack.applied()
    moved = stack.with_moved("b", 0)
    assert merger.apply(moved.applied(), by_hash(adapters), CancelToken()).weights_rebuilt == 0


@pytest.mark.parametrize("delta_bytes", [0, 700, 1 << 30])
def test_what_is_kept_of_deltas_changes_nothing(delta_bytes):
    first, second = toy_adapter("a", 1), with_dense(toy_adapter("b", 2), 3)
    left, right = toy_components(), toy_components()
    limited, fresh = WeightMerger(left, delta_bytes=delta_bytes), WeightMerger(right)
    for scale in (0.1, 0.9, -0.4):
        limited.apply(use((first, scale), (second, scale)), pool(first, second), CancelToken())
        assert limited.kept_bytes - limited.touched_bytes <= delta_bytes
    fresh.apply(use((first, -0.4), (second, -0.4)), pool(first, second), CancelToken())
    assert equal_weights(weights(left), weights(right))


def test_channels_last_weights(adapters):
    plain, striped = tiny_components(), tiny_components()
    # torch’s overloads lack the format alone
    nn.Module.to(striped["unet"], memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    for components in (plain, striped):
        merger = WeightMerger(components)
        merger.apply([applied(adapters["a"], 0.7)], by_hash(adapters), CancelToken())
        assert merger.verify() == ()
    assert equal_weights(weights(plain), weights(striped))
    conv = striped["unet"].get_parameter("down_blocks.0.resnets.0.conv1.weight")
    assert conv.is_contiguous(memory_format=torch.channels_last)


def test_fingerprint_is_a_function_of_the_weights(adapters):
    left, right = tiny_components(), tiny_components()
    merger, other = WeightMerger(left), WeightMerger(right)
    merger.apply([applied(adapters["a"], 0.2)], by_hash(adapters), CancelToken())
    merger.fingerprint()
    merger.apply([applied(adapters["b"], 0.4)], by_hash(adapters), CancelToken())
    other.apply([applied(adapters["b"], 0.4)], by_hash(adapters), CancelToken())
    assert merger.fingerprint() == other.fingerprint()
    assert WeightMerger(left).base_identity == merger.fingerprint()


def test_verify_and_heal(adapters):
    components = tiny_components()
    merger = WeightMerger(components)
    merger.apply([applied(a, 0.5) for a in adapters.values()], by_hash(adapters), CancelToken())
    settled = weights(components)
    assert merger.verify() == ()
    conv = components["unet"].get_submodule("down_blocks.0.resnets.0.conv1")
    assert isinstance(conv, nn.Conv2d)
    conv.weight.data[0, 0, 0, 0] += 1.0
    assert merger.verify() == ("unet.down_blocks.0.resnets.0.conv1.weight",)
    merger.heal()
    assert merger.verify() == ()
    assert equal_weights(weights(components), settled)
    assert conv.bias is not None
    conv.bias.data[0] += 1.0
    assert merger.verify() == ("unet.down_blocks.0.resnets.0.conv1.bias",)
    with pytest.raises(MergeError, match=r"conv1\.bias"):
        merger.heal()


def test_dense_deltas_join_the_sum(adapters):
    """The seam for kinds without low-rank form: ΔW defined against W₀."""

    class Doubling:
        needs_base = True

        def dense(self, base):
            return base.clone()

    components = tiny_components()
    key = ("unet", "conv_in.weight")
    landing = Landing(Target("unet", "conv_in", {"weight": (8, 4, 3, 3)}))
    doubling = PlacedDelta(Doubling(), landing, (landing,), (8, 36))
    adapter = Adapter("d" * 64, "double", "", {key: doubling})
    low_rank = LowRankDelta(torch.ones(8, 1), torch.ones(1, 36), 1.0)
    other = Adapter("e" * 64, "ones", "", {key: low_rank})
    pool = {a.sha256: a for a in (adapter, other)}
    base = components["unet"].get_parameter("conv_in.weight").detach().clone()
    merger = WeightMerger(components)
    merger.apply([applied(adapter, 0.5), applied(other, 2.0)], pool, CancelToken())
    live = components["unet"].get_parameter("conv_in.weight").detach()
    assert torch.allclose(live, 1.5 * base + 2.0, rtol=1e-6)
    assert merger.verify() == ()
    merger.restore()
    assert torch.equal(live, base)
