"""Toy networks and random adapter files; this imports neither diffusers nor transformers."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.dora import ROWS, DoraDelta
from loraviewer.adapters.kinds.oft import RotatedRows
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import place
from loraviewer.adapters.targets import Landing, Target, WeightKey
from loraviewer.core.stack import AppliedAdapter

DTYPES = [torch.float32, torch.bfloat16, torch.float16]


class Toy(nn.Module):
    """Seven small layers, linear and convolutional, for tests that need many networks."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, 8, 3)
        self.last = nn.Conv2d(8, 4, 3, bias=False)
        self.proj_in = nn.Conv2d(8, 8, 1)
        self.inner = nn.ModuleList([nn.Linear(8, 24), nn.Linear(24, 8, bias=False)])


def toy_components(dtype: torch.dtype = torch.float32) -> dict[str, nn.Module]:
    """A toy denoiser and a toy text encoder; the same weights on every call."""
    torch.manual_seed(3)
    networks: dict[str, nn.Module] = {"unet": Toy(), "text_encoder": Toy()}
    return {name: network.to(dtype) for name, network in networks.items()}


TOY_KEYS = [
    ("text_encoder", "inner.0.weight"),
    ("text_encoder", "inner.1.weight"),
    ("unet", "first.weight"),
    ("unet", "inner.0.weight"),
    ("unet", "inner.1.weight"),
    ("unet", "last.weight"),
    ("unet", "proj_in.weight"),
]
"""Weights of the toy components in the order in which they are merged."""


def toy_adapter(
    name: str, seed: int, keys: Sequence[WeightKey] = TOY_KEYS, rank: int = 3
) -> Adapter:
    """A random adapter of some weights; `name` is one character, repeated to make the hash."""
    generator = torch.Generator().manual_seed(seed)
    networks, weights = toy_components(), {}
    for component, parameter in keys:
        shape = networks[component].get_parameter(parameter).shape
        up = torch.randn(shape[0], rank, generator=generator)
        down = torch.randn(rank, shape.numel() // shape[0], generator=generator)
        weights[component, parameter] = LowRankDelta(up, down, 0.25)
    return Adapter(name * 64, name, f"{name}.safetensors", weights)


def with_dense(adapter: Adapter, seed: int) -> Adapter:
    """The adapter with changes that have no low-rank form and depend on the base: DoRA around its
    own factors, and rows that are rotated."""
    components, weights = toy_components(), dict(adapter.weights)
    generator = torch.Generator().manual_seed(seed)
    for i, (component, parameter) in enumerate(adapter.weights):
        shape = tuple(components[component].get_parameter(parameter).shape)
        inner = adapter.weights[component, parameter]
        assert isinstance(inner, LowRankDelta)
        magnitude = torch.rand(shape[0], generator=generator)
        turns = torch.randn(shape[0] // 4, 4, 4, generator=generator, dtype=torch.float64)
        dora = DoraDelta(inner, magnitude, ROWS, math.prod(shape[2:]))
        landing = Landing(Target(component, parameter.rpartition(".")[0], {"weight": shape}))
        delta = dora if i % 2 else RotatedRows(turns, None)
        placed = place(delta, (landing,), shape)
        weights |= placed
    return Adapter(adapter.sha256, adapter.name, adapter.path, weights)


def lora_tensors(
    modules: Mapping[str, tuple[tuple[int, ...], int]],
    seed: int,
    *,
    dtype: torch.dtype = torch.float32,
    alpha: float | None = 2.0,
) -> dict[str, torch.Tensor]:
    """kohya tensors of a random LoRA."""
    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}
    for name, (shape, rank) in modules.items():
        ones = (1,) * (len(shape) - 2)
        up = torch.randn(shape[0], rank, *ones, generator=generator) * 0.3
        down = torch.randn(rank, *shape[1:], generator=generator) * 0.3
        tensors[f"{name}.lora_up.weight"] = up.to(dtype)
        tensors[f"{name}.lora_down.weight"] = down.to(dtype)
        if alpha is not None:
            tensors[f"{name}.alpha"] = torch.tensor(alpha, dtype=dtype)
    return tensors


def write_lora(
    path: Path,
    tensors: Mapping[str, torch.Tensor],
    metadata: dict[str, str] | None = None,
) -> Path:
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata)
    return path


def use(*pairs: tuple[Adapter, float]) -> list[AppliedAdapter]:
    """A stack with the same scale for denoiser and text encoder."""
    return [AppliedAdapter(a.sha256, s, s) for a, s in pairs]


def pool(*adapters: Adapter) -> dict[str, Adapter]:
    return {a.sha256: a for a in adapters}


def weights(components: Mapping[str, nn.Module]) -> dict[str, torch.Tensor]:
    """Copies of all live tensors by name."""
    return {
        f"{name}.{key}": tensor.clone()
        for name, network in components.items()
        for key, tensor in network.state_dict().items()
    }


def equal_weights(left: Mapping[str, torch.Tensor], right: Mapping[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[k], right[k]) for k in left)
