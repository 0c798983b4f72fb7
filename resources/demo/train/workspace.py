"""Where the demo's training keeps its files, and the clock its schedules run on."""

from __future__ import annotations

import json
import math
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from .drawing.dataset import draw_many, draw_scenes
from .drawing.scenes import Scene

Job = TypeVar("Job")
Found = TypeVar("Found")

DEMO = Path(__file__).resolve().parents[1]
BASE = DEMO / "base"
ADAPTERS = DEMO / "adapters"
FIGURES = Path(__file__).parent / "measuring" / "figures.json"
BUILD = DEMO.parents[1] / "build" / "demo"

BASE_COUNT = 36_000
STYLE_COUNT = 2_000
VAE_COUNT = 6_000
BASE_SEED = 1
STYLE_SEED = 2
HELD_OUT_SEED = 3
VAE_SEED = 4


@dataclass
class Clock:
    """A learning-rate schedule on minutes of `now`; `spent` carries over a resume."""

    minutes: float
    spent: float = 0.0  # seconds used by earlier, interrupted runs
    now: Callable[[], float] = time.monotonic  # `time.process_time`: what else runs costs nothing
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.now()

    @property
    def seconds(self) -> float:
        """Seconds of training so far, earlier runs included."""
        return self.spent + self.now() - self.started

    @property
    def share(self) -> float:
        """How much of the time is used, 0 to 1."""
        return min(1.0, self.seconds / (60 * self.minutes))

    def rate(self, peak: float, warm: float = 0.01) -> float:
        """The learning rate now: a short linear warm-up, then a cosine to zero."""
        if self.share < warm:
            return peak * max(0.02, self.share / warm)
        return peak * 0.5 * (1 + math.cos(math.pi * (self.share - warm) / (1 - warm)))


def pictures(style: str, count: int, seed: int) -> tuple[np.ndarray, list[str], list[Scene]]:
    """Drawn pictures uint8 (count, 128, 128, 3), captions and scenes; drawn once, then kept."""
    file = BUILD / f"pictures-{style}-{count}-{seed}.npy"
    if file.exists():
        return np.load(file, mmap_mode="r"), *draw_scenes(count, seed, style)
    BUILD.mkdir(parents=True, exist_ok=True)
    drawn, captions, scenes = draw_many(count, seed, style)
    np.save(file, drawn)
    return drawn, captions, scenes


def to_floats(batch: np.ndarray) -> torch.Tensor:
    """uint8 (N, H, W, 3) -> float (N, 3, H, W) in -1 to 1, channels last."""
    tensor = torch.from_numpy(np.ascontiguousarray(batch)).permute(0, 3, 1, 2)
    return tensor.to(torch.float32, memory_format=torch.channels_last) / 127.5 - 1


def to_bytes(batch: torch.Tensor) -> np.ndarray:
    """Float (N, 3, H, W) in -1 to 1 -> uint8 (N, H, W, 3)."""
    scaled = ((batch.float() + 1) * 127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def log(stage: str, **figures: object) -> None:
    """One line to the console and to build/demo/log.jsonl."""
    line = {"stage": stage, "time": time.strftime("%H:%M:%S"), **figures}
    print(json.dumps(line), flush=True)
    with (BUILD / "log.jsonl").open("a") as stream:
        stream.write(json.dumps(line) + "\n")


def side_by_side(work: Callable[[Job], Found], jobs: Sequence[Job]) -> Iterator[tuple[Job, Found]]:
    """Do the jobs in two processes of one thread each, and hand back what came of them, in order.

    Networks this small make half as many steps again as with both threads on one of them: 37
    pictures a second against 25 where adapters are trained.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, spawn, torch.set_num_threads, (1,)) as pool:
        yield from zip(jobs, pool.map(work, jobs), strict=True)


def figures() -> dict[str, dict]:
    """What the stages have noted so far."""
    return json.loads(FIGURES.read_text()) if FIGURES.exists() else {}


def note(name: str, **found: object) -> None:
    """Keep a stage's figures for the model card."""
    known = figures()
    known.setdefault(name, {}).update(found)
    FIGURES.write_text(json.dumps(known, indent=1) + "\n")
