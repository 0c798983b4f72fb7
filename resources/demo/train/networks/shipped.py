"""The checkpoint as it ships, float32: what adapters are trained on and figures measured with.

Nothing of the base's own training is needed, so that one adapter can be trained anew from a
checkout alone.
"""

from __future__ import annotations

import torch
from diffusers import StableDiffusionPipeline

from resources.demo.train.workspace import BASE

from .diffusion import Sampler
from .unet import Pair


def shipped_sampler() -> Sampler:
    """The shipped folder's parts, without gradients."""
    pipe = StableDiffusionPipeline.from_pretrained(BASE, local_files_only=True)
    for part in (pipe.unet, pipe.text_encoder, pipe.vae):
        part.requires_grad_(False).float().to(memory_format=torch.channels_last)
    return Sampler(pipe.unet, pipe.text_encoder, pipe.tokenizer, pipe.vae)


def trainable(parts: Sampler) -> Pair:
    """The UNet and text encoder as one module of their own, with gradients."""
    pair = Pair(parts.tokenizer)
    pair.unet.load_state_dict(parts.unet.state_dict())
    pair.text_encoder.load_state_dict(parts.text_encoder.state_dict())
    return pair
