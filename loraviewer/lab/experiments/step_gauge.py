"""How far the conditions of an experiment move one step, measured by an engine: on the way that the
base itself goes from noise to a picture, led along it step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import msgspec
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.conditions import BASE, Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.outcome import NotFinite
from loraviewer.core.request import GenerationRequest
from loraviewer.lab.one_step import Denoise, Probe, Reference

PROBED_STEPS = 4
"""Noise levels of each way: that of a picture in so many steps, or in fewer where it has fewer."""
_WAYS = 8
"""From so many noises in all, but at least one for each prompt."""


class WalkedStep(Protocol):
    """See `engine.rendering.walk.WalkedStep`."""

    @property
    def timestep(self) -> float: ...

    @property
    def latents(self) -> torch.Tensor: ...

    @property
    def output(self) -> torch.Tensor: ...


class Walker(Protocol):
    """The part of an engine that asks its network without making a picture."""

    def walked(
        self,
        request: GenerationRequest,
        disturbance: Disturbance | None,
        token: CancelToken,
        led: Sequence[Any] = (),
    ) -> Sequence[WalkedStep]: ...


class StepGauge:
    """Of one experiment. The base is asked once for each prompt and seed."""

    def __init__(
        self, walker: Walker, experiment: Experiment, token: CancelToken | None = None
    ) -> None:
        self._walker = walker
        self._token = token or CancelToken()
        self._prompts = experiment.prompts
        seeds = max(1, _WAYS // len(experiment.prompts))
        self._seeds = experiment.seeds[:seeds]
        steps = min(PROBED_STEPS, experiment.base.sampling.steps)
        sampling = msgspec.structs.replace(experiment.base.sampling, steps=steps)
        self._base = msgspec.structs.replace(experiment.base, sampling=sampling)
        self._ways: dict[tuple[str, int], Sequence[WalkedStep]] = {}
        self._references: dict[str, Reference] = {}

    def changes(self, condition: Condition) -> tuple[float, ...]:
        """‖ε' − ε₀‖ / ‖ε₀‖ of the guided output for each prompt; inf where numbers overflowed.
        Raises `Cancelled`, and what the engine raises."""
        return tuple(self.change(condition, prompt, self._token) for prompt in self._prompts)

    def change(self, condition: Condition, prompt: str, token: CancelToken) -> float:
        """As `changes`, of one prompt. What was asked of the base stays known, also where it is
        broken off."""
        if prompt not in self._references:
            own = [step for seed in self._seeds for step in self._way(prompt, seed, token)]
            probes = [Probe(step.timestep, step.latents) for step in own]
            self._references[prompt] = Reference.of(probes, _saying(own), token)
        try:
            found = [
                step for seed in self._seeds for step in self._led(condition, prompt, seed, token)
            ]
        except NotFinite:
            return math.inf
        return self._references[prompt].change(_saying(found), token)

    def _way(self, prompt: str, seed: int, token: CancelToken) -> Sequence[WalkedStep]:
        if (prompt, seed) not in self._ways:
            request = BASE.shot(self._base, prompt, seed).request
            self._ways[prompt, seed] = self._walker.walked(request, None, token)
        return self._ways[prompt, seed]

    def _led(
        self, condition: Condition, prompt: str, seed: int, token: CancelToken
    ) -> Sequence[WalkedStep]:
        shot = condition.shot(self._base, prompt, seed)
        way = self._way(prompt, seed, token)
        return self._walker.walked(shot.request, shot.disturbance, token, way)


def _saying(steps: Sequence[WalkedStep]) -> Denoise:
    """What was said already, in its order."""
    outputs: Iterator[torch.Tensor] = (step.output for step in steps)
    return lambda latents, timestep: next(outputs)
