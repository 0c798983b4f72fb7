"""The demo's judge without torch, whose import takes longer than judging hundreds of pictures.

The network of `judge`, layer by layer in numpy; the two agree to about 1e-5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from safetensors import SafetensorError, safe_open

from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.lab.verdict import Verdict

SIDE = 128
BATCH = 16
_EPSILON = 1e-5
"""Of batch norm, as torch has it."""
_LAYERS = (0, 3, 6, 9)
"""Where convolutions lie in the body; each is followed by its norm."""
_PER_NORM = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True)
class QuickJudge:
    """Implements `AnyJudge`. weights: float32, by the names of `judge.JudgeNetwork`."""

    weights: Mapping[str, np.ndarray]
    answers: Mapping[str, Sequence[str]]

    @classmethod
    def load(cls, path: Path) -> QuickJudge:
        """From its safetensors file. Raises `FileError` where it is none."""
        try:
            with safe_open(path, "np") as file:
                answers = json.loads(file.metadata()["answers"])
                names = list(file.keys())
                weights = {name: file.get_tensor(name).astype(np.float32) for name in names}
            judge = cls(weights, answers)
            judge.ask(np.zeros((1, SIDE, SIDE, 3), np.uint8))
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise FileError(
                say("“{path}” is no judge's file: {why}", path=str(path), why=str(error))
            ) from error
        return judge

    def ask(self, images: np.ndarray) -> Verdict:
        """See `AnyJudge`."""
        if images.shape[1:] != (SIDE, SIDE, 3):
            raise ValueError(f"the judge sees {SIDE} x {SIDE} pictures, not {images.shape[1:]}")
        parts = [self._seen(images[at : at + BATCH]) for at in range(0, len(images), BATCH)]
        seen = np.concatenate(parts)
        heads = {
            question: _softmax(seen @ self._of(f"heads.{at}", "weight").T + self._bias(at))
            for at, question in enumerate(self.answers)
        }
        return Verdict(self.answers, heads)

    def _seen(self, images: np.ndarray) -> np.ndarray:
        """(N, 2048), as the heads get it."""
        light = np.asarray(images, np.float32) / 127.5 - 1
        halves = light.reshape(len(images), SIDE // 2, 2, SIDE // 2, 2, 3).mean((2, 4))
        values = halves.transpose(0, 3, 1, 2)
        for at in _LAYERS:
            values = np.maximum(self._normed(at + 1, self._convolved(at, values)), 0)
        return values.reshape(len(images), -1)

    def _convolved(self, at: int, values: np.ndarray) -> np.ndarray:
        """3 × 3, every second place, a frame of zeros: (N, in, h, w) → (N, out, h/2, w/2)."""
        weight, bias = self._of(f"body.{at}", "weight"), self._of(f"body.{at}", "bias")
        framed = np.pad(values, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = sliding_window_view(framed, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
        count, _, height, width = windows.shape[:4]
        rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(count * height * width, -1)
        found = rows @ weight.reshape(len(weight), -1).T + bias
        return found.reshape(count, height, width, -1).transpose(0, 3, 1, 2)

    def _normed(self, at: int, values: np.ndarray) -> np.ndarray:
        scale, shift, mean, variance = (
            self._of(f"body.{at}", name)[:, None, None] for name in _PER_NORM
        )
        return (values - mean) / np.sqrt(variance + np.float32(_EPSILON)) * scale + shift

    def _bias(self, head: int) -> np.ndarray:
        return self._of(f"heads.{head}", "bias")

    def _of(self, layer: str, name: str) -> np.ndarray:
        return self.weights[f"{layer}.{name}"]


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)
