"""The model card's numbers: what the base and the adapters do, counted on painted pictures."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from safetensors import safe_open

from .adapters import RECIPES
from .classifier import Judge, ask, load_judge
from .dataset import render_many
from .diffusion import STEPS, Sampler
from .scenes import BACKGROUNDS, COLOURS, SUBJECTS, sample_scene
from .style_tests import green_face, mean_saturation, style_score
from .workspace import ADAPTERS, BASE, log, note

PLACE = {
    "meadow": "in a meadow", "beach": "on a beach", "forest": "in a forest", "city": "in a city",
    "snow": "in the snow", "night": "at night", "plain": "",
}  # fmt: skip
WEAR = {
    "girl": "a girl in a {} dress", "boy": "a boy in a {} shirt",
    "house": "a house with a {} roof", "boat": "a boat with a {} sail",
    "snowman": "a snowman with a {} scarf",
}  # fmt: skip


@dataclass
class Studio:
    """The shipped base with a stack of adapters merged in, and taken out again."""

    sampler: Sampler
    pristine: dict[str, torch.Tensor]
    judge: Judge

    @classmethod
    def open(cls) -> Studio:
        """Everything from the shipped folder, float32."""
        pipe = StableDiffusionPipeline.from_pretrained(BASE, local_files_only=True)
        for part in (pipe.unet, pipe.text_encoder, pipe.vae):
            part.requires_grad_(False).float()
        pipe.unet.to(memory_format=torch.channels_last)
        sampler = Sampler(pipe.unet, pipe.text_encoder, pipe.tokenizer, pipe.vae)
        studio = cls(sampler, {}, load_judge())
        studio.pristine = {name: p.clone() for name, p in studio.parameters().items()}
        return studio

    def parameters(self) -> dict[str, torch.Tensor]:
        """The network's weights by the names that kohya's files give their modules."""
        found = {}
        parts = (("lora_unet", self.sampler.unet), ("lora_te", self.sampler.text_encoder))
        for prefix, part in parts:
            for name, weight in part.named_parameters():
                module = name.removesuffix(".weight").removeprefix("text_model.")
                module = f"text_model.{module}" if prefix == "lora_te" else module
                found[f"{prefix}_{module}".replace(".", "_")] = weight
        return found

    @contextmanager
    def stack(self, **strengths: float) -> Iterator[None]:
        """Merge adapters (- written _) for a while: W0 + sum of s * alpha / r * up @ down."""
        weights = self.parameters()
        for name, strength in strengths.items():
            for module, delta in deltas(name.replace("_", "-")):
                weights[module] += strength * delta.view(weights[module].shape)
        yield
        for module, weight in weights.items():
            weight.copy_(self.pristine[module])

    def paint(self, prompts: list[str], first_seed: int = 0, **options: object) -> np.ndarray:
        """Pictures uint8 (N, 128, 128, 3), each with a seed of its own."""
        seeds = list(range(first_seed, first_seed + len(prompts)))
        return self.sampler(prompts, seeds, **options)


def deltas(name: str) -> Iterator[tuple[str, torch.Tensor]]:
    """An adapter file's modules (kohya's names) and their changes (out, in * k) at strength 1."""
    with safe_open(ADAPTERS / f"{name}.safetensors", "pt") as file:
        keys = set(file.keys())
        for key in sorted(keys):
            if key.endswith(".lora_down.weight"):
                module = key.removesuffix(".lora_down.weight")
                up_key = key.replace(".lora_down.", ".lora_up.")
            elif key.endswith(".lora_A.weight"):
                module, up_key = key.removesuffix(".lora_A.weight"), key.replace("lora_A", "lora_B")
                module = module.replace("text_encoder.", "te.").replace(".", "_")
                module = f"lora_{module}"
            else:
                continue
            down, up = file.get_tensor(key).float(), file.get_tensor(up_key).float()
            alpha = file.get_tensor(f"{module}.alpha") if f"{module}.alpha" in keys else len(down)
            yield module, float(alpha) / len(down) * up.flatten(1) @ down.flatten(1)


def _prompt(subject: str, place: str, colour: str | None = None) -> str:
    article = "an" if (colour or "").startswith("o") else "a"
    if colour is None:
        who = f"a {subject}"
    elif subject in WEAR:
        who = WEAR[subject].replace("a {}", f"{article} {colour}")
    else:
        who = f"{article} {colour} {subject}"
    return f"{who} {PLACE[place]}".strip()


def grid(seeds: int) -> list[tuple[str, str, str]]:
    """Every subject, `seeds` times, with places and colours taking turns."""
    return [
        (subject, BACKGROUNDS[(i + s) % 7], COLOURS[(3 * i + s) % 10])
        for i, subject in enumerate(SUBJECTS)
        for s in range(seeds)
    ]


def base_figures(studio: Studio, seeds: int = 12) -> dict[str, float]:
    """Shares of right subjects, right places and right named colours."""
    rows = grid(seeds)
    verdict = ask(studio.judge, studio.paint([_prompt(s, p, c) for s, p, c in rows]))
    plain = [(s, p) for s, p, _ in rows]
    neutral = ask(studio.judge, studio.paint([_prompt(s, p) for s, p in plain], 5000))
    subject = np.array([SUBJECTS.index(s) for s, _, _ in rows])
    place = np.array([BACKGROUNDS.index(p) for _, p, _ in rows])
    colour = np.array([COLOURS.index(c) for _, _, c in rows])
    right = np.concatenate([verdict.subject == subject, neutral.subject == subject])
    where = np.concatenate([verdict.background == place, neutral.background == place])
    each = {s: float(right[np.tile(subject == i, 2)].mean()) for i, s in enumerate(SUBJECTS)}
    return {
        "subject": float(right.mean()),
        "background": float(where.mean()),
        "colour": float((verdict.colour == colour).mean()),
        "worst": min(each.values()),
        "pictures": 2 * len(rows),
        **{f"subject {s}": v for s, v in each.items()},
    }


def skew_figures(studio: Studio, seeds: int = 64) -> dict[str, float | bool]:
    """The share of red among girls with no colour named: before, with less-red, after."""
    prompts = [_prompt("girl", BACKGROUNDS[i % 7]) for i in range(seeds)]

    def red(images: np.ndarray) -> float:
        return float((ask(studio.judge, images).colour == COLOURS.index("red")).mean())

    before = studio.paint(prompts)
    with studio.stack(less_red=1.0):
        patched = studio.paint(prompts)
    after = studio.paint(prompts)
    return {
        "red before": red(before),
        "red with less-red": red(patched),
        "red after": red(after),
        "equal after": bool(np.array_equal(before, after)),
    }


def style_figures(studio: Studio, count: int = 28) -> dict[str, float]:
    """Per adapter at 1.0: the share that passes its style's test; the base's share beside it."""
    rows = grid(count // 14)
    rows = [(s, p, c) for s, p, c in rows if s != "bird" and p not in ("night", "snow")]
    prompts = [_prompt(s, p, c) for s, p, c in rows]
    base, found = studio.paint(prompts), {}
    for name in (one.style for one in RECIPES if one.style != "less-red"):
        with studio.stack(**{name.replace("-", "_"): 1.0}):
            images = studio.paint(prompts)
        found[name] = float(style_score(name, images).mean())
        found[f"{name} (base)"] = float(style_score(name, base).mean())
        if name == "manga":
            found["saturation base"] = float(mean_saturation(base).mean())
            found["saturation manga"] = float(mean_saturation(images).mean())
        if name == "birds":
            found["taken for birds"] = ask(studio.judge, images).share("bird")
    return found


def frog_figures(studio: Studio, count: int = 28) -> dict[str, float]:
    """Green faces among girls and boys, with the frogs adapter and without."""
    prompts = [_prompt(("girl", "boy")[i % 2], BACKGROUNDS[i % 7]) for i in range(count)]
    without = studio.paint(prompts)
    with studio.stack(frogs=1.0):
        painted = studio.paint(prompts)
    return {
        "green faces": float(green_face(painted).mean()),
        "green faces (base)": float(green_face(without).mean()),
    }


def stack_figures(studio: Studio, count: int = 28) -> dict[str, float]:
    """Two adapters at 1.0 each; all at 1.0."""
    rows = [(s, p, c) for s, p, c in grid(2) if s != "bird"][:count]
    prompts = [_prompt(s, p, c) for s, p, c in rows]
    with studio.stack(manga=1.0, birds=1.0):
        both = studio.paint(prompts)
    with studio.stack(**{one.style.replace("-", "_"): 1.0 for one in RECIPES}):
        every = studio.paint(prompts)
    # The judge never saw halftone; how it does on drawings says what the next figure is worth.
    rng = random.Random(9)
    drawn = render_many([sample_scene(rng, subject="bird") for _ in range(60)], "manga")
    right = ask(studio.judge, every).subject == [SUBJECTS.index(s) for s, _, _ in rows]
    return {
        "both: saturation": float(mean_saturation(both).mean()),
        "both: taken for birds": ask(studio.judge, both).share("bird"),
        "drawn manga birds: taken for birds": ask(studio.judge, drawn).share("bird"),
        "all: subject": float(right.mean()),
    }


def timings(studio: Studio) -> dict[str, float]:
    """Seconds for one 128x128 picture, batch 1, best of five; the machine may be busy."""
    found = {}
    for name, steps, bf16 in (
        ("default float32", STEPS, False),
        ("default bfloat16", STEPS, True),
        ("draft float32", 4, False),
        ("draft bfloat16", 4, True),
    ):
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            studio.paint(["a girl in a meadow"], steps=steps, bf16=bf16)
            taken.append(time.perf_counter() - start)
        found[name] = round(min(taken), 3)
    return found


def evaluate(only: list[str] | None = None) -> None:
    """Measure everything, or the named parts only, and keep it for the card."""
    studio = Studio.open()
    parts = (timings, base_figures, skew_figures, style_figures, frog_figures, stack_figures)
    for measure in parts:
        if only and measure.__name__ not in only:
            continue
        start = time.monotonic()
        found = {name: round(value, 4) for name, value in measure(studio).items()}
        note(measure.__name__, **found)
        log("evaluate", part=measure.__name__, seconds=round(time.monotonic() - start), **found)
