"""Every kind beside the weights gives what it gives merged into them, biases included."""

import pytest
import torch
from torch import nn

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.unmerged.mixed import MixedMerger
from loraviewer.adapters.unmerged.modes import merge_modes
from loraviewer.core.cancel import CancelToken
from tests.adapters.builders import load
from tests.adapters.kinds.files import modules_for
from tests.adapters.toys import pool, use, write_lora

SHAPES = {"linear": (24, 16), "conv": (24, 16, 3, 3)}
CASES = [(where, name) for where, shape in SHAPES.items() for name in modules_for(shape)]


def network_of(where):
    torch.manual_seed(5)
    layer = nn.Linear(16, 24) if where == "linear" else nn.Conv2d(16, 24, 3)
    return nn.Sequential().append(layer)


@torch.no_grad()
@pytest.mark.parametrize(("where", "name"), CASES)
def test_beside_and_merged_are_the_same(where, name, tmp_path):
    module, shape = modules_for(SHAPES[where])[name], SHAPES[where]
    tensors = {f"unet.0.{suffix}": tensor for suffix, tensor in module.tensors.items()}
    beside, merged = network_of(where), network_of(where)
    adapter = load(write_lora(tmp_path / "one.safetensors", tensors), {"unet": beside})
    stack, adapters = use((adapter, 0.7)), pool(adapter)
    components = {"unet": beside}
    modes = merge_modes(components, "unmerged")
    MixedMerger(components, modes, WeightMerger(components)).apply(stack, adapters, CancelToken())
    WeightMerger({"unet": merged}).apply(stack, adapters, CancelToken())
    x = torch.randn(3, 16, *(7 for _ in shape[2:]), generator=torch.Generator().manual_seed(2))
    wanted = merged(x)
    assert (wanted - network_of(where)(x)).abs().max() > 1e-3
    assert (beside(x) - wanted).abs().max() <= 1e-5 * wanted.abs().max()
