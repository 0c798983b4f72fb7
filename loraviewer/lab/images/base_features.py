"""Features of pictures by the base itself: no other network is needed, and none is fetched.

The weights must be the base's own while they are taken: a network with a stack in it would be asked
to judge what it made. All run on the device and in the precision of the network, in batches, and
come back as float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

BATCH = 8
MIDDLE_TIMESTEP = 261
"""Of 1000: where Tang et al. (2023, arXiv:2306.03881) see best what corresponds to what."""


@dataclass(frozen=True)
class LatentFeatures:
    """What the base's autoencoder keeps of a picture, without its sampling noise: (n, channels, h,
    w). vae: of diffusers' `AutoencoderKL` kind. Sides must be what it can halve."""

    vae: nn.Module

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        return _joined(self.encode(batch).float() for batch in _batches(pictures, self.vae))

    @torch.inference_mode()
    def encode(self, batch: torch.Tensor) -> torch.Tensor:
        """(n, 3, height, width) in −1 … 1 → the mode, in the units that the denoiser sees."""
        mode = self.vae.encode(batch).latent_dist.mode()  # pyright: ignore[reportCallIssue]
        scaling: float = self.vae.config.scaling_factor  # pyright: ignore
        shift: float | None = getattr(self.vae.config, "shift_factor", None)
        return (mode - (shift or 0.0)) * scaling


@dataclass(frozen=True)
class MiddleFeatures:
    """What the middle block of the base's UNet makes of a picture, made noisy with the same noise
    for all: (n, channels, h, w).

    words: (1, tokens, width), the text encoder's output for the prompt that is asked about; the
    empty one asks about none. kept: ᾱ of the timestep, the share of the picture's variance that is
    left there (`scheduler.alphas_cumprod[timestep]`).
    """

    latents: LatentFeatures
    unet: nn.Module
    words: torch.Tensor
    kept: float
    timestep: int = MIDDLE_TIMESTEP
    seed: int = 0

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        batches = _batches(pictures, self.latents.vae)
        return _joined(self._middle(self.latents.encode(batch)).float() for batch in batches)

    @torch.inference_mode()
    def _middle(self, clean: torch.Tensor) -> torch.Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        noise = torch.randn(clean.shape[1:], generator=generator).to(clean)
        noisy = self.kept**0.5 * clean + (1 - self.kept) ** 0.5 * noise
        like = next(self.unet.parameters())
        words = self.words.to(like).expand(len(noisy), -1, -1)
        with _overheard(self.unet.get_submodule("mid_block")) as heard:
            self.unet(noisy.to(like), self.timestep, encoder_hidden_states=words)
        return heard[0]


@contextmanager
def _overheard(module: nn.Module) -> Iterator[list[torch.Tensor]]:
    """What the module returns meanwhile."""
    outputs: list[torch.Tensor] = []

    def listen(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        outputs.append(output)

    hook = module.register_forward_hook(listen)
    try:
        yield outputs
    finally:
        hook.remove()


def _batches(pictures: np.ndarray, network: nn.Module) -> Iterator[torch.Tensor]:
    like = next(network.parameters())
    for at in range(0, len(pictures), BATCH):
        part = torch.from_numpy(np.array(pictures[at : at + BATCH])).permute(0, 3, 1, 2)
        yield (part.float() / 127.5 - 1).to(like)


def _joined(parts: Iterator[torch.Tensor]) -> np.ndarray:
    return np.concatenate([part.cpu().numpy() for part in parts])
