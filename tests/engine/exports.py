"""Adapters of every matrix of tiny networks, baked as one file."""

from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import save_file

from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.merging.export import Written, write_adapter
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.stack import AppliedAdapter
from tests.engine.tiny_pipelines import BUILDERS
from tests.engine.tiny_transformers import LOADERS

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


def loha_of_all_matrices(network, rank=2):
    """The tensors in kohya's names, and ΔW of each path in float64 at `SCALE`."""
    generator = torch.Generator().manual_seed(4)
    tensors, deltas = {}, {}
    for path, module in sorted(network.named_modules()):
        if not isinstance(module, torch.nn.Linear | torch.nn.Conv2d):
            continue
        rows, columns = module.weight.flatten(1).shape
        halves = []
        for half in ("hada_w1", "hada_w2"):
            a = torch.randn(rows, rank, generator=generator)
            b = torch.randn(rank, columns, generator=generator)
            name = f"lora_unet_{path.replace('.', '_')}.{half}"
            tensors |= {f"{name}_a": a, f"{name}_b": b}
            halves.append(a.double() @ b.double())
        deltas[path] = SCALE * halves[0] * halves[1]
    return tensors, deltas


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


STABLE_DIFFUSION = {
    "sd1": ("sd", StableDiffusionPipeline, {}),
    "sd2": ("sd", StableDiffusionPipeline, {"use_linear_projection": True}),
    "xl": ("xl", StableDiffusionXLPipeline, {}),
}
"""The folder of each family, its pipeline, and what its UNet has instead."""


def stable_diffusion(tiny_folder, family):
    folder, kind, differences = STABLE_DIFFUSION[family]
    pipeline = kind.from_pretrained(tiny_folder / folder)
    pipeline.unet = type(pipeline.unet).from_config({**pipeline.unet.config, **differences})
    return pipeline


def clip_encoders(pipeline) -> dict[str, torch.nn.Module]:
    """The text encoders that are CLIP, by the names of their components."""
    names = ("text_encoder", "text_encoder_2")
    encoders = {name: getattr(pipeline, name) for name in names}
    return {
        name: module
        for name, module in encoders.items()
        if module.config.model_type.startswith("clip")
    }
