"""Training of the judge: on the base's drawings, on every style's, and on spoiled faces."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F  # noqa: N812

from loraviewer.lab.judge import Judge, JudgeNetwork
from resources.demo.train.drawing.scenes import BACKGROUNDS, COLOURS, SUBJECTS, Scene
from resources.demo.train.drawing.spoiling import spoiled
from resources.demo.train.drawing.styles import STYLE_TABLE
from resources.demo.train.workspace import (
    BASE_COUNT,
    BASE_SEED,
    DEMO,
    HELD_OUT_SEED,
    STYLE_COUNT,
    STYLE_SEED,
    Clock,
    log,
    note,
    pictures,
    to_floats,
)

from .faces import share_of_faces

FILE = DEMO / "judge.safetensors"
BATCH = 64
HELD_OUT = 1_000
HELD_OUT_STYLE = 280
BASE_SHARE = 0.5  # of each batch
SPOILED = 0.5  # of the people
PEOPLE = ("girl", "boy")
IGNORED = -100  # torch's own mark for a label that does not count

# The styles in which a question has no answer that could be seen.
COLOURLESS = ("manga", "blueprint", "frogs")
PLACELESS = ("night", "snow", "sunset")
PATCHES = ("less-red", "less-blue")  # not told apart from the base: they are no manners
ANSWERS: dict[str, tuple[str, ...]] = {
    "subject": SUBJECTS,
    "place": BACKGROUNDS,
    "colour": COLOURS,
    "face": ("none", "whole"),
    "style": tuple(name for name in STYLE_TABLE if name not in PATCHES),
}


def labels(scenes: list[Scene], style: str) -> torch.Tensor:
    """The scenes' answers to the five questions, int64 (N, 5); whole faces throughout."""
    said = "base" if style in PATCHES else style
    return torch.tensor([_labels(scene, said) for scene in scenes])


def _labels(scene: Scene, style: str) -> list[int]:
    subject = STYLE_TABLE[style].subject or scene.subject
    return [
        SUBJECTS.index(subject),
        IGNORED if style in PLACELESS else BACKGROUNDS.index(scene.background),
        IGNORED if style in COLOURLESS else COLOURS.index(scene.paint),
        int(subject in PEOPLE),
        ANSWERS["style"].index(style),
    ]


@dataclass(frozen=True)
class Drawings:
    """Pictures uint8 (N, 128, 128, 3) of one style, their scenes and labels."""

    images: np.ndarray
    scenes: list[Scene]
    truth: torch.Tensor

    @classmethod
    def load(cls, style: str, count: int, seed: int) -> Drawings:
        images, _, scenes = pictures(style, count, seed)
        return cls(images, scenes, labels(scenes, style))

    def pick(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, torch.Tensor]:
        """Some of them, half of the people with spoiled faces."""
        rows = np.sort(rng.integers(0, len(self.scenes), count))
        images, truth = self.images[rows].copy(), self.truth[rows].clone()
        for k, row in enumerate(rows):
            if self.scenes[row].subject in PEOPLE and rng.random() < SPOILED:
                images[k] = spoiled(images[k], self.scenes[row], rng)
                truth[k, 3] = 0
        return images, truth


def _disturb(batch: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Blur some and add noise: what is judged later was painted, not drawn."""
    if rng.random() < 0.3:
        batch = F.avg_pool2d(batch, 3, stride=1, padding=1, count_include_pad=False)
    return batch + 0.12 * rng.random() * torch.randn(batch.shape)


def _batch(
    base: Drawings, styles: list[Drawings], rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    own = int(BATCH * BASE_SHARE)
    drawn, truth = base.pick(rng, own)
    others = [styles[k].pick(rng, 8) for k in rng.integers(0, len(styles), (BATCH - own) // 8)]
    images = np.concatenate([drawn, *(images for images, _ in others)])
    return _disturb(to_floats(images), rng), torch.cat([truth, *(labels for _, labels in others)])


def train(minutes: float) -> None:
    """Train, write the judge's file and measure on drawings it never saw."""
    torch.manual_seed(0)
    base = Drawings.load("base", BASE_COUNT, BASE_SEED)
    styles = [Drawings.load(s, STYLE_COUNT, STYLE_SEED) for s in ANSWERS["style"] if s != "base"]
    network = JudgeNetwork([len(names) for names in ANSWERS.values()])
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.02)
    rng, clock, seen = np.random.default_rng(0), Clock(minutes), 0
    while clock.share < 1:
        batch, truth = _batch(base, styles, rng)
        losses = [
            F.cross_entropy(out, truth[:, k], ignore_index=IGNORED)
            for k, out in enumerate(network(batch))
            if (truth[:, k] != IGNORED).any()
        ]
        for group in optimizer.param_groups:
            group["lr"] = clock.rate(2e-3)
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        optimizer.step()
        seen += BATCH
    save(network)
    found = measure()
    log("judge", seen=seen, **found["base"])
    note("judge", seen=seen, minutes=minutes, styles=found)


def save(network: JudgeNetwork) -> None:
    """Write the judge's file, fp16, with the answers' names in it."""
    weights = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in network.state_dict().items()
    }
    save_file(weights, FILE, {"answers": json.dumps(ANSWERS), "license": "Apache-2.0"})


def measure() -> dict[str, dict[str, float]]:
    """Per style and question, the share of right answers on drawings never seen."""
    judge = Judge.load(FILE)
    return {style: _accuracy(judge, style) for style in ANSWERS["style"]}


def _accuracy(judge: Judge, style: str) -> dict[str, float]:
    count = HELD_OUT if style == "base" else HELD_OUT_STYLE
    drawings = Drawings.load(style, count, HELD_OUT_SEED)
    images, truth = drawings.pick(np.random.default_rng(1), count)
    verdict, found = judge.ask(images), {}
    for k, question in enumerate(ANSWERS):
        counted = (truth[:, k] != IGNORED).numpy()
        if question == "face":
            counted &= np.isin(truth[:, 0].numpy(), [SUBJECTS.index(who) for who in PEOPLE])
        if counted.any():
            guess = verdict.probabilities[question].argmax(1)
            found[question] = round(float((guess == truth[:, k].numpy())[counted].mean()), 4)
    if style == "base":
        people = [k for k, scene in enumerate(drawings.scenes) if scene.subject in PEOPLE]
        found["drawn faces found by pixels"] = round(share_of_faces(drawings.images[people]), 4)
    return found
