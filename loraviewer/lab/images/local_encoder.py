"""Features by a network that sees pictures, from a folder that the person has: CLIP, SigLIP, DINO.

Nothing is fetched, no code of the folder runs, and pickled weights are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from torch import nn
from transformers import AutoImageProcessor, AutoModel

from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say

BATCH = 16


@dataclass(frozen=True)
class LocalEncoder:
    """A loaded network and how its pictures are made ready, as its folder says. Calling it with
    pictures gives one row each, float32: the image embedding of networks that know words as well,
    the pooled output of the others."""

    network: nn.Module
    prepare: Callable[..., dict[str, torch.Tensor]]

    @classmethod
    def open(cls, folder: Path) -> LocalEncoder:
        """From a folder as transformers writes it. Raises `FileError` where there is none."""
        try:
            network = AutoModel.from_pretrained(
                str(folder.resolve(strict=True)), local_files_only=True, use_safetensors=True,
                trust_remote_code=False, dtype=torch.float32,
            )  # fmt: skip
            prepare = AutoImageProcessor.from_pretrained(
                str(folder.resolve()), local_files_only=True, trust_remote_code=False
            )
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise FileError(
                say(
                    "“{folder}” holds no network that sees pictures: {why}",
                    folder=str(folder),
                    why=str(error),
                )
            ) from error
        if network.main_input_name != "pixel_values" and not _embeds(network):
            raise FileError(
                say("“{folder}” holds a network that sees no pictures", folder=str(folder))
            )
        return cls(network.eval().requires_grad_(False), prepare)

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        parts = [self._seen(pictures[at : at + BATCH]) for at in range(0, len(pictures), BATCH)]
        return torch.cat(parts).numpy()

    @torch.inference_mode()
    def _seen(self, pictures: np.ndarray) -> torch.Tensor:
        images = [Image.fromarray(one) for one in pictures]
        pixels = self.prepare(images=images, return_tensors="pt")["pixel_values"]
        name = "get_image_features" if _embeds(self.network) else "__call__"
        found = getattr(self.network, name)(pixel_values=pixels)
        return (found if isinstance(found, torch.Tensor) else _pooled(found)).float()


def _embeds(network: nn.Module) -> bool:
    return hasattr(network, "get_image_features")


def _pooled(found: object) -> torch.Tensor:
    """Of networks without a pooled output, the mean over all places."""
    pooled: torch.Tensor | None = getattr(found, "pooler_output", None)
    if pooled is not None:
        return pooled.flatten(1)
    hidden: torch.Tensor = found.last_hidden_state  # pyright: ignore[reportAttributeAccessIssue]
    return hidden.flatten(2).mean(2) if hidden.ndim == 4 else hidden.mean(1)
