"""The demo's judge: a small convolutional network that names what a picture shows.

It ships beside the demo checkpoint and knows its drawings only: subject, place, colour of the
subject, and whether a girl or boy has a whole face. Its labels lie in its own file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn import functional as F  # noqa: N812

from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.lab.verdict import Verdict

WIDTHS = (3, 32, 64, 96, 128)
SIDE = 128
BATCH = 64


class JudgeNetwork(nn.Module):
    """(N, 3, 128, 128) in -1 to 1 -> one tensor of logits (N, answers) per question.

    It looks at 64x64: what smears at 128 is still told apart.
    """

    def __init__(self, answers: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for into, out in pairwise(WIDTHS):
            layers += [nn.Conv2d(into, out, 3, stride=2, padding=1), nn.BatchNorm2d(out), nn.ReLU()]
        self.body = nn.Sequential(*layers)  # -> (N, 128, 4, 4)
        self.heads = nn.ModuleList(nn.Linear(WIDTHS[-1] * 16, count) for count in answers)

    def forward(self, batch: torch.Tensor) -> list[torch.Tensor]:
        seen = self.body(F.avg_pool2d(batch, 2)).flatten(1)
        return [head(seen) for head in self.heads]


@dataclass(frozen=True)
class Judge:
    """The trained network and what its outputs mean, by question."""

    network: JudgeNetwork
    answers: Mapping[str, Sequence[str]]

    @classmethod
    def load(cls, path: Path) -> Judge:
        """From its safetensors file. Raises `FileError` where it is none."""
        try:
            with safe_open(path, "pt") as file:
                answers = json.loads(file.metadata()["answers"])
                weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
            network = JudgeNetwork([len(names) for names in answers.values()])
            network.load_state_dict(weights)
        except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise FileError(
                say("“{path}” is no judge's file: {why}", path=str(path), why=str(error))
            ) from error
        return cls(network.eval().requires_grad_(False), answers)

    def ask(self, images: np.ndarray) -> Verdict:
        """Judge pictures uint8 (N, 128, 128, 3)."""
        parts = [self._logits(part) for part in _batches(images)]
        joined = [torch.cat(head).softmax(1).numpy() for head in zip(*parts, strict=True)]
        return Verdict(self.answers, dict(zip(self.answers, joined, strict=True)))

    @torch.inference_mode()
    def _logits(self, images: np.ndarray) -> list[torch.Tensor]:
        batch = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
        return self.network(batch.float() / 127.5 - 1)


def _batches(images: np.ndarray) -> Iterator[np.ndarray]:
    if images.shape[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"the judge sees {SIDE} x {SIDE} pictures, not {images.shape[1:]}")
    for at in range(0, len(images), BATCH):
        yield images[at : at + BATCH]
