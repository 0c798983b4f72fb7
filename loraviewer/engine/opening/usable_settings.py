"""Settings of a checkpoint that no library refuses, but that no picture can be made with."""

import copy
import math
import os
from pathlib import Path
from typing import Any

import torch

from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say
from loraviewer.engine.opening.tokenizers import CHATGLM
from loraviewer.engine.rendering.samplers import make_scheduler

_TRIAL_STEPS = 4
_LEAST_FACTOR, _MOST_FACTOR = 1e-4, 1e4
"""Those of known VAEs lie between 0.1 and 2."""
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
    if sampler:
        latents = torch.zeros(1, 4, 8, 8)
        scheduler.step(latents, scheduler.timesteps[0], latents)
    is_folder = os.path.isdir(path)
    for name, tokenizer in pipeline.components.items():
        encoder = pipeline.components.get(name.replace("tokenizer", "text_encoder"))
        if not name.startswith("tokenizer") or tokenizer is None or encoder is None:
            continue
        if is_folder or _is_chatglm(tokenizer):  # those of most single files are ours
            place = path / name if is_folder else path
            _check_words(place, tokenizer, encoder, is_classic=bool(sampler))


def _check_factors(path: Path, pipeline: Any) -> None:
    config = getattr(getattr(pipeline, "vae", None), "config", {})
    factor, shift = config.get("scaling_factor", 1.0), config.get("shift_factor") or 0.0
    is_good = all(isinstance(value, int | float) for value in (factor, shift))
    if not (is_good and _LEAST_FACTOR < abs(factor) < _MOST_FACTOR and abs(shift) < _MOST_FACTOR):
        raise CheckpointError(
            say(
                "{path}: the factors of its latents, {factor} and {shift}, are none; the file "
                "config.json is damaged.",
                path=str(path / "vae"),
                factor=factor,
                shift=shift,
            )
        )


def _check_steps(path: Path, scheduler: Any) -> None:
    shifts = {"mu": 1.0} if scheduler.config.get("use_dynamic_shifting") else {}
    scheduler.set_timesteps(_TRIAL_STEPS, **shifts)
    steps = torch.as_tensor(scheduler.timesteps, dtype=torch.float32)
    sigmas = torch.as_tensor(getattr(scheduler, "sigmas", steps), dtype=torch.float32)
    is_finite = bool(torch.isfinite(steps).all() and torch.isfinite(sigmas).all())
    if not (len(steps) and is_finite and float(sigmas.max()) > 0.0):
        raise CheckpointError(
            say(
                "{path}: its scheduler describes no noise, or noise without end; its "
                "scheduler_config.json is damaged.",
                path=str(path),
            )
        )


def _check_words(folder: Path, tokenizer: Any, encoder: Any, is_classic: bool) -> None:
    length = tokenizer.model_max_length if hasattr(tokenizer, "model_max_length") else 1
    known = getattr(encoder.config, "max_position_embeddings", None)
    longest = known if is_classic and isinstance(known, int) else math.inf
    if not (isinstance(length, int | float) and 1 <= length <= longest):
        raise CheckpointError(
            say(
                "{path}: it takes texts of {length} words, which its text encoder does not; "
                "correct model_max_length in its tokenizer_config.json.",
                path=str(folder),
                length=length,
            )
        )
    if is_classic and not hasattr(tokenizer, "tokenize"):
        raise CheckpointError(
            say("{path}: this is no tokenizer; the folder is damaged.", path=str(folder))
        )
    padding = {"padding": "max_length", "max_length": int(length)} if is_classic else {}
    numbers = torch.as_tensor(tokenizer(text=_TRIAL_WORDS, **padding)["input_ids"]).flatten()
    if not len(numbers):
        raise CheckpointError(
            say("{path}: it finds no words; its vocabulary is damaged.", path=str(folder))
        )
    embeddings = getattr(encoder, "get_input_embeddings", lambda: None)()
    words = getattr(embeddings, "num_embeddings", None)
    most = int(numbers.max())
    if _is_chatglm(tokenizer):  # no trial finds its rarest words
        most = max(most, tokenizer.vocab_size - 1)
    if words is not None and most >= words:
        raise CheckpointError(
            say(
                "{path}: it has other words than its text encoder, which knows {words:,}.",
                path=str(folder),
                words=words,
            )
        )


def _is_chatglm(tokenizer: Any) -> bool:
    return type(tokenizer).__name__ == CHATGLM
