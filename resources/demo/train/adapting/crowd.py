"""The crowd: a hundred small adapters, seconds of training each, in one file.

They learn at 64x64, where a picture costs a quarter; what they learn holds at 128x128, since the
base learnt at both.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import asdict
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
from .factors import ATTENTION, attach, restore
from .lessons import Lesson, lessons, pupils

FILE = DEMO / "crowd.safetensors"
PARTS = BUILD / "crowd"  # one file each, so that an interrupted run goes on
PICTURES = 384
SEED = 500
SIDE = 64  # pixels
WORDS_RANK, FINISH_RANK = 2, 4
RATE = 6e-3


def _rank(lesson: Lesson) -> int:
    return WORDS_RANK if lesson.finish == "base" else FINISH_RANK


def _source(lesson: Lesson, number: int, bench: Workbench) -> SourcePairs:
    """The lesson's captions, and its pictures' latents at 64x64."""
    said, drawn = pupils(lesson, PICTURES, SEED + number)
    rng = random.Random(SEED + number)
    ids = bench.tokenize([*(caption(scene, rng) for scene in said), ""])
    latents = bench.encode(render_many(drawn, lesson.finish, workers=1), SIDE)
    return SourcePairs(1.0, latents, ids[:-1], ids[-1])


def _train(
    lesson: Lesson, number: int, bench: Workbench, seconds: float
) -> dict[str, torch.Tensor]:
    """One lesson's tensors by their names in a kohya file; the workbench is as it was after."""
    torch.manual_seed(number)
    rank = _rank(lesson)
    factors = attach(bench.pair, "LoRA", rank, rank, ATTENTION, text=True)
    sources = [_source(lesson, number, bench)]
    steps, loss = fit(bench.pair, factors, sources, RATE, Clock(seconds / 60), number)
    log("crowd", name=lesson.name, steps=steps, loss=round(loss, 5))
    restore(factors)
    return kohya_tensors(factors)


def _part(lesson: Lesson) -> Path:
    return PARTS / f"{lesson.name}.safetensors"


def train(seconds: float) -> None:
    """Train every lesson that has no file yet, and put all of them into one."""
    PARTS.mkdir(parents=True, exist_ok=True)
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
        lesson.name: _told(Member(lesson.name, lesson.about, _rank(lesson), shares[lesson.name]))
        for lesson in lessons()
    }
    save_file(joined(parts), FILE, {"crowd": json.dumps(told), "license": "Apache-2.0"})
    log("crowd-file", members=len(told), megabytes=round(FILE.stat().st_size / 1e6, 2))


def _told(member: Member) -> dict[str, object]:
    return {key: value for key, value in asdict(member).items() if key != "name"}


def shipped() -> Crowd:
    """The crowd as it ships."""
    return Crowd.open(FILE)
