"""Samplers by the names artists know, built from the checkpoint's own scheduler configuration."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch

from loraviewer.core.outcome import RequestError
from loraviewer.core.prediction import EPSILON, V_PREDICTION, Prediction
from loraviewer.core.schedulers import SCHEDULERS, STOCHASTICITY
from loraviewer.core.sentences import say

_NOISE_SCHEDULE = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
    "set_alpha_to_one",
)
"""What the checkpoint was trained with; everything else belongs to the sampler."""

_DISTILLED = frozenset({"LCM", "TCD"})
_LCM_TRAINING_STEPS = 50


def make_scheduler(name: str, config: Mapping[str, Any], steps: int) -> Any:
    """A fresh scheduler with the checkpoint's betas and prediction type.

    Spacing follows the sampler, except that a checkpoint made for "trailing" keeps it. Raises
    `RequestError` for an unknown name.
    """
    import diffusers

    if name not in SCHEDULERS:
        raise RequestError(
            say(
                "There is no sampler “{name}”; choose one of {known}.",
                name=name,
                known=", ".join(SCHEDULERS),
            )
        )
    class_name, own = SCHEDULERS[name]
    scheduler_class = getattr(diffusers, class_name)
    values = {key: config[key] for key in _NOISE_SCHEDULE if key in config} | dict(own)
    if config.get("timestep_spacing") == "trailing":
        values["timestep_spacing"] = "trailing"
    if name in _DISTILLED:
        values["original_inference_steps"] = max(_LCM_TRAINING_STEPS, steps)
    accepted = inspect.signature(scheduler_class.__init__).parameters
    return scheduler_class(**{key: value for key, value in values.items() if key in accepted})


def eta_of(name: str) -> dict[str, float]:
    """What a pipeline's call is told of how much noise the steps add; nothing where that is 0."""
    return {"eta": STOCHASTICITY[name]} if name in STOCHASTICITY else {}


ZERO_TERMINAL_SNR: Mapping[str, Any] = {
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}


def predicts(config: Mapping[str, Any]) -> Prediction | None:
    """What a checkpoint predicts by its scheduler's configuration, complete; None where that is
    neither noise nor velocity."""
    zero_snr = bool(config.get("rescale_betas_zero_snr", False))
    match config.get("prediction_type", EPSILON):
        case "epsilon":
            return Prediction(EPSILON, zero_snr)
        case "v_prediction":
            return Prediction(V_PREDICTION, zero_snr)
        case _:
            return None


def with_prediction(config: Mapping[str, Any], prediction: Prediction) -> dict[str, Any]:
    """The configuration with what `prediction` says of it."""
    changed = dict(config)
    if prediction.type:
        changed["prediction_type"] = prediction.type
    if prediction.zero_snr:
        changed |= ZERO_TERMINAL_SNR
    elif prediction.zero_snr is False and config.get("rescale_betas_zero_snr"):
        changed["rescale_betas_zero_snr"] = False
        changed.pop("timestep_spacing", None)  # it came with the other
    return changed


_OWN_SAMPLERS = {
    "FlowMatchLCMScheduler": "LCM",
    "LCMScheduler": "LCM",
    "TCDScheduler": "TCD",
    "DPMSolverMultistepScheduler": "DPM++ 2M",
    "UniPCMultistepScheduler": "UniPC",
    "DDIMScheduler": "DDIM",
    "DDPMScheduler": "Euler a",
    "EulerAncestralDiscreteScheduler": "Euler a",
}
"""Scheduler classes of pipelines that keep theirs → the sampler that artists know them as."""


def own_sampler(scheduler: Any) -> str:
    """What to call a scheduler that its pipeline keeps; flow matching takes Euler's steps."""
    return _OWN_SAMPLERS.get(type(scheduler).__name__, "Euler")


class PredictedImage:
    """Listens to a scheduler's steps and keeps its newest guess of the finished latents (x₀)."""

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        self._latents: torch.Tensor | None = None
        scheduler.step = self._listening(scheduler.step)

    @property
    def latents(self) -> torch.Tensor | None:
        """(batch, channels, height, width), or None before the first step."""
        return self._latents

    def _listening(self, step: Callable[..., tuple]) -> Callable[..., tuple]:
        @functools.wraps(step)  # the pipeline looks at the signature
        def listening(*args: Any, **kwargs: Any) -> tuple:
            results = step(*args, **kwargs)
            self._latents = results[1] if len(results) > 1 else self._newest_model_output(*args[:3])
            return results

        return listening

    def _newest_model_output(self, *inputs: Any) -> torch.Tensor | None:
        """Multistep solvers keep their converted predictions, newest last; flow matching takes
        x₀ = x − σ·v from (v, timestep, x)."""
        outputs = getattr(self._scheduler, "model_outputs", None)
        if outputs:
            return outputs[-1]
        if not type(self._scheduler).__name__.startswith("FlowMatchEuler") or len(inputs) < 3:
            return None
        velocity, _, sample = inputs
        return sample - self._scheduler.sigmas[self._scheduler.step_index - 1] * velocity
