"""What the network says at each step on the way to a picture, or on the way of another stack."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from loraviewer.engine.rendering.output_noise import OutputNoise


@dataclass(frozen=True, eq=False)
class WalkedStep:
    """`latents`, `output`: what the sampler is given at a step, the noisy latents and the guided
    output of the network for them; (1, …) in float32 on the CPU."""

    timestep: float
    latents: torch.Tensor
    output: torch.Tensor


class Walk:
    """Implements `picture_maker.Outputs`: listens, and may lead."""

    def __init__(self, noise: OutputNoise | None = None, led: Sequence[WalkedStep] = ()) -> None:
        """noise: what is added on the way. led: steps of another walk of the same length, seed and
        size; its outputs are what the sampler goes by, so that the latents are those of that walk,
        bit for bit."""
        self._noise = noise
        self._led = led
        self.steps: list[WalkedStep] = []

    def in_force(self) -> contextlib.AbstractContextManager[None]:
        return self._noise.in_force() if self._noise else contextlib.nullcontext()

    def guided(self, output: torch.Tensor, timestep: Any, latents: torch.Tensor) -> torch.Tensor:
        if self._noise is not None:
            output = self._noise.guided(output, timestep, latents)
        at = len(self.steps)
        self.steps.append(WalkedStep(float(timestep), _kept(latents), _kept(output)))
        return self._led[at].output.to(output) if self._led else output


def _kept(values: torch.Tensor) -> torch.Tensor:
    return values.detach().to("cpu", torch.float32, copy=True)
