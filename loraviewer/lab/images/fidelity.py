"""Whether pictures of the demo show what their prompt asks for, by the demo's judge."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from loraviewer.core.variants.template import plain_text

if TYPE_CHECKING:
    from loraviewer.lab.verdict import AnyJudge

QUESTIONS = ("subject", "place", "colour")
"""Whose answers are words of a prompt."""


def asked_for(prompt: str, answers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """By question, the answer that the prompt names. A question that it leaves open has none, nor
    has one of which it names two: nobody could say which of them is meant. Nor has one that only
    some seeds name."""
    words = set(re.findall(r"\w+", plain_text(prompt).lower()))
    named = {one: [name for name in answers.get(one, ()) if name in words] for one in QUESTIONS}
    return {question: names[0] for question, names in named.items() if len(names) == 1}


def fidelity(judge: AnyJudge, pictures: np.ndarray, prompt: str) -> np.ndarray:
    """(n,), 0 … 1: the probability that the judge gives to what the prompt names, as the mean over
    its questions. Raises `ValueError` where the prompt names nothing that the judge knows, and for
    pictures that are not 128 × 128."""
    wanted = asked_for(prompt, judge.answers)
    if not wanted:
        raise ValueError(f"the judge knows nothing of what “{prompt}” names")
    verdict = judge.ask(pictures)
    columns = [
        verdict.probabilities[question][:, list(judge.answers[question]).index(answer)]
        for question, answer in wanted.items()
    ]
    return np.stack(columns).astype(np.float64).mean(0)
