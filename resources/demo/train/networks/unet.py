"""The demo's UNet and CLIP text encoder, trained together on the base's pictures.

The first part of the time goes to 64x64 pictures (four times as many a second; words and
shapes are learnt there), the rest to 128x128.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from PIL import Image
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from resources.demo.train.workspace import (
    BASE_COUNT,
    BASE_SEED,
    BUILD,
    HELD_OUT_SEED,
    Clock,
    log,
    note,
    pictures,
)

from .diffusion import Noising, Sampler
from .tokenizer import LENGTH, new_tokenizer, save_tokenizer, tokenize
from .vae import encode_all, load_vae

WEIGHTS = BUILD / "unet.pt"
SMALL_SHARE = 0.25  # of the time, on 64x64 pictures
BATCH = {64: 48, 128: 32}
PEAK_RATE = 1e-3
DROPPED = 0.1  # captions, for guidance
PEOPLE = ("girl", "boy")  # shown twice as often: faces are what is hardest
HELD_OUT = 256
SAVE_SECONDS = 300
SHEET_PROMPTS = (
    "a girl", "a girl with black hair in a blue dress on a beach",
    "a boy in a green shirt in a city",
    "a black cat in the snow", "a brown dog in a meadow", "a yellow bird in a forest",
    "a blue fish", "a green frog at night", "a house with a red roof in the snow",
    "a tree at night", "a pink flower in a meadow", "a blue car in a city", "a boat by the sea",
    "a purple mushroom in a forest", "a snowman with a red scarf in winter", "a car",
)  # fmt: skip


def new_unet() -> UNet2DConditionModel:
    """An untrained UNet, 10.9 M weights; cross attention in the two deeper levels."""
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        cross_attention_dim=128,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained CLIP text encoder, 2 layers of 128."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=512,
        projection_dim=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


class Pair(nn.Module):
    """UNet and text encoder as one module, so that they share optimizer, clipping and EMA."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.unet = new_unet().to(memory_format=torch.channels_last)
        self.text_encoder = new_text_encoder(tokenizer)

    def forward(self, noisy: torch.Tensor, times: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """(N, 4, H, W), (N,), (N, 24) -> velocities (N, 4, H, W)."""
        return self.unet(noisy, times, self.text_encoder(ids)[0]).sample


@dataclass
class Run:
    """One resumable training run: the pair, its average, its optimizer and its counters."""

    pair: Pair
    average: Pair
    optimizer: torch.optim.Optimizer
    step: int = 0
    seen: int = 0
    spent: float = 0.0

    @classmethod
    def start(cls, tokenizer: CLIPTokenizer) -> Run:
        """A fresh run, or the one that was interrupted."""
        torch.manual_seed(0)
        pair, average = Pair(tokenizer), Pair(tokenizer)
        average.load_state_dict(pair.state_dict())
        optimizer = torch.optim.AdamW(
            pair.parameters(), PEAK_RATE, betas=(0.9, 0.99), weight_decay=0.01, fused=True
        )
        run = cls(pair, average.requires_grad_(False).eval(), optimizer)
        if WEIGHTS.exists():
            kept = torch.load(WEIGHTS)
            pair.load_state_dict(kept["pair"])
            average.load_state_dict(kept["average"])
            optimizer.load_state_dict(kept["optimizer"])
            run.step, run.seen, run.spent = kept["step"], kept["seen"], kept["spent"]
        return run

    def save(self, spent: float) -> None:
        """Write everything a resume needs, whole or not at all."""
        kept = {
            "pair": self.pair.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seen": self.seen,
            "spent": spent,
        }
        torch.save(kept, WEIGHTS.with_suffix(".part"))
        WEIGHTS.with_suffix(".part").replace(WEIGHTS)

    @torch.no_grad()
    def follow(self) -> None:
        """Move the average towards the weights."""
        decay = min(0.998, (1 + self.step) / (10 + self.step))
        mine, theirs = list(self.average.parameters()), list(self.pair.parameters())
        torch._foreach_lerp_(mine, theirs, 1 - decay)

    def learn(self, loss: torch.Tensor, rate: float) -> None:
        """One optimizer step."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.pair.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.follow()


@dataclass(frozen=True)
class Latents:
    """The training pictures, encoded: fp16 (N, 4, 16, 16) and (N, 4, 32, 32), ids (N, 24)."""

    by_size: dict[int, torch.Tensor]
    ids: torch.Tensor
    empty: torch.Tensor  # (24,), the empty caption's ids
    rows: torch.Tensor  # the pictures to draw from, people's rows twice

    @classmethod
    def load(cls, tokenizer: CLIPTokenizer) -> Latents:
        drawn, captions, scenes = pictures("base", BASE_COUNT, BASE_SEED)
        file = BUILD / "latents.pt"
        if not file.exists():
            vae = load_vae()
            torch.save({size: encode_all(vae, drawn, size) for size in (64, 128)}, file)
        ids = tokenize(tokenizer, [*captions, ""])
        people = [row for row, scene in enumerate(scenes) if scene.subject in PEOPLE]
        rows = torch.tensor([*range(len(scenes)), *people])
        return cls(torch.load(file), ids[:-1], ids[-1], rows)

    def batch(self, size: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Random latents (B, 4, H, W) float and ids (B, 24), some captions dropped."""
        rows = self.rows[torch.randint(len(self.rows), (BATCH[size],), generator=generator)]
        ids = self.ids[rows]
        ids[torch.rand(len(rows), generator=generator) < DROPPED] = self.empty
        latents = self.by_size[size][rows].float()
        return latents.to(memory_format=torch.channels_last), ids


@dataclass(frozen=True)
class HeldOut:
    """Pictures never trained on, with noise that stays the same: their loss tells whether a run
    still learns, which the training loss, drawn anew each step, hides.
    """

    noisy: torch.Tensor  # (256, 4, 32, 32)
    times: torch.Tensor
    target: torch.Tensor
    ids: torch.Tensor
    noising: Noising

    @classmethod
    def load(cls, tokenizer: CLIPTokenizer) -> HeldOut:
        drawn, captions, _ = pictures("base", HELD_OUT, HELD_OUT_SEED)
        noising, generator = Noising.standard(), torch.Generator().manual_seed(0)
        latents = encode_all(load_vae(), drawn).float()
        return cls(*noising.mix(latents, generator), tokenize(tokenizer, captions), noising)

    @torch.no_grad()
    def loss(self, pair: Pair) -> float:
        """The pair's weighted squared error over all of them."""
        found = []
        for at in range(0, HELD_OUT, 32):
            part = slice(at, at + 32)
            with torch.autocast("cpu", torch.bfloat16):
                out = pair(self.noisy[part], self.times[part], self.ids[part])
            found.append(self.noising.loss(out, self.target[part], self.times[part]))
        return torch.stack(found).mean().item()


def kept_tokenizer() -> CLIPTokenizer:
    """The tokenizer's files under build/, written at the first call."""
    folder = BUILD / "tokenizer"
    if not folder.exists():
        folder.mkdir(parents=True)
        save_tokenizer(new_tokenizer(), folder)
    return CLIPTokenizer.from_pretrained(folder)


def train(minutes: float) -> None:
    """Train until the minutes are used up; interrupted runs go on where they saved."""
    tokenizer = kept_tokenizer()
    run, data, noising = Run.start(tokenizer), Latents.load(tokenizer), Noising.standard()
    held_out = HeldOut.load(tokenizer)
    generator = torch.Generator().manual_seed(1 + run.step)
    clock, saved, spoken, smooth = Clock(minutes, run.spent), time.monotonic(), 0.0, 0.0
    while clock.share < 1:
        size = 64 if clock.share < SMALL_SHARE else 128
        latents, ids = data.batch(size, generator)
        noisy, times, target = noising.mix(latents, generator)
        with torch.autocast("cpu", torch.bfloat16):
            out = run.pair(noisy, times, ids)
        loss = noising.loss(out, target, times)
        run.learn(loss, clock.rate(PEAK_RATE))
        run.seen += len(ids)
        smooth = loss.item() if not smooth else 0.98 * smooth + 0.02 * loss.item()
        if time.monotonic() - spoken > 60:
            spoken = time.monotonic()
            log("unet", size=size, step=run.step, seen=run.seen, loss=round(smooth, 5),
                share=round(clock.share, 3))  # fmt: skip
        if time.monotonic() - saved > SAVE_SECONDS:
            saved = time.monotonic()
            run.save(clock.seconds)
            log("held-out", seen=run.seen, share=round(clock.share, 3),
                loss=round(held_out.loss(run.average), 5))  # fmt: skip
    run.save(clock.seconds)
    note("unet", minutes=round(clock.seconds / 60, 1), steps=run.step, seen=run.seen,
         loss=round(smooth, 5), held_out=round(held_out.loss(run.average), 5))  # fmt: skip


def load_average() -> dict[str, torch.Tensor]:
    """The averaged weights of the pair as saved last."""
    return torch.load(WEIGHTS, mmap=True)["average"]


def trained_sampler() -> Sampler:
    """The averaged weights as saved last, with the VAE."""
    tokenizer = kept_tokenizer()
    pair = Pair(tokenizer).requires_grad_(False).eval()
    pair.load_state_dict(load_average())
    return Sampler(pair.unet, pair.text_encoder, tokenizer, load_vae())


def sheet(path: Path, size: int = 128, seed: int = 0) -> None:
    """A sheet of the sample prompts, 8 across."""
    count = len(SHEET_PROMPTS)
    drawn = trained_sampler()([*SHEET_PROMPTS], [seed + i for i in range(count)], size=size)
    rows = [list(drawn[i : i + 8]) for i in range(0, count, 8)]
    canvas = Image.new("RGB", (8 * size, len(rows) * size))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            canvas.paste(Image.fromarray(picture), (x * size, y * size))
    canvas.save(path)
