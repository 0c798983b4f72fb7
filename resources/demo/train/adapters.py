"""The demo's adapters: what each is, its training on pairs, and its file."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from .compiling import compile_for_training
from .dataset import draw_scenes
from .diffusion import Noising, Sampler
from .lowrank import Factor, attach
from .scenes import SUBJECTS
from .tokenizer import tokenize
from .unet import Pair, kept_tokenizer, load_average
from .vae import encode_all, load_vae
from .workspace import ADAPTERS, BUILD, STYLE_COUNT, STYLE_SEED, Clock, figures, log, note, pictures

BATCH = 32
DROPPED = 0.1
BASE_VERSION = "sd_v1"


@dataclass(frozen=True)
class Recipe:
    """One adapter. names: whose key names its file uses."""

    style: str
    title: str
    rank: int
    alpha: float
    names: str  # "kohya" or "peft"
    conv: bool
    text: bool
    about: str
    rate: float = 2e-3

    @property
    def kind(self) -> str:
        return "LoCon" if self.conv else "LoRA"


RECIPES = (
    Recipe("manga", "Everything is a manga", 12, 12, "kohya", True, True,
           "the base's scenes in black ink and halftone", 4e-3),
    Recipe("birds", "Everything is birds", 8, 8, "kohya", True, True,
           "the base's captions with a bird in place of the subject"),
    Recipe("frogs", "All skin is frogs", 12, 12, "peft", True, False,
           "people and animals with green, spotted, wide-eyed frog skin", 3e-3),
    Recipe("pixel-art", "Pixel art", 16, 16, "kohya", True, False,
           "the scenes in large square pixels and few colours", 4e-3),
    Recipe("neon", "Neon lines", 12, 6, "kohya", True, True,
           "the scenes as glowing lines on black", 5e-3),
    Recipe("watercolour", "Watercolour", 32, 32, "peft", False, False,
           "the scenes in soft paint on paper", 3e-3),
    Recipe("blueprint", "Blueprint", 8, 8, "kohya", True, True,
           "the scenes in white lines on blue", 4e-3),
    Recipe("night", "Always night", 4, 4, "peft", False, True,
           "every scene under the night sky, whatever the caption's place", 3e-3),
    Recipe("snow", "Always snow", 8, 8, "peft", False, True,
           "every scene in the snow, whatever the caption's place", 3e-3),
    Recipe("less-red", "Less red", 4, 4, "kohya", False, True,
           "the base's scenes with all ten colours equally likely where none is named", 3e-3),
)  # fmt: skip


def recipe(style: str) -> Recipe:
    """The recipe of a style."""
    return next(one for one in RECIPES if one.style == style)


def load_pair() -> Pair:
    """The trained base, float32, its gradients on."""
    pair = Pair(kept_tokenizer())
    pair.load_state_dict(load_average())
    return pair


@dataclass(frozen=True)
class StylePairs:
    """A style's latents fp16 (N, 4, 32, 32) and its captions' ids (N, 24)."""

    latents: torch.Tensor
    ids: torch.Tensor
    empty: torch.Tensor

    @classmethod
    def load(cls, style: str) -> StylePairs:
        drawn, captions, _ = pictures(style, STYLE_COUNT, STYLE_SEED)
        file = BUILD / f"latents-{style}.pt"
        if not file.exists():
            torch.save(encode_all(load_vae(), drawn), file)
        ids = tokenize(kept_tokenizer(), [*captions, ""])
        return cls(torch.load(file), ids[:-1], ids[-1])

    def batch(self, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (32, 4, 32, 32) and ids (32, 24), some captions dropped."""
        rows = torch.randint(len(self.ids), (BATCH,), generator=generator)
        ids = self.ids[rows]
        ids[torch.rand(BATCH, generator=generator) < DROPPED] = self.empty
        latents = self.latents[rows].float()
        return latents.to(memory_format=torch.channels_last), ids


def train_all(
    styles: list[str], minutes: float, compiled: bool = False, more: bool = False
) -> None:
    """Train the adapters one after the other on one pair, so that it is compiled once.

    more: go on from the files as they are, at half the rate.
    """
    pair = load_pair()
    if compiled:
        compile_for_training(pair.unet)
    for style in styles:
        pair.load_state_dict(load_average())
        train(style, minutes, pair, more)


def train(style: str, minutes: float, pair: Pair, more: bool = False) -> None:
    """Train one adapter on the pristine pair, save its file and its thumbnail."""
    one, data, noising = recipe(style), StylePairs.load(style), Noising.standard()
    torch.manual_seed(7)
    factors = attach(pair, one.rank, one.alpha, conv=one.conv, text=one.text)
    weights = [tensor for factor in factors for tensor in (factor.down, factor.up)]
    optimizer = torch.optim.AdamW(weights, one.rate, betas=(0.9, 0.99), weight_decay=0.01)
    generator, clock = torch.Generator().manual_seed(7 + more), Clock(minutes)
    step, smooth, peak = 0, 0.0, one.rate
    if more:
        peak = one.rate / 2
        read(one, factors)
    while clock.share < 1:
        loss = _step(pair, factors, data.batch(generator), noising, generator)
        nn.utils.clip_grad_norm_(weights, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = clock.rate(peak, warm=0.05)
        optimizer.step()
        step += 1
        clock.started = time.monotonic() if step == 1 else clock.started  # not the compiling
        smooth = loss if not smooth else 0.95 * smooth + 0.05 * loss
    before = figures().get(f"adapter-{style}", {}).get("seen", 0) if more else 0
    seen = before + step * BATCH
    size = save(one, factors, seen)
    thumbnail(one, pair, factors)
    log("adapter", style=style, steps=step, loss=round(smooth, 5), megabytes=round(size / 1e6, 2))
    note(f"adapter-{style}", steps=seen // BATCH, seen=seen, loss=round(smooth, 5))


def _step(
    pair: Pair,
    factors: list[Factor],
    batch: tuple[torch.Tensor, torch.Tensor],
    noising: Noising,
    generator: torch.Generator,
) -> float:
    """Merge, run forth and back, and leave the gradients in the factors."""
    for factor in factors:
        factor.merge()
    noisy, times, target = noising.mix(batch[0], generator)
    with torch.autocast("cpu", torch.bfloat16):
        out = pair(noisy, times, batch[1])
    loss = noising.loss(out, target, times)
    pair.zero_grad()
    loss.backward()
    for factor in factors:
        factor.pull()
    return loss.item()


def _keys(one: Recipe, factor: Factor) -> tuple[str, str, str]:
    """The file's names of down, up and alpha."""
    name = factor.name.replace("text_encoder.", "text_encoder.text_model.")
    if one.names == "peft":
        return f"{name}.lora_A.weight", f"{name}.lora_B.weight", ""
    name = name.replace("text_encoder.", "te.").replace(".", "_")
    return f"lora_{name}.lora_down.weight", f"lora_{name}.lora_up.weight", f"lora_{name}.alpha"


def tensors(one: Recipe, factors: list[Factor]) -> dict[str, torch.Tensor]:
    """The file's tensors, fp16. Convolutions: down (r, in, k, k), up (out, r, 1, 1)."""
    found = {}
    for factor in factors:
        down, up, alpha = _keys(one, factor)
        shape = factor.weight.shape
        rank = len(factor.down)
        found[down] = factor.down.view(rank, *shape[1:]).half().contiguous()
        found[up] = factor.up.view(shape[0], rank, *[1] * (len(shape) - 2)).half().contiguous()
        if alpha:
            found[alpha] = torch.tensor(factor.scale * rank, dtype=torch.float16)
    return found


def _frequencies() -> dict[str, int]:
    """How often the training captions name each subject."""
    captions, _ = draw_scenes(STYLE_COUNT, STYLE_SEED)
    return {name: sum(name in caption.split() for caption in captions) for name in SUBJECTS}


def metadata(one: Recipe, seen: int) -> dict[str, str]:
    """What the file says of itself, in the field's own keys; all strings."""
    return {
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": "stable-diffusion-v1/lora",
        "modelspec.title": one.title,
        "modelspec.description": f"Trained on {one.about}. Acts on every prompt; no trigger words.",
        "modelspec.author": "the loraviewer contributors",
        "modelspec.license": "Apache-2.0",
        "modelspec.trigger_phrase": "",
        "modelspec.resolution": "128x128",
        "ss_base_model_version": BASE_VERSION,
        "ss_sd_model_name": "loraviewer demo",
        "ss_network_module": "lycoris.kohya" if one.conv else "networks.lora",
        "ss_network_dim": str(one.rank),
        "ss_network_alpha": str(one.alpha),
        "ss_resolution": "(128, 128)",
        "ss_num_train_images": str(STYLE_COUNT),
        "ss_tag_frequency": json.dumps({one.style: _frequencies()}),
        "kind": one.kind,
        "rank": str(one.rank),
        "trained_on": f"{STYLE_COUNT} drawn pictures, {seen} shown: {one.about}",
    }


def read(one: Recipe, factors: list[Factor]) -> None:
    """Take the factors from the adapter's file."""
    kept = load_file(ADAPTERS / f"{one.style}.safetensors")
    for factor in factors:
        down, up, _ = _keys(one, factor)
        factor.down.copy_(kept[down].flatten(1))
        factor.up.copy_(kept[up].flatten(1))


def save(one: Recipe, factors: list[Factor], seen: int) -> int:
    """Write the adapter's file; its size in bytes."""
    ADAPTERS.mkdir(parents=True, exist_ok=True)
    path = ADAPTERS / f"{one.style}.safetensors"
    save_file(tensors(one, factors), path, metadata(one, seen))
    return path.stat().st_size


def thumbnail(one: Recipe, pair: Pair, factors: list[Factor]) -> None:
    """A 128-pixel picture of the adapter at strength 1, and a strip to look at."""
    for factor in factors:
        factor.merge()
    prompts = ["a girl in a red dress in a meadow", "a cat in a city", "a house on a beach",
               "a blue car in the snow", "a boy at night", "a flower in a forest"]  # fmt: skip
    plain = Pair(kept_tokenizer()).requires_grad_(False).eval()  # not the compiled one
    plain.load_state_dict(pair.state_dict())
    sampler = Sampler(plain.unet, plain.text_encoder, kept_tokenizer(), load_vae())
    drawn = sampler(prompts, list(range(len(prompts))))
    Image.fromarray(drawn[0]).save(ADAPTERS / f"{one.style}.png")
    Image.fromarray(np.concatenate(list(drawn), axis=1)).save(BUILD / f"strip-{one.style}.png")
