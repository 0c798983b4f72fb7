"""Training of the demo's adapters on pairs of captions and pictures in their styles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import nn

from resources.demo.train.drawing.dataset import draw_scenes
from resources.demo.train.networks.diffusion import Noising, Sampler
from resources.demo.train.networks.shipped import shipped_sampler, trainable
from resources.demo.train.networks.tokenizer import tokenize
from resources.demo.train.networks.unet import Pair
from resources.demo.train.networks.vae import encode_all
from resources.demo.train.workspace import (
    BUILD,
    STYLE_COUNT,
    STYLE_SEED,
    Clock,
    figures,
    log,
    note,
    pictures,
    side_by_side,
)

from .adapter_files import read, save
from .factors import Factor, attach
from .recipes import Recipe, Source, prompted, recipe

BATCH = 32
DROPPED = 0.1
STRIP = (
    "a girl in a red dress in a meadow", "a cat in a city", "a house on a beach",
    "a blue car in the snow", "a boy at night", "a flower in a forest",
)  # fmt: skip


@dataclass(frozen=True)
class Workbench:
    """The shipped base: its parts to draw and encode with, and a copy to train adapters on."""

    parts: Sampler
    pair: Pair

    @classmethod
    def open(cls) -> Workbench:
        parts = shipped_sampler()
        return cls(parts, trainable(parts))

    def encode(self, drawn: np.ndarray) -> torch.Tensor:
        """Pictures -> latents fp16 (N, 4, 32, 32)."""
        return encode_all(self.parts.vae, drawn)

    def tokenize(self, captions: list[str]) -> torch.Tensor:
        """Captions -> ids (N, 24)."""
        return tokenize(self.parts.tokenizer, captions)


@dataclass(frozen=True)
class SourcePairs:
    """A source's latents fp16 (N, 4, H, W) and its captions' ids (N, 24); count: of a batch."""

    strength: float
    latents: torch.Tensor
    ids: torch.Tensor
    empty: torch.Tensor
    count: int = BATCH

    @classmethod
    def load(cls, source: Source, trigger: str, bench: Workbench) -> SourcePairs:
        file = BUILD / f"latents-{source.style}.pt"
        if not file.exists():
            drawn, _, _ = pictures(source.style, STYLE_COUNT, STYLE_SEED)
            torch.save(bench.encode(drawn), file)
        captions, _ = draw_scenes(STYLE_COUNT, STYLE_SEED, source.style)
        said = [prompted(trigger if source.triggered else "", caption) for caption in captions]
        ids = bench.tokenize([*said, ""])
        return cls(source.strength, torch.load(file), ids[:-1], ids[-1])

    def batch(self, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (count, 4, H, W) and ids (count, 24), some captions dropped."""
        rows = torch.randint(len(self.ids), (self.count,), generator=generator)
        ids = self.ids[rows]
        ids[torch.rand(self.count, generator=generator) < DROPPED] = self.empty
        latents = self.latents[rows].float()
        return latents.to(memory_format=torch.channels_last), ids


def train_all(names: list[str], minutes: float, more: bool = False) -> None:
    """Train the adapters, two at a time, and note what it took.

    more: go on from the files as they are, at half the rate.
    """
    for name, (steps, loss) in side_by_side(partial(train, minutes=minutes, more=more), names):
        before = figures().get(f"adapter-{name}", {}).get("seen", 0) if more else 0
        note(f"adapter-{name}", seen=before + steps * BATCH, loss=round(loss, 5))


def train(name: str, *, minutes: float, more: bool) -> tuple[int, float]:
    """Train one adapter and write its file: steps and loss."""
    one, bench = recipe(name), Workbench.open()
    sources = [SourcePairs.load(source, one.trigger, bench) for source in one.learns_from]
    torch.manual_seed(7)
    factors = attach(bench.pair, one.kind, one.rank, one.alpha, one.parts, text=one.text)
    if more:
        read(one, factors)
    rate = one.rate / (2 if more else 1)
    steps, loss = fit(bench.pair, factors, sources, rate, Clock(minutes), 7 + more)
    size = save(one, factors)
    strip(one, bench, factors)
    log("adapter", name=name, steps=steps, loss=round(loss, 5), megabytes=round(size / 1e6, 2))
    return steps, loss


def fit(
    pair: Pair,
    factors: list[Factor],
    sources: list[SourcePairs],
    peak: float,
    clock: Clock,
    seed: int,
) -> tuple[int, float]:
    """Train the factors until the clock has run out, the sources taking turns: steps and loss."""
    weights = [part for factor in factors for part in factor.parts.values()]
    optimizer = torch.optim.AdamW(weights, peak, betas=(0.9, 0.99), weight_decay=0.01)
    noising, generator = Noising.standard(), torch.Generator().manual_seed(seed)
    step, smooth = 0, 0.0
    while clock.share < 1:
        loss = _step(pair, factors, sources[step % len(sources)], noising, generator)
        nn.utils.clip_grad_norm_(weights, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = clock.rate(peak, warm=0.05)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        smooth = loss if not smooth else 0.95 * smooth + 0.05 * loss
    return step, smooth


def _step(
    pair: Pair,
    factors: list[Factor],
    source: SourcePairs,
    noising: Noising,
    generator: torch.Generator,
) -> float:
    """Merge, run forth and back, and leave the gradients in the factors."""
    for factor in factors:
        factor.merge(source.strength)
    latents, ids = source.batch(generator)
    noisy, times, target = noising.mix(latents, generator)
    with torch.autocast("cpu", torch.bfloat16):
        out = pair(noisy, times, ids)
    loss = noising.loss(out, target, times)
    pair.zero_grad()
    loss.backward()
    for factor in factors:
        factor.pull()
    return loss.item()


def strip(one: Recipe, bench: Workbench, factors: list[Factor]) -> None:
    """A strip of pictures with the adapter at strength 1, to look at."""
    for factor in factors:
        factor.merge()
    parts = bench.parts
    sampler = Sampler(bench.pair.unet, bench.pair.text_encoder, parts.tokenizer, parts.vae)
    drawn = sampler([prompted(one.trigger, prompt) for prompt in STRIP], [*range(len(STRIP))])
    Image.fromarray(np.concatenate(list(drawn), axis=1)).save(BUILD / f"strip-{one.name}.png")
