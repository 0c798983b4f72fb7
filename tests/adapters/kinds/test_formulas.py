"""Every kind against its float64 formula, on linears and convolutions, through a file."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from loraviewer.adapters.about.summary import summarise
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter, load_adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests.adapters.kinds.files import modules_for

SHAPES = {
    "linear": (24, 16),
    "square": (16, 16),
    "conv": (24, 16, 3, 3),
    "square conv": (16, 16, 3, 3),
    "conv 1×1": (24, 16, 1, 1),
}
CASES = [(where, name) for where, shape in SHAPES.items() for name in modules_for(shape)]


class OneLayer(nn.Module):
    def __init__(self, layer: nn.Linear | nn.Conv2d) -> None:
        super().__init__()
        self.layer = layer


def network_of(shape: tuple[int, ...]) -> OneLayer:
    torch.manual_seed(5)
    if len(shape) == 2:
        return OneLayer(nn.Linear(shape[1], shape[0]))
    return OneLayer(nn.Conv2d(shape[1], shape[0], shape[2]))


def delta_of(adapter: Adapter, base: torch.Tensor) -> torch.Tensor:
    delta = adapter.weights["unet", "layer.weight"]
    if isinstance(delta, LowRankDelta):
        return delta.scaling * (delta.up.float() @ delta.down.float())
    return delta.dense(lambda key: base.flatten(1))


@pytest.mark.parametrize(("where", "name"), CASES)
def test_kind_equals_its_formula(where, name, tmp_path):
    shape = SHAPES[where]
    module, network = modules_for(shape)[name], network_of(shape)
    path = tmp_path / "one.safetensors"
    save_file({f"unet.layer.{suffix}": t for suffix, t in module.tensors.items()}, path)
    adapter, report = load_adapter(path, TargetIndex.of({"unet": network}))
    assert report.is_complete
    kinds = {module.kind: 1} | ({"dora": 1} if name.startswith("dora") else {})
    assert summarise(path).kinds == kinds
    base = network.layer.weight.detach().clone()
    exact = module.formula(base.double())
    found = delta_of(adapter, base)
    error = (found.double() - exact.flatten(1)).norm() / exact.norm()
    assert error <= 1e-6
    merger = WeightMerger({"unet": network})
    merger.apply(
        [AppliedAdapter(adapter.sha256, -0.7, 0.0)], {adapter.sha256: adapter}, CancelToken()
    )
    merged = base.double() - 0.7 * exact
    bound = 1e-6 * (base.double().abs() + 0.7 * exact.abs().max())
    assert ((network.layer.weight.double() - merged).abs() <= bound).all()
    merger.restore()
    assert torch.equal(network.layer.weight, base)
