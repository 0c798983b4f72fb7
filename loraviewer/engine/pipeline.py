"""The stages of one picture as plain functions over a checkpoint: encode, denoise, decode."""

from typing import Any

from loraviewer.core.picture import Picture
from loraviewer.core.request import Sampling
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.renderers.base import Watch
from loraviewer.engine.renderers.kept_steps import KeptStep


def encode_prompt(checkpoint: Checkpoint, text: str, is_negative: bool) -> Any:
    """One prompt as the checkpoint's pipeline takes it."""
    return checkpoint.renderer.encode(text, is_negative)


def denoise(
    checkpoint: Checkpoint,
    sampling: Sampling,
    positive: Any,
    negative: Any,
    watch: Watch,
    kept: KeptStep | None = None,
) -> Any:
    """What `decode` makes a picture of. `Cancelled` after any step. kept: where to start, None for
    pure noise."""
    return checkpoint.renderer.denoise(sampling, positive, negative, watch, kept)


def decode(checkpoint: Checkpoint, denoised: Any) -> Picture:
    return checkpoint.renderer.decode(denoised)
