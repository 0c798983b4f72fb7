"""What modules with branches beside them compute, against merged weights and float64."""

import math

import pytest
import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.dora import ROWS, DoraDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.placement import place
from loraviewer.adapters.targets import Landing, Target
from loraviewer.adapters.unmerged.branches import UnmergedBranches
from loraviewer.core.cancel import CancelToken
from tests.adapters.toys import equal_weights, pool, use, weights

LAYERS = {
    "linear": (lambda: nn.Linear(24, 16), (2, 5, 24)),
    "linear without bias": (lambda: nn.Linear(24, 16, bias=False), (7, 24)),
    "linear, one vector": (lambda: nn.Linear(24, 16), (24,)),
    "1×1": (lambda: nn.Conv2d(8, 16, 1), (2, 8, 6, 6)),
    "3×3, stride 2": (lambda: nn.Conv2d(8, 16, 3, stride=2, padding=1), (2, 8, 9, 7)),
    "3×3, not a batch": (lambda: nn.Conv2d(8, 16, 3, padding=1), (8, 9, 7)),
    "3×2, dilated": (lambda: nn.Conv2d(8, 16, (3, 2), padding=(2, 1), dilation=2), (2, 8, 9, 7)),
    "same": (lambda: nn.Conv2d(8, 16, 3, padding="same"), (1, 8, 6, 6)),
    "circular": (lambda: nn.Conv2d(8, 16, 3, padding=1, padding_mode="circular"), (2, 8, 6, 6)),
    "reflect": (lambda: nn.Conv2d(8, 16, 3, padding=1, padding_mode="reflect"), (2, 8, 6, 6)),
    "replicate": (lambda: nn.Conv2d(8, 16, 5, padding=2, padding_mode="replicate"), (2, 8, 6, 6)),
    "two groups": (lambda: nn.Conv2d(8, 16, 3, groups=2, padding=1), (3, 8, 6, 6)),
    "depthwise": (lambda: nn.Conv2d(8, 16, 3, groups=8, padding=1), (2, 8, 6, 6)),
    "1d": (lambda: nn.Conv1d(8, 16, 3, stride=2), (2, 8, 11)),
    "3d": (lambda: nn.Conv3d(4, 8, (1, 2, 3), padding=1), (2, 4, 3, 4, 5)),
    "empty batch": (lambda: nn.Conv2d(8, 16, 3), (0, 8, 6, 6)),
}


def network_of(layer, dtype=torch.float32):
    torch.manual_seed(1)
    return nn.Sequential(layer()).to(dtype)


def adapter_of(network, name, seed, rank):
    """Random factors for every weight of a network."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for key, weight in network.named_parameters():
        if key.endswith("weight"):
            up = torch.randn(len(weight), rank, generator=generator)
            down = torch.randn(rank, weight[0].numel(), generator=generator)
            found["unet", key] = LowRankDelta(up, down, 0.3)
    return Adapter(name * 64, name, "", found)


def with_dora(adapter, network):
    """The adapter with a magnitude a row, which makes its change one of the base weight."""
    found = {}
    for (component, key), inner in adapter.weights.items():
        shape = tuple(network.get_parameter(key).shape)
        generator = torch.Generator().manual_seed(len(found))
        magnitude = torch.rand(shape[0], generator=generator)
        landing = Landing(Target(component, key.rpartition(".")[0], {"weight": shape}))
        delta = DoraDelta(inner, magnitude, ROWS, math.prod(shape[2:]))
        found |= place(delta, (landing,), shape)
    return Adapter(adapter.sha256, adapter.name, "", found)


def three_adapters(network):
    return [adapter_of(network, name, rank, rank) for name, rank in (("a", 1), ("b", 4), ("c", 9))]


def stack_of(adapters):
    return use(*zip(adapters, (0.8, -1.7, 0.3), strict=True))


def beside(network, stack, adapters):
    branches = UnmergedBranches({"unet": network})
    branches.apply(stack, pool(*adapters), CancelToken())
    return branches


def exact_network(layer, stack, adapters):
    """The same layer in float64, with W₀ + Σ c·ΔW formed in float64."""
    network = network_of(layer).double()
    by_hash = pool(*adapters)
    for key, weight in network.named_parameters():
        for entry in stack:
            delta = by_hash[entry.sha256].weights.get(("unet", key))
            if delta is not None:
                assert isinstance(delta, LowRankDelta)
                change = delta.up.double() @ delta.down.double()
                weight.data += entry.scale * delta.scaling * change.view(weight.shape)
    return network


def relative(ours, exact):
    if not exact.numel():
        return 0.0
    return ((ours.double() - exact).abs().max() / exact.abs().max()).item()


@pytest.mark.parametrize("name", LAYERS)
def test_layers_agree_with_merged_weights_and_with_float64(name):
    layer, shape = LAYERS[name]
    network, merged = network_of(layer), network_of(layer)
    adapters = three_adapters(network)
    stack = stack_of(adapters)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(5))
    beside(network, stack, adapters)
    WeightMerger({"unet": merged}).apply(stack, pool(*adapters), CancelToken())
    exact = exact_network(layer, stack, adapters)(x.double())
    ours = network(x)
    assert ours.shape == exact.shape
    assert ours.dtype == torch.float32
    assert relative(ours, exact) < 1e-6
    assert relative(ours, merged(x).double()) < 1e-6
    assert relative(network_of(layer)(x), exact) > 0.01 or not x.numel()  # the stack does something


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["linear", "3×3, stride 2", "two groups"])
def test_half_precision_stays_within_its_rounding(name, dtype):
    layer, shape = LAYERS[name]
    network = network_of(layer, dtype)
    adapters = three_adapters(network)
    stack = stack_of(adapters)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(5)).to(dtype)
    beside(network, stack, adapters)
    ours = network(x)
    assert ours.dtype == dtype
    exact = exact_network(layer, stack, adapters)(x.double())
    assert relative(ours, exact) < 4 * torch.finfo(dtype).eps


@pytest.mark.parametrize("name", ["linear", "3×3, stride 2", "two groups"])
def test_one_concatenated_branch_is_the_sum_of_separate_ones(name):
    layer, shape = LAYERS[name]
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    base = network_of(layer, torch.float64)(x)
    adapters = three_adapters(network_of(layer))
    stack, total = stack_of(adapters), base.clone()
    for entry in stack:
        alone = network_of(layer, torch.float64)
        beside(alone, [entry], adapters)
        total += alone(x) - base
    together = network_of(layer, torch.float64)
    beside(together, stack, adapters)
    assert relative(together(x), total) < 1e-7  # scalings are float32 products


def test_inputs_may_be_named():
    layer, shape = LAYERS["linear"]
    network = network_of(layer)
    adapters = three_adapters(network)
    beside(network, stack_of(adapters), adapters)
    x = torch.randn(shape)
    assert torch.equal(network[0](input=x), network(x))


def test_a_whole_unet_gives_the_same_noise():
    from diffusers import UNet2DConditionModel

    def unet():
        torch.manual_seed(0)
        return UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(16, 32),
            layers_per_block=1,
            norm_num_groups=8,
            attention_head_dim=2,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32,
        ).eval()

    def adapter(name, seed):
        generator = torch.Generator().manual_seed(seed)
        found = {}
        for path, module in unet().named_modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                out, n = len(module.weight), module.weight[0].numel()
                up = torch.randn(out, 4, generator=generator) * 0.1
                down = torch.randn(4, n, generator=generator) * 0.1
                found["unet", f"{path}.weight"] = LowRankDelta(up, down, 1.0)
        return Adapter(name * 64, name, "", found)

    adapters = [adapter("a", 1), adapter("b", 2)]
    stack = use((adapters[0], 0.7), (adapters[1], -0.4))
    ours, merged = unet(), unet()
    beside(ours, stack, adapters)
    WeightMerger({"unet": merged}).apply(stack, pool(*adapters), CancelToken())
    x, text = torch.randn(2, 4, 8, 8), torch.randn(2, 5, 32)
    with torch.no_grad():
        expected = merged(x, 500, text).sample
        assert relative(ours(x, 500, text).sample, expected.double()) < 2e-5
        assert relative(unet()(x, 500, text).sample, expected.double()) > 0.05


@pytest.mark.parametrize("name", ["linear", "3×3, stride 2", "depthwise"])
def test_changes_without_low_rank_form_are_one_dense_branch(name):
    layer, shape = LAYERS[name]
    network, merged = network_of(layer), network_of(layer)
    adapters = three_adapters(network)
    adapters = [adapters[0], *(with_dora(adapter, network) for adapter in adapters[1:])]
    stack = stack_of(adapters)
    branches = beside(network, stack, adapters)
    WeightMerger({"unet": merged}).apply(stack, pool(*adapters), CancelToken())
    x = torch.randn(shape)
    assert relative(network(x), merged(x).double()) < 1e-6
    one = beside(network_of(layer), stack[:2], adapters)
    assert branches.kept_bytes == one.kept_bytes  # the second dense one costs nothing more
    branches.restore()
    assert equal_weights(weights({"unet": network}), weights({"unet": network_of(layer)}))
