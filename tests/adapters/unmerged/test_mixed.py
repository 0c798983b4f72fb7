"""Weights and branches under one stack: who gets what, in one transaction."""

import math

import pytest
import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.dora import ROWS, DoraDelta
from loraviewer.adapters.kinds.full import Difference
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.placement import place
from loraviewer.adapters.targets import Landing, Target
from loraviewer.adapters.unmerged.mixed import MixedMerger
from loraviewer.adapters.unmerged.modes import merge_modes
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.outcome import MergeError
from loraviewer.core.request import AskedMergeMode
from tests.adapters.merging.test_transaction import CountedToken
from tests.adapters.toys import equal_weights, pool, use, weights
from tests.adapters.unmerged.stand_ins import Int8Linear, PackedLinear


class Net(nn.Module):
    """A bit of everything: layers, a norm, an embedding, and an attention that reads the weight of
    its output layer without calling it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(7, 16)
        self.norm = nn.LayerNorm(16)
        self.linear = nn.Linear(16, 16)
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
        self.conv = nn.Conv1d(16, 16, 3, padding=1)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        x = self.linear(self.norm(self.words(numbers)))
        x = x + self.attention(x, x, x, need_weights=False)[0]
        return self.conv(x.mT).mT


NUMBERS = torch.tensor([[1, 2, 3, 6], [0, 5, 4, 4]])
LANDED = ("linear.weight", "conv.weight", "attention.out_proj.weight")
MERGED = ("attention.out_proj.weight", "norm.weight", "linear.bias", "words.weight")


def net(quantised=None):
    torch.manual_seed(4)
    made = Net().eval()
    if quantised:
        made.linear = quantised.of(made.linear)
    return made


def placed(network, key, delta):
    path, _, role = key.rpartition(".")
    shape = tuple(network.get_parameter(key).shape)
    weight = tuple(network.get_submodule(path).weight.shape)
    landing = Landing(Target("unet", path, {"weight": weight, role: shape}))
    return place(delta, (landing,), shape, role)


def adapter_of(name, seed, keys=LANDED, vectors=("norm.weight", "linear.bias")):
    """Factors for matrices, differences for vectors."""
    plain, generator = net(), torch.Generator().manual_seed(seed)
    found = {}
    for key in (*keys, "words.weight") if keys == LANDED else keys:
        shape = plain.get_parameter(key).shape
        up = torch.randn(shape[0], 2, generator=generator) * 0.3
        down = torch.randn(2, math.prod(shape[1:]), generator=generator) * 0.3
        found["unet", key] = LowRankDelta(up, down, 1.0)
    for key in vectors:
        change = torch.randn(plain.get_parameter(key).shape, generator=generator)
        found |= placed(plain, key, Difference(change[:, None] * 0.3))
    return Adapter(name * 64, name, "", found)


def mixed(network, asked: AskedMergeMode = "unmerged"):
    components = {"unet": network}
    return MixedMerger(components, merge_modes(components, asked), WeightMerger(components))


def relative(ours, exact):
    return ((ours - exact).abs().max() / exact.abs().max()).item()


@torch.no_grad()
def test_everything_lands_where_it_can():
    """Against the same stack merged everywhere."""
    one, other = adapter_of("a", 1), adapter_of("b", 2)
    stack = use((one, 0.8), (other, -0.5))
    network, merged = net(), net()
    merger, plain = mixed(network), WeightMerger({"unet": merged})
    merger.apply(stack, pool(one, other), CancelToken())
    plain.apply(stack, pool(one, other), CancelToken())
    assert relative(network(NUMBERS), merged(NUMBERS)) < 2e-6
    assert relative(net()(NUMBERS), merged(NUMBERS)) > 0.1
    assert set(merger.touched_names) == {f"unet.{key}" for key in MERGED}
    assert {key for key in plain.touched_names if not merger.merges(("unet", key[5:]))} == {
        "unet.linear.weight",
        "unet.conv.weight",
    }
    assert merger.verify() == ()


@torch.no_grad()
def test_taking_all_out_leaves_the_base():
    network, one = net(), adapter_of("a", 1)
    merger = mixed(network)
    merger.apply(use((one, 1.0)), pool(one), CancelToken())
    assert merger.fingerprint() != merger.base_identity
    assert merger.kept_bytes > 0
    merger.restore()
    assert torch.equal(network(NUMBERS), net()(NUMBERS))
    assert merger.fingerprint() == merger.base_identity
    assert (merger.kept_bytes, merger.touched_names, merger.applied) == (0, (), ())


def test_fingerprints_depend_on_what_is_heard_alone():
    one, other = adapter_of("a", 1), adapter_of("b", 2, ("linear.weight",), ())
    both = pool(one, other)
    first, second = mixed(net()), mixed(net())
    first.apply(use((one, 1.0)), both, CancelToken())
    alone = first.fingerprint()
    first.apply(use((one, 1.0), (other, 0.5)), both, CancelToken())
    second.apply(use((other, 0.5), (one, 1.0)), both, CancelToken())
    assert first.fingerprint() == second.fingerprint() != alone
    first.apply(use((one, 1.0), (other, 0.25)), both, CancelToken())
    assert first.fingerprint() != second.fingerprint()


@torch.no_grad()
@pytest.mark.parametrize("checks", range(12))
def test_a_cancel_leaves_weights_and_branches(checks):
    network, one, other = net(), adapter_of("a", 1), adapter_of("b", 2)
    merger = mixed(network)
    merger.apply(use((one, 1.0)), pool(one), CancelToken())
    before, picture, said = weights({"unet": network}), network(NUMBERS), merger.fingerprint()
    wanted = use((one, 0.3), (other, 1.0))
    try:
        merger.apply(wanted, pool(one, other), CountedToken(checks))
    except Cancelled:
        assert equal_weights(weights({"unet": network}), before)
        assert torch.equal(network(NUMBERS), picture)
        assert (merger.fingerprint(), merger.applied) == (said, tuple(use((one, 1.0))))
    else:
        assert checks > 6
    assert merger.verify() == ()


@torch.no_grad()
@pytest.mark.parametrize(("key", "columns"), [("linear.weight", 16), ("norm.weight", 1)])
def test_a_failure_on_either_side_leaves_both(key, columns):
    network, one = net(), adapter_of("a", 1)
    bad = dict(adapter_of("b", 2).weights)
    up = torch.full((16, 1), math.nan)
    bad["unet", key] = LowRankDelta(up, torch.ones(1, columns), 1.0)
    broken = Adapter("b" * 64, "broken", "", bad)
    merger = mixed(network)
    merger.apply(use((one, 1.0)), pool(one), CancelToken())
    before, picture = weights({"unet": network}), network(NUMBERS)
    with pytest.raises(MergeError, match=f"“broken” .*{key}"):
        merger.apply(use((one, 0.5), (broken, 1.0)), pool(one, broken), CancelToken())
    assert equal_weights(weights({"unet": network}), before)
    assert torch.equal(network(NUMBERS), picture)
    assert merger.verify() == ()


@torch.no_grad()
@pytest.mark.parametrize("quantised", [Int8Linear, PackedLinear])
def test_quantised_layers_compute_with_the_stack(quantised):
    """As the layer would with its dequantised weight merged, in float64."""
    network, one = net(quantised), adapter_of("a", 1)
    merger = mixed(network, "auto")
    merger.apply(use((one, 0.7)), pool(one), CancelToken())
    x = torch.randn(3, 16)
    delta = one.weights["unet", "linear.weight"]
    assert isinstance(delta, LowRankDelta)
    change = 0.7 * delta.up.double() @ delta.down.double()
    assert isinstance(network.linear, Int8Linear)
    exact = x.double() @ (network.linear.floats().double() + change).T + network.linear.bias
    assert relative(network.linear(x), exact) < 1e-6
    assert merger.verify() == ()
    merger.restore()
    assert torch.equal(network(NUMBERS), net(quantised)(NUMBERS))


def relative_to_base(name, network):
    """DoRA of the linear layer, which needs its base weight."""
    delta = adapter_of(name, 3).weights["unet", "linear.weight"]
    assert isinstance(delta, LowRankDelta)
    shaped = DoraDelta(delta, torch.rand(16), ROWS, 1)
    target = Target("unet", "linear", {"weight": (16, 16)})
    return Adapter(name * 64, name, "", place(shaped, (Landing(target),), (16, 16)))


@torch.no_grad()
def test_changes_relative_to_an_unreadable_base_are_refused_by_name():
    network, one = net(Int8Linear), adapter_of("a", 1)
    dora = relative_to_base("d", network)
    merger = mixed(network)
    merger.apply(use((one, 1.0)), pool(one), CancelToken())
    picture = network(NUMBERS)
    with pytest.raises(MergeError, match=r"“d” .*unet\.linear\.weight.*quantised") as failed:
        merger.apply(use((one, 1.0), (dora, 1.0)), pool(one, dora), CancelToken())
    assert failed.value.subject == dora.sha256
    assert torch.equal(network(NUMBERS), picture)


@torch.no_grad()
def test_whole_differences_of_quantised_weights_need_no_base():
    network = net(Int8Linear)
    change = torch.randn(16, 16)
    target = Target("unet", "linear", {"weight": (16, 16)})
    whole = Adapter("w" * 64, "w", "", place(Difference(change), (Landing(target),), (16, 16)))
    mixed(network).apply(use((whole, 0.5)), pool(whole), CancelToken())
    x = torch.randn(3, 16)
    expected = net(Int8Linear).linear(x) + 0.5 * x @ change.T
    assert relative(network.linear(x), expected) < 1e-6


def test_changes_of_quantised_weights_that_nothing_can_express_are_refused():
    network = net()
    network.words.weight = nn.Parameter(torch.ones(7, 16, dtype=torch.int8), requires_grad=False)
    one = adapter_of("a", 1)
    with pytest.raises(MergeError, match=r"“a” .*unet\.words\.weight.*quantised"):
        mixed(network).apply(use((one, 1.0)), pool(one), CancelToken())


@torch.no_grad()
def test_relative_changes_of_parts_on_both_sides_are_refused():
    """One module of the file that is two of the base: one has a branch, the other cannot."""
    network = net()
    landings = tuple(
        Landing(Target("unet", path, {"weight": (16, 16)}), (16 * i, 16 * i + 16))
        for i, path in enumerate(("linear", "attention.out_proj"))
    )
    inner = LowRankDelta(torch.randn(32, 2), torch.randn(2, 16), 1.0)
    fused = place(DoraDelta(inner, torch.rand(32), ROWS, 1), landings, (32, 16))
    adapter = Adapter("f" * 64, "fused", "", fused)
    with pytest.raises(MergeError, match=r"“fused” .*merged otherwise"):
        mixed(network).apply(use((adapter, 1.0)), pool(adapter), CancelToken())
    assert equal_weights(weights({"unet": network}), weights({"unet": net()}))


@torch.no_grad()
def test_damage_on_either_side_is_named_and_healed():
    network, one = net(), adapter_of("a", 1)
    merger = mixed(network)
    merger.apply(use((one, 1.0)), pool(one), CancelToken())
    picture = network(NUMBERS)
    network.norm.weight[3] += 1.0
    (branch,) = network.conv._forward_hooks.values()
    branch.down[0, 0, 0] += 1.0  # type: ignore[attr-defined]
    assert merger.verify() == ("unet.conv.weight", "unet.norm.weight")
    merger.heal()
    assert merger.verify() == ()
    assert torch.equal(network(NUMBERS), picture)


@torch.no_grad()
def test_a_weight_that_two_layers_share_is_merged_and_changes_both():
    network, one = net(), adapter_of("a", 1)
    network.twin = nn.Linear(16, 16)
    network.twin.weight = network.linear.weight
    x = torch.randn(3, 16)
    before = network.twin(x)
    merger = mixed(network)
    merger.apply(use((one, 1.0)), pool(one), CancelToken())
    assert merger.merges(("unet", "linear.weight"))
    assert not torch.equal(network.twin(x), before)
    assert torch.equal(network.twin.weight, network.linear.weight)


def test_a_weight_that_the_base_lacks_is_named():
    delta = LowRankDelta(torch.ones(4, 1), torch.ones(1, 4), 1.0)
    adapter = Adapter("x" * 64, "stray", "", {("unet", "gone.weight"): delta})
    with pytest.raises(MergeError, match=r"“stray” .*unet\.gone\.weight"):
        mixed(net()).apply(use((adapter, 1.0)), pool(adapter), CancelToken())


@pytest.mark.parametrize("quantised", [None, Int8Linear, PackedLinear])
def test_a_rule_for_weights_is_refused_where_adapters_are_computed_beside_them(quantised):
    network, adapter = net(quantised), adapter_of("a", 1)
    merger, adapters = mixed(network), pool(adapter)
    merger.apply(use((adapter, 0.5)), adapters, CancelToken())
    before, output = merger.fingerprint(), network(NUMBERS)
    way_out = "" if quantised else ", or merge adapters into all weights"
    with pytest.raises(MergeError, match=f"“ties:0.2” needs.*; choose the sum{way_out}\\."):
        merger.apply(use((adapter, 0.7)), adapters, CancelToken(), rule=read_rule("ties:0.2"))
    assert merger.fingerprint() == before
    assert torch.equal(network(NUMBERS), output)


def test_a_rule_for_weights_is_obeyed_where_all_that_is_heard_is_merged():
    network, plain = net(), net()
    adapter = adapter_of("a", 1, keys=())
    merger, rule = mixed(network), read_rule("ties:0.2")
    merger.apply(use((adapter, 0.7)), pool(adapter), CancelToken(), rule=rule)
    WeightMerger({"unet": plain}).apply(
        use((adapter, 0.7)), pool(adapter), CancelToken(), rule=rule
    )
    assert equal_weights(weights({"unet": network}), weights({"unet": plain}))
    assert not equal_weights(weights({"unet": network}), weights({"unet": net()}))
