"""The crowd: a hundred small adapters, seconds of training each, in one file.

Words are learnt by the keys and values of attention and by the text encoder, in seconds; a manner
takes convolutions, and half as long again.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from loraviewer.lab.crowd import Crowd, Member, joined
from resources.demo.train.drawing.dataset import render_many
from resources.demo.train.drawing.scenes import caption
from resources.demo.train.workspace import BUILD, DEMO, Clock, log, side_by_side

from .adapter_files import kohya_tensors
from .adapters import SourcePairs, Workbench, fit
from .factors import attach, restore
from .lessons import Lesson, lessons, pupils

FILE = DEMO / "crowd.safetensors"
PARTS = BUILD / "crowd"  # one file each, so that an interrupted run goes on
PICTURES = 192
SEED = 500
LEARNT = 0.7  # of a member's pictures, from which on it has learnt its lesson
LONGER = 2.5  # of the seconds, for those that have not
BATCH = 4  # many small steps: there is time for few large ones


@dataclass(frozen=True)
class Means:
    """What a lesson is learnt with. patience: its share of the seconds that words get."""

    parts: tuple[str, ...]
    rank: int
    rate: float
    patience: float = 1.0


WORDS = Means(("to_k", "to_v"), 2, 1.3e-2)
MANNER = Means(("conv1", "conv2"), 2, 1.3e-2, 1.7)


def _means(lesson: Lesson) -> Means:
    return WORDS if lesson.finish == "base" else MANNER


def _source(lesson: Lesson, number: int, bench: Workbench) -> SourcePairs:
    """The lesson's captions, and its pictures' latents."""
    said, drawn = pupils(lesson, PICTURES, SEED + number)
    rng = random.Random(SEED + number)
    ids = bench.tokenize([*(caption(scene, rng) for scene in said), ""])
    latents = bench.encode(render_many(drawn, lesson.finish, workers=1))
    return SourcePairs(1.0, latents, ids[:-1], ids[-1], BATCH)


def _train(
    lesson: Lesson, number: int, bench: Workbench, seconds: float
) -> dict[str, torch.Tensor]:
    """One lesson's tensors by their names in a kohya file; the workbench is as it was after.

    seconds: of one core.
    """
    torch.manual_seed(number)
    means = _means(lesson)
    factors = attach(bench.pair, "LoRA", means.rank, means.rank, means.parts, text=True)
    sources = [_source(lesson, number, bench)]
    clock = Clock(means.patience * seconds / 60, now=time.process_time)
    steps, loss = fit(bench.pair, factors, sources, means.rate, clock, number)
    log("crowd", name=lesson.name, steps=steps, loss=round(loss, 5))
    restore(factors)
    return kohya_tensors(factors)


def _part(lesson: Lesson) -> Path:
    return PARTS / f"{lesson.name}.safetensors"


def train(seconds: float, more: bool = False) -> None:
    """Train every lesson that has no file yet, and put all of them into one.

    more: first those that did not learn theirs are begun anew, for longer.
    """
    PARTS.mkdir(parents=True, exist_ok=True)
    if more:
        for member in shipped().members:
            if member.share < LEARNT:
                (PARTS / f"{member.name}.safetensors").unlink(missing_ok=True)
        seconds *= LONGER
    numbers = range(len(lessons()))
    halves = [numbers[0::2], numbers[1::2]]
    for _ in side_by_side(partial(_train_some, seconds=seconds), halves):
        pass
    write({lesson.name: 0.0 for lesson in lessons()})


def _train_some(numbers: Iterable[int], *, seconds: float) -> None:
    """Those lessons one after the other, on one workbench."""
    bench = Workbench.open()
    for number in numbers:
        lesson = lessons()[number]
        if not _part(lesson).exists():
            save_file(_train(lesson, number, bench, seconds), _part(lesson))


def write(shares: dict[str, float]) -> None:
    """The crowd's file, with the share of pictures that show what each learnt."""
    parts = {lesson.name: load_file(_part(lesson)) for lesson in lessons()}
    told = {
        lesson.name: _told(
            Member(lesson.name, lesson.about, _means(lesson).rank, shares[lesson.name])
        )
        for lesson in lessons()
    }
    save_file(joined(parts), FILE, {"crowd": json.dumps(told), "license": "Apache-2.0"})
    log("crowd-file", members=len(told), megabytes=round(FILE.stat().st_size / 1e6, 2))


def _told(member: Member) -> dict[str, object]:
    return {key: value for key, value in asdict(member).items() if key != "name"}


def shipped() -> Crowd:
    """The crowd as it ships."""
    return Crowd.open(FILE)
