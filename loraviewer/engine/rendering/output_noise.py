"""Gaussian numbers added to outputs while one picture is denoised: what a `Disturbance` says.

Drawn on the CPU from the numbers of the draw, the seed, the layer and the step, so that the same
picture comes of them anywhere and in any order.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from loraviewer.core.experiments.shots import Disturbance

_GUIDED = "guided output"
_BRANCHES = 2


@dataclass(frozen=True)
class NoisyLayer:
    """A linear layer or a convolution; `weight_energy`: ‖W₀‖² of its base weight."""

    name: str
    module: nn.Module
    weight_energy: float


class OutputNoise:
    """Of one picture: no batches. Counts its steps by what the sampler asks."""

    def __init__(
        self, disturbance: Disturbance, seed: int, layers: Sequence[NoisyLayer] = ()
    ) -> None:
        """layers: for activations only."""
        self._disturbance = disturbance
        self._seed = seed
        self._layers = layers
        self._step = 0

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """Hooks on the layers, and none of them afterwards, whatever happens meanwhile."""
        with contextlib.ExitStack() as stack:
            for layer in self._layers:
                hook = _LayerHook(self, layer)
                handle = layer.module.register_forward_hook(hook, with_kwargs=True)
                stack.callback(handle.remove)
            yield

    def guided(self, output: torch.Tensor, timestep: Any, latents: torch.Tensor) -> torch.Tensor:
        """The guided output as the sampler gets it, noisy if that is the place; the next step
        begins."""
        if self._disturbance.place == "guided":
            unit = self.unit(_GUIDED, tuple(output.shape), output.device)
            spread = self._disturbance.energy * output.float().square().mean().sqrt()
            output = output + (spread * unit).to(output.dtype)
        self._step += 1
        return output

    def at(self, layer: NoisyLayer, x: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
        """What is added to the output of a layer; x: its input."""
        energies = self._disturbance.energy**2 * _energies(layer, x)
        unit = self._unit_for(layer, output)
        return (energies.sqrt() * unit).to(output.dtype)

    def _unit_for(self, layer: NoisyLayer, output: torch.Tensor) -> torch.Tensor:
        """Each element with an expected square of 1. The same in both branches of guidance, as a
        change of weights is: one picture is made at a time, so two rows are its branches."""
        if self._disturbance.is_frozen:
            channel = 1 if _is_convolution(layer.module) else output.dim() - 1
            shape = tuple(size if at == channel else 1 for at, size in enumerate(output.shape))
        else:
            rows = 1 if len(output) == _BRANCHES else len(output)
            shape = (rows, *output.shape[1:])
        return self.unit(layer.name, shape, output.device)

    def unit(self, name: str, shape: tuple[int, ...], device: torch.device) -> torch.Tensor:
        """Of a frozen one the length is exact: on average it is that of fresh ones."""
        drawn = torch.randn(shape, generator=self._generator(name))
        if self._disturbance.is_frozen:
            drawn *= math.sqrt(drawn.numel()) / drawn.norm()
        return drawn.to(device)

    def _generator(self, name: str) -> torch.Generator:
        disturbance = self._disturbance
        moving = () if disturbance.is_frozen else (self._seed, self._step)
        said = "|".join(map(str, (disturbance.place, disturbance.draw, name, *moving)))
        digest = hashlib.sha256(said.encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


@dataclass(frozen=True)
class _LayerHook:
    """A forward hook of a layer."""

    noise: OutputNoise
    layer: NoisyLayer

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], output: Any
    ) -> torch.Tensor:
        x = args[0] if args else next(iter(kwargs.values()))
        return output + self.noise.at(self.layer, x, output)


def _is_convolution(module: nn.Module) -> bool:
    return not isinstance(module, nn.Linear)


def _energies(layer: NoisyLayer, x: torch.Tensor) -> torch.Tensor:
    """‖W₀‖²‖x‖²/(out · k) at each place of the output, float32, to be broadcast over its channels:
    the expected square of each element of Ex, for Gaussian E (out, k) as long as W₀. Of a
    convolution, x is the patch that the kernel sees."""
    module, squares = layer.module, x.float().square()
    if isinstance(module, nn.Linear):
        scale = layer.weight_energy / (module.out_features * module.in_features)
        return scale * squares.sum(-1, keepdim=True)
    assert isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d)
    kernel = (module.in_channels // module.groups, *module.kernel_size)
    ones = squares.new_ones(module.groups, *kernel)
    patches = module._conv_forward(squares, ones, None).clamp_min(0.0)  # type: ignore[arg-type]
    scale = layer.weight_energy / (module.out_channels * math.prod(kernel))
    return scale * patches.repeat_interleave(module.out_channels // module.groups, 1)
