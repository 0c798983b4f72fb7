"""How far a stack moves one step of denoising: a gauge of its damage that a second of work gives.

‖ε_S − ε_0‖ / ‖ε_0‖ of the guided output, over some noisy latents at some timesteps: ε_0 of the
base, ε_S of the same network with the stack on it. Unlike a norm of weights it knows which of
their directions the pictures use. 0 is the base; 1 is a change as large as the output itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from loraviewer.core.cancel import CancelToken

Denoise = Callable[[torch.Tensor, float], torch.Tensor]
"""(noisy latents (n, …), timestep) → what the network predicts of them, after guidance, of the same
shape: noise or velocity, whichever it is made for. Prompts and the stack are the callable's own;
the i-th latents belong to the i-th prompt."""


@dataclass(frozen=True, eq=False)
class Probe:
    """Latents (n, …) as noisy as the timestep says: best those that the base itself comes by."""

    timestep: float
    latents: torch.Tensor


@dataclass(frozen=True, eq=False)
class Reference:
    """The base's outputs for some probes, against which any stack is measured."""

    probes: tuple[Probe, ...]
    outputs: tuple[torch.Tensor, ...]  # float64, on the CPU

    @classmethod
    def of(
        cls, probes: Sequence[Probe], denoise: Denoise, token: CancelToken | None = None
    ) -> Reference:
        """denoise: with the base's weights. Raises `Cancelled` between probes."""
        outputs = tuple(_wide(output) for output in _outputs(probes, denoise, token))
        return cls(tuple(probes), outputs)

    def change(self, denoise: Denoise, token: CancelToken | None = None) -> float:
        """‖ε_S − ε_0‖ / ‖ε_0‖ over all probes together.

        denoise: with the stack on. Only float32 networks tell small stacks from rounding. nan where
        the base's output is 0. Raises `Cancelled` between probes.
        """
        return _ratio(sum(self._moved(denoise, token)), sum(map(_energy, self.outputs)))

    def changes(self, denoise: Denoise, token: CancelToken | None = None) -> list[float]:
        """The same of each probe by itself."""
        moved = self._moved(denoise, token)
        return [_ratio(one, _energy(own)) for one, own in zip(moved, self.outputs, strict=True)]

    def _moved(self, denoise: Denoise, token: CancelToken | None) -> list[float]:
        """‖ε_S − ε_0‖² of each probe."""
        found = _outputs(self.probes, denoise, token)
        return [_energy(_wide(one) - own) for one, own in zip(found, self.outputs, strict=True)]


@torch.no_grad()
def _outputs(
    probes: Sequence[Probe], denoise: Denoise, token: CancelToken | None
) -> Iterator[torch.Tensor]:
    for probe in probes:
        if token is not None:
            token.raise_if_cancelled()
        yield denoise(probe.latents, probe.timestep)


def _energy(values: torch.Tensor) -> float:
    return values.square().sum().item()


def _ratio(moved: float, own: float) -> float:
    return math.sqrt(moved / own) if own else math.nan


def _wide(values: torch.Tensor) -> torch.Tensor:
    return values.detach().to("cpu", torch.float64, copy=True)
