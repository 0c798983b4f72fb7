"""Settings of a checkpoint that no library refuses, but that no picture can be made with."""

import copy
import math
from pathlib import Path
from typing import Any

import torch

from loraviewer.core.outcome import CheckpointError
from loraviewer.engine.samplers import make_scheduler

_TRIAL_STEPS = 4
_TRIAL_WORDS = "a picture of something"


def check_usable(path: Path, pipeline: Any, scheduler_config: dict[str, Any], sampler: str) -> None:
    """A trial of what costs nothing: the latents' factors, a sampler's steps, the words' numbers.

    sampler: of the classic ones, "" where the pipeline keeps its own. Raises `CheckpointError`, and
    whatever the libraries raise for settings that they cannot use.
    """
    _check_factors(path, pipeline)
    if sampler:
        scheduler = make_scheduler(sampler, scheduler_config, _TRIAL_STEPS)
    else:
        scheduler = copy.deepcopy(pipeline.scheduler)
    _check_steps(path, scheduler)
    has_own_words = path.is_dir()  # else they are ours
    for name, tokenizer in pipeline.components.items() if has_own_words else ():
        encoder = pipeline.components.get(name.replace("tokenizer", "text_encoder"))
        if name.startswith("tokenizer") and tokenizer is not None and encoder is not None:
            _check_words(path, name, tokenizer, encoder)


def _check_factors(path: Path, pipeline: Any) -> None:
    config = getattr(getattr(pipeline, "vae", None), "config", {})
    factor, shift = config.get("scaling_factor"), config.get("shift_factor")
    for name, value, is_good in (
        ("scaling_factor", factor, factor != 0),
        ("shift_factor", shift, True),
    ):
        if isinstance(value, int | float) and not (is_good and math.isfinite(value)):
            raise CheckpointError(f"{path}: the {name} of its VAE is {value}; the file is damaged.")


def _check_steps(path: Path, scheduler: Any) -> None:
    shifts = {"mu": 1.0} if scheduler.config.get("use_dynamic_shifting") else {}
    scheduler.set_timesteps(_TRIAL_STEPS, **shifts)
    steps = torch.as_tensor(scheduler.timesteps, dtype=torch.float32)
    sigmas = torch.as_tensor(getattr(scheduler, "sigmas", steps), dtype=torch.float32)
    is_finite = bool(torch.isfinite(steps).all() and torch.isfinite(sigmas).all())
    if not (len(steps) and is_finite and float(sigmas.max()) > 0.0):
        raise CheckpointError(
            f"{path}: its scheduler describes no noise, or noise without end; its "
            "scheduler_config.json is damaged."
        )


def _check_words(path: Path, name: str, tokenizer: Any, encoder: Any) -> None:
    numbers = torch.as_tensor(tokenizer(text=_TRIAL_WORDS)["input_ids"]).flatten()
    if not len(numbers):
        raise CheckpointError(f"{path}: its {name} finds no words; its vocabulary is damaged.")
    embeddings = getattr(encoder, "get_input_embeddings", lambda: None)()
    known = getattr(embeddings, "num_embeddings", None)
    if known is not None and int(numbers.max()) >= known:
        raise CheckpointError(
            f"{path}: its {name} has other words than its text encoder, which knows {known:,}."
        )
