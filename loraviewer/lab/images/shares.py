"""How often pictures show something that their prompt leaves open, by the demo's judge.

A base has habits: ask it for a girl and she wears red. Whether a stack breaks them, and whether
they come back, is counted here, picture by picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from loraviewer.core.picture_measures import MeasureFacts, share_facts
from loraviewer.lab.images.fidelity import asked_for
from loraviewer.lab.images.measures import SeedPictures
from loraviewer.lab.images.seed_band import SeedBand

if TYPE_CHECKING:
    from loraviewer.lab.verdict import AnyJudge

COUNTED = ("colour", "subject")
"""The judge's questions whose answers are counted."""


@dataclass(frozen=True)
class OfAnswer:
    """1 for a picture whose likeliest answer is this one, else 0: their mean is a share. Of prompts
    that do not answer the question themselves; see `measures.Measure`."""

    judge: AnyJudge
    question: str
    answer: str
    facts: MeasureFacts
    is_of_set = False

    def knows(self, prompt: str) -> bool:
        return self.question not in asked_for(prompt, self.judge.answers)

    def values(self, shown: SeedPictures) -> np.ndarray:
        best = self.judge.ask(shown.pictures).best(self.question)
        return np.array([name == self.answer for name in best], np.float64)

    def origins(self, shown: SeedPictures) -> np.ndarray:
        return self.values(SeedPictures(shown.base, shown.base, shown.prompt))

    def band(self, base: np.ndarray, prompt: str = "") -> SeedBand:
        """The unit is the standard deviation of one picture's answer, √(p(1 − p)), at the p of
        Laplace's rule of succession: of few pictures that all answer alike nobody knows that others
        would."""
        values = self.values(SeedPictures(base, base, prompt))
        share = (values.sum() + 1) / (len(values) + 2)
        band = SeedBand.of_pictures(values.tolist())
        return replace(band, unit=math.sqrt(share * (1 - share)))


def shares(judge: AnyJudge) -> Iterator[OfAnswer]:
    """One for each answer of the counted questions; `share-red` and so on."""
    for question in COUNTED:
        for answer in judge.answers.get(question, ()):
            yield OfAnswer(judge, question, answer, share_facts(question, answer))
