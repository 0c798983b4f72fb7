"""Training of the demo's adapters on pairs of captions and pictures in their styles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import nn

from resources.demo.train.drawing.dataset import draw_scenes
from resources.demo.train.networks.diffusion import Noising, Sampler
from resources.demo.train.networks.tokenizer import tokenize
from resources.demo.train.networks.unet import Pair, kept_tokenizer, load_average
from resources.demo.train.networks.vae import encode_all, load_vae
from resources.demo.train.workspace import (
    ADAPTERS,
    BUILD,
    STYLE_COUNT,
    STYLE_SEED,
    Clock,
    figures,
    log,
    note,
    pictures,
)

from .adapter_files import read, save
from .factors import Factor, attach
from .recipes import Recipe, Source, prompted, recipe

BATCH = 32
DROPPED = 0.1


def load_pair() -> Pair:
    """The trained base, float32, its gradients on."""
    pair = Pair(kept_tokenizer())
    pair.load_state_dict(load_average())
    return pair


@dataclass(frozen=True)
class SourcePairs:
    """A source's latents fp16 (N, 4, H, W) and its captions' ids (N, 24)."""

    strength: float
    latents: torch.Tensor
    ids: torch.Tensor
    empty: torch.Tensor

    @classmethod
    def load(cls, source: Source, trigger: str) -> SourcePairs:
        file = BUILD / f"latents-{source.style}.pt"
        if not file.exists():
            drawn, _, _ = pictures(source.style, STYLE_COUNT, STYLE_SEED)
            torch.save(encode_all(load_vae(), drawn), file)
        captions, _ = draw_scenes(STYLE_COUNT, STYLE_SEED, source.style)
        said = [prompted(trigger if source.triggered else "", caption) for caption in captions]
        ids = tokenize(kept_tokenizer(), [*said, ""])
        return cls(source.strength, torch.load(file), ids[:-1], ids[-1])

    def batch(self, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (32, 4, H, W) and ids (32, 24), some captions dropped."""
        rows = torch.randint(len(self.ids), (BATCH,), generator=generator)
        ids = self.ids[rows]
        ids[torch.rand(BATCH, generator=generator) < DROPPED] = self.empty
        latents = self.latents[rows].float()
        return latents.to(memory_format=torch.channels_last), ids


def train_all(names: list[str], minutes: float, more: bool = False) -> None:
    """Train the adapters one after the other on one pair.

    more: go on from the files as they are, at half the rate.
    """
    pair = load_pair()
    for name in names:
        pair.load_state_dict(load_average())
        train(recipe(name), minutes, pair, more)


def train(one: Recipe, minutes: float, pair: Pair, more: bool = False) -> None:
    """Train one adapter on the pristine pair, save its file and its thumbnail."""
    sources = [SourcePairs.load(source, one.trigger) for source in one.learns_from]
    torch.manual_seed(7)
    factors = attach(pair, one.kind, one.rank, one.alpha, one.parts, text=one.text)
    if more:
        read(one, factors)
    steps, loss = fit(
        pair, factors, sources, one.rate / (2 if more else 1), Clock(minutes), 7 + more
    )
    before = figures().get(f"adapter-{one.name}", {}).get("seen", 0) if more else 0
    seen = before + steps * BATCH
    size = save(one, factors, seen)
    thumbnail(one, pair, factors)
    log("adapter", name=one.name, steps=steps, loss=round(loss, 5), megabytes=round(size / 1e6, 2))
    note(f"adapter-{one.name}", steps=seen // BATCH, seen=seen, loss=round(loss, 5))


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


def thumbnail(one: Recipe, pair: Pair, factors: list[Factor]) -> None:
    """A 128-pixel picture of the adapter at strength 1, and a strip to look at."""
    for factor in factors:
        factor.merge()
    prompts = ["a girl in a red dress in a meadow", "a cat in a city", "a house on a beach",
               "a blue car in the snow", "a boy at night", "a flower in a forest"]  # fmt: skip
    said = [prompted(one.trigger, prompt) for prompt in prompts]
    sampler = Sampler(pair.unet, pair.text_encoder, kept_tokenizer(), load_vae())
    drawn = sampler(said, list(range(len(said))))
    Image.fromarray(drawn[0]).save(ADAPTERS / f"{one.name}.png")
    Image.fromarray(np.concatenate(list(drawn), axis=1)).save(BUILD / f"strip-{one.name}.png")
