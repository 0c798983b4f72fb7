"""The stages of one picture as plain functions over a checkpoint: encode, denoise, decode."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from loraviewer.core.decoding import next_smaller_edge_px, tile_edge_px
from loraviewer.core.encodable import encodable
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.request import Sampling
from loraviewer.core.sentences import say
from loraviewer.engine.checkpoint import Checkpoint, explaining
from loraviewer.engine.device import FreeMemory, free_caches, free_memory
from loraviewer.engine.rendering.finite import check_finite
from loraviewer.engine.rendering.renderers.base import Decoded, Watch
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep

_LEAST_GUIDED = 1.0
"""Classifier-free guidance up to here leaves the negative prompt out."""
_NO_PICTURE = say("no picture can be made with this checkpoint")


def prompt_chunks(checkpoint: Checkpoint, sampling: Sampling) -> int:
    """Into how many chunks both prompts are read; 0 for letters, as `Renderer.encode` has it. A
    negative prompt that is not used asks for none."""
    renderer = checkpoint.renderer
    if sampling.words == "plain":
        return 0
    is_guided = renderer.takes_negative and sampling.guidance_scale > _LEAST_GUIDED
    prompts = (sampling.prompt, *([sampling.negative_prompt] if is_guided else []))
    with explaining(checkpoint.path, _NO_PICTURE):
        return max(map(renderer.chunks, prompts))


def encode_prompt(checkpoint: Checkpoint, text: str, is_negative: bool, chunks: int = 0) -> Any:
    """One prompt as the checkpoint's pipeline takes it. Tokenizers take no half characters, as a
    paste or a command line may hold. chunks: as of `Renderer.encode`. `NotFinite` where the text
    encoders overflow."""
    with explaining(checkpoint.path, _NO_PICTURE), checkpoint.placement.using("text_encoders"):
        embedding = checkpoint.renderer.encode(encodable(text), is_negative, chunks)
        check_finite(embedding)
        return embedding


def denoise(
    checkpoint: Checkpoint,
    sampling: Sampling,
    positive: Any,
    negative: Any,
    watch: Watch,
    kept: KeptStep | None = None,
    seeds: Sequence[int] = (),
    prediction: Prediction = AS_FOUND,
) -> Sequence[Any]:
    """What `decode` makes pictures of: one, or one for each of `seeds`. `Cancelled` after any step,
    `NotFinite` if one of them is. kept: where to start, None for pure noise. prediction: what is to
    be taken otherwise than the checkpoint says."""
    with explaining(checkpoint.path, _NO_PICTURE), checkpoint.placement.denoising():
        made = checkpoint.renderer.denoise(
            sampling, positive, negative, watch, kept, seeds, prediction
        )
        check_finite(made)
        return made


def decode(
    checkpoint: Checkpoint,
    denoised: Any,
    size: tuple[int, int],
    measure: Callable[[torch.device], FreeMemory] = free_memory,
    spare: Callable[[], bool] = lambda: False,
) -> Decoded:
    """size: (width, height) in pixels. In tiles where memory is short, and once more in smaller
    ones where it ran out all the same. measure: what is free on a device. spare: gives memory back
    that matters less than a picture in one piece; whether there was any. `NotFinite` where the VAE
    overflows in float32, too."""
    with explaining(checkpoint.path, _NO_PICTURE), checkpoint.placement.using("vae"):
        return _decoded(checkpoint, denoised, size, measure, spare)


def _decoded(
    checkpoint: Checkpoint,
    denoised: Any,
    size: tuple[int, int],
    measure: Callable[[torch.device], FreeMemory],
    spare: Callable[[], bool],
) -> Decoded:
    renderer, device = checkpoint.renderer, checkpoint.compute.device

    def fitting_px() -> int:
        free = measure(device)
        room = free.host if free.device is None else free.device
        return tile_edge_px(*size, renderer.pixel_bytes, room)

    tile_px = fitting_px()
    if tile_px and spare():
        tile_px = fitting_px()
    smaller_px = next_smaller_edge_px(*size, tile_px) if renderer.pixel_bytes else 0
    try:
        return renderer.decode(denoised, tile_px)
    except (RuntimeError, MemoryError) as error:
        if not smaller_px or not is_out_of_memory(error):
            raise
    # After the except block: its traceback would keep the tensors alive.
    spare()
    free_caches(device)
    return renderer.decode(denoised, smaller_px)
