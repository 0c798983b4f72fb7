"""A picture that cannot fit is refused before it is denoised, not after minutes of work.

A lower bound of what a step takes: the input, its norm, query, key, value and output of the widest
layer live at once. Real steps take more; whoever is let through may still run out of memory.
"""

from collections.abc import Mapping
from typing import Any

from loraviewer.core.allocator import give_back_freed_memory
from loraviewer.core.outcome import RequestError
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import figure, say
from loraviewer.core.sizes import bytes_text
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.compiling.captured import Graphs
from loraviewer.engine.device import free_memory

_LATENT_PX = 8
_USUAL_PATCH = 2
_ALIVE = 6


def check_room(
    checkpoint: Checkpoint,
    request: GenerationRequest,
    graphs: Graphs,
) -> None:
    """Raises `RequestError` where the picture needs more than is free, without `graphs` if need
    be."""
    needed = least_bytes(checkpoint, request)
    if needed <= _free(checkpoint) - graphs.held_bytes:
        return
    graphs.spare()
    give_back_freed_memory()  # what torch keeps for the next step counts as used until then
    free = _free(checkpoint)
    if needed > free:
        size = f"{request.sampling.width}×{request.sampling.height}"
        raise RequestError(
            say(
                "A picture of {size} needs at least {needed}, and {free} are free; make it "
                "smaller or close other programs.",
                size=size,
                needed=figure(bytes_text(needed)),
                free=figure(bytes_text(free)),
            )
        )


def least_bytes(checkpoint: Checkpoint, request: GenerationRequest) -> int:
    """What one denoising step takes at the very least; 0 for networks of an unknown build."""
    networks = checkpoint.networks
    sampling = request.sampling
    latent = (sampling.width // _LATENT_PX) * (sampling.height // _LATENT_PX)
    denoiser: Any = networks.get("unet") or networks.get("transformer")
    if denoiser is None:
        return 0
    channels = _first(denoiser.config, "block_out_channels") or _width(denoiser.config)
    values = latent * channels
    pictures = len(request.of_batch()) * (2 if sampling.guidance_scale > 1.0 else 1)
    return int(_ALIVE * values * pictures * checkpoint.compute.dtype.itemsize)


def _width(config: Mapping[str, Any]) -> float:
    """Channels of a transformer for each latent pixel."""
    heads, size = _first(config, "num_attention_heads"), _first(config, "attention_head_dim")
    patch = _first(config, "patch_size") or _USUAL_PATCH
    return heads * size / patch**2


def _first(config: Mapping[str, Any], name: str) -> int:
    """Settings may be one number or a list of them."""
    value = config.get(name, 0)
    found = value[0] if isinstance(value, list | tuple) and value else value
    return found if isinstance(found, int) else 0


def _free(checkpoint: Checkpoint) -> int:
    free = free_memory(checkpoint.compute.device)
    return free.host if free.device is None else free.device
