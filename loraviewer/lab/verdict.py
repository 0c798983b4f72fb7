"""What a judge says of pictures, whatever reckons it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """What the judge says of N pictures: per question, each answer's probability (N, answers)."""

    answers: Mapping[str, Sequence[str]]
    probabilities: Mapping[str, np.ndarray]

    def best(self, question: str) -> list[str]:
        """The likeliest answer for each picture."""
        names = self.answers[question]
        return [names[int(k)] for k in self.probabilities[question].argmax(1)]

    def share(self, question: str, answer: str) -> float:
        """How many of the pictures get this answer, 0 to 1."""
        best = self.best(question)
        return best.count(answer) / len(best)


class AnyJudge(Protocol):
    """`answers`: by question."""

    @property
    def answers(self) -> Mapping[str, Sequence[str]]: ...

    def ask(self, images: np.ndarray) -> Verdict:
        """Judge pictures uint8 (N, 128, 128, 3); `ValueError` for others."""
        ...
