"""Strengths in single blocks for every adapter kind: merged, beside the weights, and while held.

Each file changes one layer in the middle and one behind it, in every layout of its kind, biases and
magnitudes included. The oracle is the kind's formula in float64, times the strength there.
"""

import pytest
import torch
from torch import nn

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.unmerged.mixed import MixedMerger
from loraviewer.adapters.unmerged.modes import merge_modes
from loraviewer.core.blocks import block_of, block_scales
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests.adapters.builders import load, tiny_components
from tests.adapters.kinds.files import modules_for
from tests.adapters.merging.exact import step_of
from tests.adapters.test_placement import FUSED, ROWS, flux, named
from tests.adapters.toys import DTYPES, pool, weights, write_lora

pytestmark = pytest.mark.sampled(5)

SCALE = 0.7
SHAPES = {"linear": (24, 16), "conv": (24, 16, 3, 3), "words": (24, 16)}
MIDDLE, BEHIND = "mid_block.resnets.0", "up_blocks.0.resnets.0"
FACTORS = {"M00": 0.0, "OUT00": -0.5}
CASES = [(where, kind) for where in ("linear", "conv") for kind in modules_for(SHAPES[where])]
CASES += [("words", kind) for kind in modules_for(SHAPES["words"]) if "embedding" in kind]


class Network(nn.Module):
    def __init__(self, where: str) -> None:
        super().__init__()
        self.mid_block = nn.ModuleDict({"resnets": nn.ModuleList([layer_of(where)])})
        last = nn.ModuleDict({"resnets": nn.ModuleList([layer_of(where)])})
        self.up_blocks = nn.ModuleList([last])


def layer_of(where):
    if where == "words":
        return nn.Embedding(24, 16)
    return nn.Linear(16, 24) if where == "linear" else nn.Conv2d(16, 24, 3)


def network_of(where, dtype=torch.float32):
    torch.manual_seed(5)
    return {"unet": Network(where).to(dtype)}


def modules_of(where, kind):
    """Place → the module of the file there; the same kind from other seeds."""
    return {
        place: modules_for(SHAPES[where], seed)[kind] for seed, place in enumerate((MIDDLE, BEHIND))
    }


@pytest.fixture(scope="module", params=CASES, ids=" ".join)
def case(request, tmp_path_factory):
    """Where, kind and the adapter."""
    where, kind = request.param
    tensors = {
        f"unet.{place}.{suffix}": tensor
        for place, module in modules_of(where, kind).items()
        for suffix, tensor in module.tensors.items()
    }
    path = write_lora(tmp_path_factory.mktemp("kinds") / "one.safetensors", tensors)
    return where, kind, load(path, network_of(where))


def entry(adapter, factors=(), scale=SCALE):
    return AppliedAdapter(adapter.sha256, scale, scale, block_scales=block_scales(factors))


def exact_of(where, kind, factors, dtype):
    """Name → float64, of everything that the file changes somewhere."""
    base = weights(network_of(where, dtype))
    found = {}
    for place, module in modules_of(where, kind).items():
        for role, formula in (("weight", module.formula), ("bias", module.bias)):
            name = f"unet.{place}.{role}"
            if formula is not None and name in base:
                factor = factors.get(block_of("unet", f"{place}.{role}"), 1.0)
                found[name] = base[name].double() + SCALE * factor * formula(base[name].double())
    return found


def assert_near(live, exact, base, dtype):
    """One rounding of a sum in float32."""
    for name, wanted in exact.items():
        largest = torch.maximum(wanted.abs(), base[name].double().abs())
        slack = 3e-6 * (largest.max() + (wanted - base[name].double()).abs().max())
        error = (live[name].double() - wanted).abs()
        assert (error <= step_of(largest, dtype) + slack).all(), name


@pytest.mark.parametrize("dtype", DTYPES)
def test_merged_each_block_has_its_own_strength(case, dtype):
    """The middle, at 0, is the base bit for bit, biases too."""
    where, kind, adapter = case
    components = network_of(where, dtype)
    base = weights(components)
    merger = WeightMerger(components)
    merger.apply([entry(adapter, FACTORS)], pool(adapter), CancelToken())
    live, exact = weights(components), exact_of(where, kind, FACTORS, dtype)
    assert len(exact) >= 2
    for name in base:
        is_changed = MIDDLE not in name and name in exact
        assert is_changed or torch.equal(live[name], base[name]), name
        assert is_changed == (name in merger.touched_names), name
    assert any(not torch.equal(live[name], base[name]) for name in exact)
    assert_near(live, exact, base, dtype)
    assert merger.verify() == ()


def outputs(components, where):
    """Of both layers, for a fixed input."""
    x = torch.randn(
        3, 16, *(7 for _ in SHAPES[where][2:]), generator=torch.Generator().manual_seed(2)
    )
    network = components["unet"]
    layers = [network.get_submodule(place) for place in (MIDDLE, BEHIND)]
    if where == "words":
        return [layer(torch.arange(24)) for layer in layers]
    return [layer(x.to(layers[0].weight.dtype)) for layer in layers]


@torch.no_grad()
@pytest.mark.parametrize("dtype", DTYPES)
def test_beside_the_weights_is_as_merged(case, dtype):
    """The middle, at 0, gives what the base gives, bit for bit. Elsewhere both modes agree within
    what rounding the merged weights costs."""
    where, _, adapter = case
    beside, merged = network_of(where, dtype), network_of(where, dtype)
    modes = merge_modes(beside, "unmerged")
    merger = MixedMerger(beside, modes, WeightMerger(beside))
    for factors in ({"OUT00": 0.0}, FACTORS):  # one after the other, as a person paints
        stack = [entry(adapter, factors)]
        merger.apply(stack, pool(adapter), CancelToken())
        plain = WeightMerger(merged)
        plain.apply(stack, pool(adapter), CancelToken())
        own, wanted = outputs(beside, where), outputs(merged, where)
        plain.restore()
        bare = outputs(merged, where)
        silent = 0 if "M00" in factors else 1
        assert torch.equal(own[silent], bare[silent])
        limit = max(8 * torch.finfo(dtype).eps, 2e-5) * wanted[1 - silent].abs().max()
        assert ((own[1 - silent] - wanted[1 - silent]).abs() <= limit).all()
        assert merger.verify() == ()
    assert (wanted[1].float() - bare[1].float()).abs().max() > 1e-3


@pytest.mark.parametrize("dtype", DTYPES)
def test_painting_while_held_is_a_draft_and_settles(case, dtype):
    """Ticks are those of a fresh merger; letting go is the settled sum, 0 the base."""
    where, kind, adapter = case
    components = network_of(where, dtype)
    base, start = weights(components), [entry(adapter)]
    merger = WeightMerger(components)
    merger.apply(start, pool(adapter), CancelToken())
    for middle in (0.5, 0.0, -1.0):
        factors = {"M00": middle}
        stack = [entry(adapter, factors)]
        merger.apply(stack, pool(adapter), CancelToken(), adapter.sha256, start)
        fresh = network_of(where, dtype)
        WeightMerger(fresh).apply(stack, pool(adapter), CancelToken(), adapter.sha256, start)
        live, exact = weights(components), exact_of(where, kind, factors, dtype)
        assert all(torch.equal(live[n], there) for n, there in weights(fresh).items())
        for name, wanted in exact.items():
            largest = base[name].double().abs() + (SCALE * wanted - base[name]).abs().amax()
            assert ((live[name].double() - wanted).abs() <= 4 * step_of(largest, dtype)).all()
        assert merger.verify() == ()
    stack = [entry(adapter, FACTORS)]
    merger.apply(stack, pool(adapter), CancelToken())
    fresh = network_of(where, dtype)
    WeightMerger(fresh).apply(stack, pool(adapter), CancelToken())
    live = weights(components)
    assert all(torch.equal(live[name], there) for name, there in weights(fresh).items())
    assert all(torch.equal(live[name], base[name]) for name in base if MIDDLE in name)


@pytest.mark.parametrize("kind", sorted(modules_for((48, 16))))
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_fused_modules_follow_their_block(kind, dtype, tmp_path):
    """Flux: a double block is at 0, the single one at a half; each file's module is several
    weights of the base."""
    components = flux()
    components["transformer"].to(dtype)
    before = named(components)
    modules = {
        fused: modules_for((ROWS[fused], 16), seed)[kind] for seed, fused in enumerate(FUSED)
    }
    tensors = {
        f"diffusion_model.{fused}.{suffix}": tensor
        for fused, module in modules.items()
        for suffix, tensor in module.tensors.items()
    }
    adapter = load(write_lora(tmp_path / "f.safetensors", tensors), components)
    merger = WeightMerger(components)
    stack = [entry(adapter, {"D00": 0.0, "S00": 0.5})]
    merger.apply(stack, pool(adapter), CancelToken())
    after = named(components)
    touched = {name for name in before if not torch.equal(before[name], after[name])}
    single = FUSED["single_blocks.0.linear1"]
    assert touched >= {f"{name}.weight" for name in single}
    assert touched <= {f"{name}.{role}" for name in single for role in ("weight", "bias")}
    assert set(merger.touched_names) == touched
    module = modules["single_blocks.0.linear1"]
    whole = torch.cat([before[f"{name}.weight"] for name in single])
    exact = whole + 0.5 * SCALE * module.formula(whole)
    live = torch.cat([after[f"{name}.weight"] for name in single])
    assert_near({"": live}, {"": exact}, {"": whole}, dtype)
    assert merger.verify() == ()


@torch.no_grad()
@pytest.mark.parametrize("mode", ["merged", "unmerged"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_norms_and_biases_follow_their_block(dtype, mode, tmp_path):
    """Which are merged in both modes."""
    components = tiny_components(dtype)
    unet, base = components["unet"], weights(components)
    places = {
        "mid_block_attentions_0_norm": "mid_block.attentions.0.norm",
        "up_blocks_1_resnets_0_conv1": "up_blocks.1.resnets.0.conv1",
        "time_embedding_linear_1": "time_embedding.linear_1",
    }
    norm, conv, time = places.values()
    shapes = {place: unet.get_parameter(f"{place}.weight").shape for place in places.values()}
    draw = torch.Generator().manual_seed(3)
    changes = {
        f"{norm}.weight": ("w_norm", shapes[norm]),
        f"{norm}.bias": ("b_norm", shapes[norm]),
        f"{conv}.weight": ("diff", shapes[conv]),
        f"{conv}.bias": ("diff_b", shapes[conv][:1]),
        f"{time}.weight": ("diff", shapes[time]),
        f"{time}.bias": ("diff_b", shapes[time][:1]),
    }
    drawn = {name: torch.randn(shape, generator=draw) for name, (_, shape) in changes.items()}
    names = {place: name for name, place in places.items()}
    tensors = {
        f"lora_unet_{names[name.rpartition('.')[0]]}.{suffix}": drawn[name]
        for name, (suffix, _) in changes.items()
    }
    adapter = load(write_lora(tmp_path / "n.safetensors", tensors), components)
    assert len(adapter.weights) == len(changes)
    merger = MixedMerger(components, merge_modes(components, mode), WeightMerger(components))
    for factors in ({}, {"M00": 0.0, "OUT03": 0.5, "TIME": -1.0}, {"OUT03": 0.0, "TIME": 0.0}):
        merger.apply([entry(adapter, factors)], pool(adapter), CancelToken())
        live = weights(components)
        for name, change in drawn.items():
            full = f"unet.{name}"
            factor = factors.get(block_of("unet", name), 1.0)
            is_beside = mode == "unmerged" and change.dim() > 1
            if factor == 0.0 or is_beside:
                assert torch.equal(live[full], base[full]), full
            else:
                exact = base[full].double() + SCALE * factor * change.double()
                assert_near({full: live[full]}, {full: exact}, base, dtype)
        assert merger.verify() == ()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("known_as", ["mid_block.resnets.0", "up_blocks.0.resnets.0"])
def test_a_weight_with_two_names_lies_in_the_block_of_its_first(known_as, dtype, tmp_path):
    """Whichever of them a file knows it by."""
    components = network_of("linear", dtype)
    network = components["unet"]
    network.get_submodule(BEHIND).weight = network.get_submodule(MIDDLE).weight
    base = weights(components)
    tensors = {f"unet.{known_as}.diff": torch.ones(24, 16)}
    adapter = load(write_lora(tmp_path / "t.safetensors", tensors), components)
    merger = WeightMerger(components)
    merger.apply([entry(adapter, {"OUT00": 0.0})], pool(adapter), CancelToken())
    exact = base[f"unet.{MIDDLE}.weight"].double() + SCALE
    for name in (f"unet.{MIDDLE}.weight", f"unet.{BEHIND}.weight"):
        assert_near({name: weights(components)[name]}, {name: exact}, base, dtype)
    merger.apply([entry(adapter, {"M00": 0.0})], pool(adapter), CancelToken())
    assert all(torch.equal(live, base[name]) for name, live in weights(components).items())
    assert merger.touched_names == ()
    assert merger.verify() == ()
