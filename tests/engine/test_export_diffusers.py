"""A baked adapter lands whole, with the right numbers, in diffusers' own loader."""

from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import save_file

from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.merging.export import Written, write_adapter
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.stack import AppliedAdapter
from tests.engine.tiny_pipelines import BUILDERS
from tests.engine.tiny_transformers import LOADERS

PIPELINES = tuple(family for family in BUILDERS if family != "pixart")
"""diffusers has no loader of adapters for PixArt."""
FAMILIES = (*PIPELINES, *LOADERS)
SCALE = 0.7


def loader_of(family, tmp_path):
    return LOADERS[family]() if family in LOADERS else BUILDERS[family](tmp_path)


def factors_of_all_matrices(network):
    """Of each linear module and each convolution, ranks 1 to 3."""
    generator = torch.Generator().manual_seed(3)
    factors = {}
    for i, (path, module) in enumerate(sorted(network.named_modules())):
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d):
            out, *rest = module.weight.shape
            rank, ones = i % 3 + 1, (1,) * (len(rest) - 1)
            factors[path] = (
                torch.randn(rank, *rest, generator=generator),
                torch.randn(out, rank, *ones, generator=generator),
            )
    return factors


def bake(folder: Path, components, tensors, rank=None, **options) -> tuple[Path, Written]:
    source, out = folder / "source.safetensors", folder / "baked.safetensors"
    save_file(tensors, source)
    adapter, report = load_adapter(source, TargetIndex.of(components))
    assert report.is_complete
    stack = [AppliedAdapter(adapter.sha256, SCALE, SCALE)]
    written = write_adapter(out, components, stack, {adapter.sha256: adapter}, rank, **options)
    assert load_adapter(out, TargetIndex.of(components))[1].is_complete
    return out, written


def dotted(factors, component="transformer"):
    tensors = {}
    for path, (down, up) in factors.items():
        tensors[f"{component}.{path}.lora_A.weight"] = down
        tensors[f"{component}.{path}.lora_B.weight"] = up
    return tensors


def landed(network, name="baked"):
    """ΔW of each layer that PEFT put into the network."""
    return {
        path: module.get_delta_weight(name)
        for path, module in network.named_modules()
        if hasattr(module, "get_delta_weight") and name in module.lora_A
    }


def assert_landed(network, factors, rank=None):
    deltas = landed(network)
    assert deltas.keys() == factors.keys()
    for path, (down, up) in factors.items():
        wanted = SCALE * (up.double().flatten(1) @ down.double().flatten(1))
        if rank is not None:
            u, s, vh = torch.linalg.svd(wanted, full_matrices=False)
            wanted = (u[:, :rank] * s[:rank]) @ vh[:rank]
        torch.testing.assert_close(
            deltas[path].double().flatten(1), wanted, rtol=1e-4, atol=1e-5, msg=path
        )


def grouped_convolutions(network):
    return {path for path, module in network.named_modules() if getattr(module, "groups", 1) > 1}


@pytest.mark.parametrize("rank", [None, 1])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_matrix_of_the_transformer_lands_in_diffusers(tmp_path, family, rank):
    """But for convolutions in groups, of which Sana has one a block: PEFT has no factors of them
    that have the convolution's shape."""
    loader = loader_of(family, tmp_path)
    factors = factors_of_all_matrices(loader.transformer)
    components = {"transformer": loader.transformer}
    out, written = bake(tmp_path, components, dotted(factors), rank)
    grouped = grouped_convolutions(loader.transformer)
    assert set(written.left_out) == {f"transformer.{path}.weight" for path in grouped}
    assert bool(grouped) == (family == "sana")
    assert written.names == "peft"
    loader.load_lora_weights(out, adapter_name="baked")
    wanted = {path: pair for path, pair in factors.items() if path not in grouped}
    assert_landed(loader.transformer, wanted, rank)


_STABLE_DIFFUSION = {
    "sd": (StableDiffusionPipeline, ("unet", "text_encoder")),
    "xl": (StableDiffusionXLPipeline, ("unet", "text_encoder", "text_encoder_2")),
}


_NOT_IN_DIFFUSERS = ("add_embedding.", "text_projection")
"""Names of the first are not read; the second cannot have another rank than its text encoder."""


@pytest.mark.parametrize("rank", [None, 1])
@pytest.mark.parametrize("folder", _STABLE_DIFFUSION)
def test_kohyas_names_of_stable_diffusion_land_in_diffusers(tiny_folder, tmp_path, folder, rank):
    """But for two modules of SDXL that diffusers 0.42 does not take from such files."""
    kind, names = _STABLE_DIFFUSION[folder]
    pipeline = kind.from_pretrained(tiny_folder / folder)
    components = {name: getattr(pipeline, name) for name in names}
    factors = {
        name: {
            path: pair
            for path, pair in factors_of_all_matrices(network).items()
            if not path.startswith(_NOT_IN_DIFFUSERS)
        }
        for name, network in components.items()
    }
    tensors = {}
    for name in names:
        tensors |= dotted(factors[name], name)
    out, written = bake(tmp_path, components, tensors, rank)
    assert (written.names, list(written.left_out)) == ("kohya", [])
    pipeline.load_lora_weights(out, adapter_name="baked")
    for name, network in components.items():
        assert_landed(network, factors[name], rank)
