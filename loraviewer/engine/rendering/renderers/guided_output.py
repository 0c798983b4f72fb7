"""What a sampler is given at each step: the guided output of the network, or something else."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch

Guided = Callable[[torch.Tensor, Any, torch.Tensor], torch.Tensor]
"""(guided output, timestep, latents) → what the sampler is given instead of that output, of the
same shape. Called once for each step of the sampler, in order."""


@contextlib.contextmanager
def stepping_with(scheduler: Any, guided: Guided | None) -> Iterator[None]:
    """Meanwhile `scheduler.step` goes by what `guided` says; None leaves it alone."""
    if guided is None:
        yield
        return
    inner, own = scheduler.step, vars(scheduler).get("step")

    @functools.wraps(inner)  # the pipeline looks at the signature
    def step(output: torch.Tensor, timestep: Any, latents: torch.Tensor, *rest: Any, **named: Any):
        return inner(guided(output, timestep, latents), timestep, latents, *rest, **named)

    scheduler.step = step
    try:
        yield
    finally:
        del scheduler.step
        if own is not None:
            scheduler.step = own
