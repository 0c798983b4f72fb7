"""A baked adapter lands whole, with the right numbers, in diffusers' own loader."""

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.merging.export import write_adapter
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.stack import AppliedAdapter
from tests.engine.tiny_pipelines import BUILDERS

FAMILIES = tuple(f for f in BUILDERS if "pixart" not in f)  # no LoRA loader there
SCALE = 0.7


def factors_of_every_linear(network):
    generator = torch.Generator().manual_seed(3)
    return {
        path: (
            torch.randn(2, module.in_features, generator=generator),
            torch.randn(module.out_features, 2, generator=generator),
        )
        for path, module in network.named_modules()
        if isinstance(module, torch.nn.Linear)
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_every_linear_of_the_transformer_lands_in_diffusers(tmp_path, family):
    pipeline = BUILDERS[family](tmp_path)
    components = {"transformer": pipeline.transformer}
    factors = factors_of_every_linear(pipeline.transformer)
    source, out = tmp_path / "source.safetensors", tmp_path / "baked.safetensors"
    tensors = {}
    for path, (down, up) in factors.items():
        tensors[f"transformer.{path}.lora_A.weight"] = down
        tensors[f"transformer.{path}.lora_B.weight"] = up
    save_file(tensors, source)
    adapter, report = load_adapter(source, TargetIndex.of(components))
    assert report.is_complete
    stack = [AppliedAdapter(adapter.sha256, SCALE, SCALE)]
    written = write_adapter(out, components, stack, {adapter.sha256: adapter})
    assert (written.names, written.left_out) == ("peft", ())
    assert load_adapter(out, TargetIndex.of(components))[1].is_complete
    pipeline.load_lora_weights(out, adapter_name="baked")
    landed = {
        path: module.get_delta_weight("baked")
        for path, module in pipeline.transformer.named_modules()
        if hasattr(module, "get_delta_weight")
    }
    assert landed.keys() == factors.keys()
    for path, (down, up) in factors.items():
        wanted = SCALE * (up.double() @ down.double())
        torch.testing.assert_close(landed[path].double(), wanted, rtol=1e-4, atol=1e-5)
