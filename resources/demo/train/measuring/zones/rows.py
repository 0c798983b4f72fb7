"""What each stack weighs, how far it moves one step, and what its pictures still show."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from loraviewer.adapters.inspection.values import base_reader
from loraviewer.lab.judge import Judge
from loraviewer.lab.one_step import Reference
from loraviewer.lab.weights.geometry import StackGeometry
from loraviewer.lab.weights.gram import measure_stack
from loraviewer.lab.weights.live import stack_numbers, strengths
from resources.demo.train.adapting.recipes import prompted, recipe
from resources.demo.train.drawing.scenes import BACKGROUNDS, COLOURS
from resources.demo.train.measuring.faces import has_face
from resources.demo.train.measuring.judging import FILE as JUDGE
from resources.demo.train.measuring.judging import PEOPLE
from resources.demo.train.measuring.painter import Painter
from resources.demo.train.measuring.prompts import grid, prompt
from resources.demo.train.workspace import BASE, log

from .gauge import Guided, in_noise, reference
from .ssim import similarity
from .stacks import NAMES, ROUNDS, Trial, trials

ROWS = Path(__file__).parent / "rows.jsonl"
FIRST_SEED = 80_000  # no decision about training was made on these
SETS = 3


@dataclass(frozen=True)
class Asked:
    """One of the sets of prompts: every subject once, a girl and a boy once more."""

    prompts: tuple[str, ...]
    subjects: tuple[str, ...]
    first_seed: int

    @classmethod
    def of(cls, number: int) -> Asked:
        rows = [row for k, row in enumerate(grid(SETS)) if k % SETS == number]
        again = [(who, BACKGROUNDS[(number + 4) % 7], COLOURS[(number + 5) % 10]) for who in PEOPLE]
        asked = [*rows, *again]
        subjects = tuple(subject for subject, _, _ in asked)
        return cls(tuple(prompt(*row) for row in asked), subjects, FIRST_SEED + 100 * number)

    @property
    def people(self) -> list[int]:
        """Places of the prompts that ask for a face."""
        return [k for k, subject in enumerate(self.subjects) if subject in PEOPLE]


class Bench:
    """The base, its judge, and everything that is measured of the base once."""

    def __init__(self) -> None:
        self.painter, self.judge = Painter.open(), Judge.load(JUDGE)
        self.sets = [Asked.of(number) for number in range(SETS)]
        self.bases = [self._painted(asked, {}) for asked in self.sets]
        self.reference: Reference = reference(self.painter.sampler)
        self.geometry = self._geometry()

    def _geometry(self) -> StackGeometry:
        adapters = [self.painter.adapter(name) for name in NAMES]
        return measure_stack(adapters, base_reader(BASE), "demo")

    def _painted(self, asked: Asked, strengths: Mapping[str, float]) -> np.ndarray:
        triggers = [recipe(name).trigger for name in strengths if recipe(name).trigger]
        said = [prompted(", ".join(triggers), words) for words in asked.prompts]
        return self.painter.paint(said, asked.first_seed)

    def measured(self, trial: Trial) -> dict[str, object]:
        """One row. Words of `subject`, `face` and `judged_face` hold 1 where it is still there, one
        letter for each picture (for each of people)."""
        asked, base = self.sets[trial.asks], self.bases[trial.asks]
        with self.painter.stack(trial.strengths):
            changes = self.reference.changes(Guided(self.painter.sampler))
            images = self._painted(asked, trial.strengths)
        return {
            "name": trial.name,
            "family": trial.family,
            "strengths": dict(trial.strengths),
            "asks": trial.asks,
            **self._weighed(trial.strengths),
            "one_step": _rounded(math.hypot(*changes) / math.sqrt(len(changes))),
            "changes": [_rounded(change) for change in changes],
            "noise_changes": [_rounded(change) for change in in_noise(changes, self.reference)],
            **self._seen(images, asked),
            "ssim": [_rounded(similarity(a, b)) for a, b in zip(images, base, strict=True)],
        }

    def _weighed(self, named: Mapping[str, float]) -> dict[str, float]:
        at = [named.get(name, 0.0) for name in NAMES]
        numbers = stack_numbers(self.geometry, strengths(self.geometry, at, at))
        parts = zip(self.geometry.components, numbers.components.relative, strict=True)
        return {
            "relative": _rounded(numbers.whole.relative[0]),
            "in_adapters": _rounded(numbers.in_adapters),
            "coherence": _rounded(numbers.whole.coherence[0]),
            **{f"relative {name}": _rounded(value) for name, value in parts if value == value},
        }

    def _seen(self, images: np.ndarray, asked: Asked) -> dict[str, str]:
        verdict, people = self.judge.ask(images), asked.people
        subjects = zip(verdict.best("subject"), asked.subjects, strict=True)
        whole = verdict.best("face")
        return {
            "subject": _letters(found == wanted for found, wanted in subjects),
            "face": _letters(has_face(images[k]) for k in people),
            "judged_face": _letters(whole[k] == "whole" for k in people),
        }


def _rounded(value: float) -> float:
    """Five digits; 0 for what the base has none of."""
    return float(f"{value:.5g}") if value == value else 0.0


def _letters(found: Iterator[bool]) -> str:
    return "".join("01"[bool(one)] for one in found)


def measured() -> list[dict]:
    """The rows so far, in their order."""
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def measure(rounds: int = ROUNDS) -> None:
    """Measure what no earlier run has, and append it row by row."""
    known = {row["name"] for row in measured()}
    bases = [Trial(f"base-{k}", "base", {}, k) for k in range(SETS)]
    missing = [trial for trial in [*bases, *trials(rounds)] if trial.name not in known]
    if not missing:
        return
    torch.set_num_threads(1)
    bench = Bench()
    for trial in missing:
        row = bench.measured(trial)
        with ROWS.open("a") as stream:
            stream.write(json.dumps(row) + "\n")
        log("zones", name=trial.name, relative=row["relative"], subject=row["subject"])
