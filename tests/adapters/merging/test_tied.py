"""One weight with two names: merged once, whichever name an adapter knows it by."""

import pytest
import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from tests.adapters.toys import DTYPES, pool, use


def network(dtype):
    torch.manual_seed(0)
    net = nn.Module()
    for name in ("left", "right", "other"):
        net.add_module(name, nn.Linear(4, 4, bias=False))
    net.get_submodule("right").weight = net.get_submodule("left").weight
    return {"net": net.to(dtype)}


def adapter(*paths):
    weights = {
        ("net", f"{path}.weight"): LowRankDelta(torch.full((4, 1), i + 1.0), torch.ones(1, 4), 1.0)
        for i, path in enumerate(paths)
    }
    return Adapter(paths[0][0] * 64, paths[0], "", weights)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("paths", [("left",), ("right",), ("left", "right"), ("right", "other")])
def test_merged_once_and_back(dtype, paths):
    components = network(dtype)
    weight = components["net"].get_parameter("left.weight")
    base = weight.detach().clone()
    merger, one = WeightMerger(components), adapter(*paths)
    merger.apply(use((one, 0.5)), pool(one), CancelToken())
    strength = 0.5 * (1 if paths[0] in ("left", "right") else 2)
    assert torch.allclose(weight.float(), base.float() + strength, atol=0.02)
    assert {"net.left.weight", "net.right.weight"} <= set(merger.touched_names)
    assert merger.verify() == ()
    assert merger.fingerprint() == WeightMerger(components).base_identity
    merger.apply(use((one, 2.0)), pool(one), CancelToken(), held=one.sha256)
    assert merger.verify() == ()
    weight.data[0, 0] += 1
    assert set(merger.verify()) == {"net.left.weight", "net.right.weight"}
    merger.heal()
    assert merger.verify() == ()
    merger.restore()
    assert torch.equal(weight, base)
    assert merger.fingerprint() == merger.base_identity
