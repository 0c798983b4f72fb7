"""Rounding to what weights are stored in: cancelling terms, and fp8 that keeps weak adapters."""

import pytest
import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import MergeError
from tests.adapters.merging.exact import nearest, rank
from tests.adapters.toys import pool, use

FP8 = [torch.float8_e4m3fn, torch.float8_e5m2]
KEY = ("unet", "layer.weight")


def network(weight):
    net = nn.Module()
    net.add_module("layer", nn.Linear(weight.shape[1], weight.shape[0], bias=False))
    net.get_submodule("layer").weight = nn.Parameter(weight, requires_grad=False)
    return {"unet": net}


def live(components):
    return components["unet"].get_parameter(KEY[1]).detach()


def low_rank(out, n, rank, relative, seed=1):
    """‖ΔW‖ / ‖W₀‖ is about `relative` for a W₀ of unit variance."""
    generator = torch.Generator().manual_seed(seed)
    up = torch.randn(out, rank, generator=generator)
    down = torch.randn(rank, n, generator=generator)
    return LowRankDelta(up, down, relative / rank**0.5)


def adapter(delta, name="a"):
    return Adapter(name * 64, name, "", {KEY: delta})


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_cancelling_terms_are_rounded_correctly(dtype):
    """ΔW undoes nearly all of W₀: what is left is far below the error of a float32 sum."""
    out, n, inner = 256, 300, 8
    delta = low_rank(out, n, inner, 1.0)
    product = delta.scaling * (delta.up.double() @ delta.down.double())
    noise = torch.randn(out, n, generator=torch.Generator().manual_seed(2)) * 1e-4
    components = network((product * (1 + noise)).to(dtype))
    base = live(components).clone()
    merger = WeightMerger(components)
    minus, sign = adapter(delta), -1.0
    merger.apply(use((minus, sign)), pool(minus), CancelToken())
    exact = base.double() - product
    assert exact.abs().median() < 1e-3 * base.double().abs().median() * 4
    assert (rank(live(components)) - rank(nearest(exact, dtype))).abs().max() <= 1


@pytest.mark.parametrize("dtype", FP8)
@pytest.mark.parametrize("relative", [0.1, 0.02, 0.005])
def test_fp8_keeps_weak_adapters(dtype, relative):
    """Mean gain ⟨W − W₀, ΔW⟩ / ‖ΔW‖² within 2 %, where rounding to nearest drops most of it."""
    generator = torch.Generator().manual_seed(0)
    components = network(torch.randn(1024, 1500, generator=generator).to(dtype))
    base = live(components).double()
    weak = adapter(low_rank(1024, 1500, 16, relative))
    merger = WeightMerger(components)
    merger.apply(use((weak, 1.0)), pool(weak), CancelToken())
    delta = weak.weights[KEY]
    assert isinstance(delta, LowRankDelta)
    product = delta.scaling * (delta.up.double() @ delta.down.double())
    moved = live(components).double() - base

    def gain(change):
        return ((change * product).sum() / product.square().sum()).item()

    to_nearest = (base + product).float().to(dtype).double() - base
    assert gain(moved) == pytest.approx(1.0, abs=0.02)
    if relative < 0.01:
        assert gain(to_nearest) < 0.6
    info = torch.finfo(dtype)  # one of the two neighbours, always
    step = (moved - product).abs() / (base + product).abs().clamp(min=info.smallest_normal)
    assert step.max() <= info.eps


@pytest.mark.parametrize("dtype", FP8)
def test_fp8_is_a_pure_function_of_the_stack(dtype):
    def merged(*scales):
        components = network(
            torch.randn(64, 80, generator=torch.Generator().manual_seed(0)).to(dtype)
        )
        merger = WeightMerger(components)
        for scale in scales:
            merger.apply(use((weak, scale)), pool(weak), CancelToken(), held=weak.sha256)
        merger.apply(use((weak, scales[-1])), pool(weak), CancelToken())
        assert merger.verify() == ()
        return components, merger

    weak = adapter(low_rank(64, 80, 4, 0.1))
    (left, merger), (right, _) = merged(0.3, -1.0, 0.7), merged(0.7)
    assert torch.equal(live(left).view(torch.uint8), live(right).view(torch.uint8))
    merger.restore()
    assert merger.fingerprint() == merger.base_identity


def test_the_noise_depends_on_the_name():
    weight = torch.ones(32, 32).to(FP8[0])
    net = nn.Module()
    for name in ("one", "two"):
        net.add_module(name, nn.Linear(32, 32, bias=False))
        net.get_submodule(name).weight = nn.Parameter(weight.clone(), requires_grad=False)
    delta = LowRankDelta(torch.ones(32, 1), torch.ones(1, 32), 0.03)
    both = Adapter("a" * 64, "a", "", {("unet", f"{n}.weight"): delta for n in ("one", "two")})
    WeightMerger({"unet": net}).apply(use((both, 1.0)), pool(both), CancelToken())
    one, two = (net.get_parameter(f"{n}.weight").float() for n in ("one", "two"))
    assert not torch.equal(one, two)
    assert one.mean() == pytest.approx(1.03, abs=0.01)


def test_fp8_overflow_is_refused():
    components = network(torch.full((8, 8), 400.0).to(FP8[0]))
    merger = WeightMerger(components)
    strong = adapter(LowRankDelta(torch.ones(8, 1), torch.ones(1, 8), 100.0))
    with pytest.raises(MergeError, match=r"“a”.*layer\.weight.*float8_e4m3fn"):
        merger.apply(use((strong, 1.0)), pool(strong), CancelToken())
    assert merger.fingerprint() == merger.base_identity
