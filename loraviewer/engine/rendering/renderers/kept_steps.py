"""Denoising that starts again in the middle: what a picture was after some of its steps.

A step is kept with its scheduler, because multistep solvers (DPM++ 2M, UniPC) remember earlier
predictions, and with the state of its noise, because ancestral samplers and LCM add some at every
step. With unchanged weights the remaining steps then give the same picture, bit for bit.
"""

import copy
from collections import deque
from dataclasses import dataclass
from typing import Any

import torch

KEPT_STEPS = 8
"""A draft begins at most so many steps before the end."""


@dataclass(frozen=True)
class KeptStep:
    """After `done` steps. `latents`: (1, channels, h, w); the scheduler is never stepped again."""

    done: int
    latents: torch.Tensor
    scheduler: Any
    noise_state: torch.Tensor

    def generator(self) -> torch.Generator:
        """A CPU generator that goes on where this step's noise ended."""
        generator = torch.Generator("cpu")
        generator.set_state(self.noise_state)
        return generator

    @property
    def bytes(self) -> int:
        """Of the latents and of what the solver remembers; schedules are shared and small."""
        remembered = [*_remembered(self.scheduler), self.latents, self.noise_state]
        return sum(tensor.numel() * tensor.element_size() for tensor in remembered)


class StepKeeper:
    """Keeps the last `KEPT_STEPS` steps of one picture while it is made."""

    def __init__(self) -> None:
        self._steps: deque[KeptStep] = deque(maxlen=KEPT_STEPS)

    def keep(
        self, done: int, latents: torch.Tensor, scheduler: Any, generator: torch.Generator
    ) -> None:
        self._steps.append(KeptStep(done, latents, snapshot(scheduler), generator.get_state()))

    @property
    def steps(self) -> tuple[KeptStep, ...]:
        return tuple(self._steps)


class ResumedScheduler:
    """A copy of a kept step's scheduler that offers a pipeline only the timesteps that are left.

    The copy itself still knows the whole schedule, which multistep solvers look at.
    """

    init_noise_sigma = 1.0  # the latents are scaled already

    def __init__(self, kept: KeptStep) -> None:
        self.inner = snapshot(kept.scheduler)
        self.timesteps = self.inner.timesteps[kept.done :]

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        """Nothing: they are set."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def snapshot(scheduler: Any) -> Any:
    """A scheduler in the same state that can be stepped on its own.

    Lists are copied; tensors are shared, since schedulers replace them and never write into them.
    What listens to `step` stays behind.
    """
    copied = copy.copy(scheduler)
    for name, value in vars(scheduler).items():
        if isinstance(value, list):
            setattr(copied, name, list(value))
    vars(copied).pop("step", None)
    return copied


def _remembered(scheduler: Any) -> list[torch.Tensor]:
    """Tensors of a picture's size that a solver keeps between steps."""
    values = [*(getattr(scheduler, "model_outputs", None) or ())]
    values.append(getattr(scheduler, "last_sample", None))
    return [value for value in values if isinstance(value, torch.Tensor)]
