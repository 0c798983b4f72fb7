"""The judge: a small convolutional network that names a picture's subject, place and colour."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from .scenes import BACKGROUNDS, COLOURS, SUBJECTS, Scene
from .workspace import (
    BASE_COUNT,
    BASE_SEED,
    BUILD,
    HELD_OUT_SEED,
    Clock,
    log,
    note,
    pictures,
    to_floats,
)

WEIGHTS = BUILD / "judge.pt"
BATCH = 64
HELD_OUT = 1_000


class Judge(nn.Module):
    """(N, 3, 128, 128) in -1 to 1 -> logits (N, 14), (N, 7), (N, 10); it looks at 64x64."""

    def __init__(self) -> None:
        super().__init__()
        widths, layers = (3, 32, 64, 96, 128), []
        for into, out in pairwise(widths):
            layers += [nn.Conv2d(into, out, 3, stride=2, padding=1), nn.BatchNorm2d(out), nn.ReLU()]
        self.body = nn.Sequential(*layers)  # -> (N, 128, 4, 4)
        heads = (len(SUBJECTS), len(BACKGROUNDS), len(COLOURS))
        self.heads = nn.ModuleList(nn.Linear(128 * 16, count) for count in heads)

    def forward(self, batch: torch.Tensor) -> list[torch.Tensor]:
        seen = self.body(F.avg_pool2d(batch, 2)).flatten(1)
        return [head(seen) for head in self.heads]


@dataclass(frozen=True)
class Verdict:
    """What the judge says of N pictures: indices into SUBJECTS, BACKGROUNDS and COLOURS."""

    subject: np.ndarray
    background: np.ndarray
    colour: np.ndarray

    def share(self, subject: str) -> float:
        """How many are taken for the subject, 0 to 1."""
        return float((self.subject == SUBJECTS.index(subject)).mean())


def labels(scenes: list[Scene]) -> torch.Tensor:
    """The scenes' subject, background and drawn colour: int64 (N, 3)."""
    rows = [
        (SUBJECTS.index(s.subject), BACKGROUNDS.index(s.background), COLOURS.index(s.paint))
        for s in scenes
    ]
    return torch.tensor(rows)


def _disturb(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Blur some and add noise: what is judged later was painted, not drawn."""
    if torch.rand(1, generator=generator) < 0.4:
        batch = F.avg_pool2d(batch, 3, stride=1, padding=1, count_include_pad=False)
    spread = 0.15 * torch.rand(1, generator=generator)
    return batch + spread * torch.randn(batch.shape, generator=generator)


def train(minutes: float) -> None:
    """Train on the base's drawings and measure on others."""
    torch.manual_seed(0)
    drawn, _, scenes = pictures("base", BASE_COUNT, BASE_SEED)
    truth, judge = labels(scenes), Judge()
    optimizer = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    generator, clock, seen = torch.Generator().manual_seed(0), Clock(minutes), 0
    while clock.share < 1:
        rows = torch.randint(len(drawn), (BATCH,), generator=generator).sort().values
        batch = _disturb(to_floats(drawn[rows.numpy()]), generator)
        logits = judge(batch)
        loss = sum(F.cross_entropy(out, truth[rows, i]) for i, out in enumerate(logits))
        for group in optimizer.param_groups:
            group["lr"] = clock.rate(2e-3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += BATCH
    torch.save(judge.state_dict(), WEIGHTS)
    found = measure()
    log("judge", seen=seen, loss=round(loss.item(), 4), **found)
    note("judge", seen=seen, minutes=minutes, **found)


def load_judge() -> Judge:
    """The trained judge."""
    judge = Judge().eval().requires_grad_(False)
    judge.load_state_dict(torch.load(WEIGHTS))
    return judge


@torch.no_grad()
def ask(judge: Judge, images: np.ndarray) -> Verdict:
    """Judge pictures uint8 (N, 128, 128, 3)."""
    parts = [judge(to_floats(images[at : at + 64])) for at in range(0, len(images), 64)]
    best = [torch.cat(head).argmax(1).numpy() for head in zip(*parts, strict=True)]
    return Verdict(*best)


def measure() -> dict[str, float]:
    """The judge's share of right answers on drawings it never saw."""
    drawn, _, scenes = pictures("base", HELD_OUT, HELD_OUT_SEED)
    verdict, truth = ask(load_judge(), drawn), labels(scenes).numpy()
    names = ("subject", "background", "colour")
    return {
        name: round(float((getattr(verdict, name) == truth[:, i]).mean()), 4)
        for i, name in enumerate(names)
    }
