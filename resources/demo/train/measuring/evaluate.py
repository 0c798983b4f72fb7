"""The model card's numbers: what the base and the adapters do, counted on painted pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch

from loraviewer.lab.judge import Judge, Verdict
from resources.demo.train.adapting import crowd
from resources.demo.train.adapting.recipes import RECIPES, prompted
from resources.demo.train.drawing.scenes import BACKGROUNDS, PATCHES
from resources.demo.train.networks.diffusion import STEPS
from resources.demo.train.workspace import log, note, side_by_side

from . import crowd_test
from .faces import share_of_faces
from .judging import FILE
from .painter import Painter
from .prompts import grid, prompt, unnamed
from .style_tests import green_face, ink, mean_saturation, style_score

SKEWED = {"less-red": "girl", "less-blue": "boy"}  # whose colour the patch evens out
SLIDER_STOPS = (-2.0, -1.0, 0.0, 1.0, 2.0)
STRONG = 1.0
WEAK_GUIDANCES = (3.0, 2.0)  # how much of the skew is the guidance's
FRESH = 70_000  # first seed of style figures; no decision about training was made on these

Figures = dict[str, float | bool]


@dataclass
class Evaluation:
    """The painter and the judge that every figure needs."""

    painter: Painter
    judge: Judge

    def judged(self, images: np.ndarray) -> Verdict:
        return self.judge.ask(images)

    def painted(self, prompts: list[str], first_seed: int = 0, **strengths: float) -> np.ndarray:
        """Pictures with adapters (- written _) at strengths, each with a seed of its own."""
        named = {name.replace("_", "-"): strength for name, strength in strengths.items()}
        with self.painter.stack(named):
            return self.painter.paint(prompts, first_seed)


def _share(found: list[str], wanted: Iterable[str]) -> float:
    return float(np.mean([one == other for one, other in zip(found, wanted, strict=True)]))


def base_figures(on: Evaluation, seeds: int = 12) -> Figures:
    """Shares of right subjects, right places and right named colours."""
    rows = grid(seeds)
    subjects, places, colours = (list(column) for column in zip(*rows, strict=True))
    named = on.judged(on.painter.paint([prompt(*row) for row in rows]))
    plain = on.judged(on.painter.paint([prompt(s, p) for s, p, _ in rows], 5000))
    found = [*named.best("subject"), *plain.best("subject")]
    right = np.array([one == other for one, other in zip(found, subjects * 2, strict=True)])
    each = {s: float(right[[s == other for other in subjects * 2]].mean()) for s in set(subjects)}
    where = [*named.best("place"), *plain.best("place")]
    return {
        "subject": float(right.mean()),
        "background": _share(where, places * 2),
        "colour": _share(named.best("colour"), colours),
        "worst": min(each.values()),
        "pictures": 2 * len(rows),
        **{f"subject {s}": each[s] for s in dict.fromkeys(subjects)},
    }


def face_figures(on: Evaluation, seeds: int = 64) -> Figures:
    """Whole faces of girls and of boys, by the pixels and by the judge."""
    found: Figures = {}
    for who in ("girl", "boy"):
        images = on.painter.paint(unnamed(who, seeds))
        found[who] = share_of_faces(images)
        found[f"{who} (judge)"] = on.judged(images).share("face", "whole")
    return found


def skew_figures(on: Evaluation, seeds: int = 64) -> Figures:
    """The skew's colour where none is named: before each patch, with it, and after."""
    found: Figures = {}
    for name, who in SKEWED.items():
        prompts, colour = unnamed(who, seeds), PATCHES[name]
        before = on.painter.paint(prompts)
        patched = on.painted(prompts, **{name: STRONG})
        after = on.painter.paint(prompts)
        for when, images in (("before", before), ("patched", patched), ("after", after)):
            found[f"{name} {when}"] = on.judged(images).share("colour", colour)
        found[f"{name} equal after"] = bool(np.array_equal(before, after))
        for guidance in WEAK_GUIDANCES:
            images = on.painter.paint(prompts, guidance=guidance)
            share = on.judged(images).share("colour", colour)
            found[f"{colour} at guidance {guidance:g}"] = share
    return found


def _style_prompts(count: int) -> list[str]:
    """Prompts none of which asks for what an adapter would add anyway."""
    rows = grid(count // 14)
    return [prompt(*row) for row in rows if row[0] != "bird" and row[1] not in ("night", "snow")]


def style_figures(on: Evaluation, count: int = 84) -> Figures:
    """Per adapter at 1.0: the share that passes its style's test; the base's share beside it."""
    prompts = _style_prompts(count)
    base = on.painter.paint(prompts, FRESH)
    found: Figures = {"pictures": len(prompts), "saturation base": _saturation(base)}
    for one in RECIPES:
        if one.name in PATCHES or one.is_slider:
            continue
        said = [prompted(one.trigger, asked) for asked in prompts]
        images = on.painted(said, FRESH, **{one.name: STRONG})
        found[one.name] = float(style_score(one.name, images).mean())
        found[f"{one.name} (base)"] = float(style_score(one.name, base).mean())
        found[f"{one.name} (judge)"] = on.judged(images).share("style", one.name)
        if one.trigger:
            silent = on.painted(prompts, FRESH, **{one.name: STRONG})
            found[f"{one.name} (no trigger)"] = float(style_score(one.name, silent).mean())
        if one.name == "manga":
            found["saturation manga"] = _saturation(images)
        if one.name == "birds":
            found["taken for birds"] = on.judged(images).share("subject", "bird")
    return found


def _saturation(images: np.ndarray) -> float:
    return float(mean_saturation(images).mean())


def slider_figures(on: Evaluation, count: int = 42) -> Figures:
    """How much ink each stop of a slider leaves, and how often it grows from stop to stop."""
    found: Figures = {}
    prompts = _style_prompts(count)
    for one in (one for one in RECIPES if one.is_slider):
        stops = np.array([ink(on.painted(prompts, **{one.name: s})) for s in SLIDER_STOPS])
        for stop, inked in zip(SLIDER_STOPS, stops.mean(1), strict=True):
            found[f"{one.name} at {stop:+g}"] = float(inked)
        found[f"{one.name} grows"] = float((np.diff(stops, axis=0) > 0).mean())
        found[f"{one.name} whole"] = float((np.diff(stops, axis=0) > 0).all(0).mean())
    return found


def frog_figures(on: Evaluation, count: int = 56) -> Figures:
    """Green faces among girls and boys, with the frogs adapter and without."""
    prompts = [prompt(("girl", "boy")[i % 2], BACKGROUNDS[i % 7]) for i in range(count)]
    return {
        "green faces": float(green_face(on.painted(prompts, FRESH, frogs=STRONG)).mean()),
        "green faces (base)": float(green_face(on.painter.paint(prompts, FRESH)).mean()),
    }


def stack_figures(on: Evaluation) -> Figures:
    """Two adapters at 1.0 each; all at 1.0."""
    rows = [row for row in grid(3) if row[0] != "bird"]
    prompts = [prompt(*row) for row in rows]
    both = on.painted(prompts, manga=STRONG, birds=STRONG)
    every = on.painted(prompts, **{one.name: STRONG for one in RECIPES})
    verdict = on.judged(both)
    return {
        "both: saturation": _saturation(both),
        "both: taken for birds": verdict.share("subject", "bird"),
        "both: taken for manga": verdict.share("style", "manga"),
        "both: both": float(np.mean([_is_manga_bird(*one) for one in zip(
            verdict.best("subject"), verdict.best("style"), strict=True)])),
        "all: subject": _share(on.judged(every).best("subject"), [row[0] for row in rows]),
        "pictures": len(rows),
    }  # fmt: skip


def _is_manga_bird(subject: str, style: str) -> bool:
    return subject == "bird" and style == "manga"


@torch.inference_mode()
def timings(on: Evaluation) -> Figures:
    """Seconds for one 128x128 picture, batch 1, and of its decoding; best of five, the machine
    may be busy."""
    paint, vae = on.painter.paint, on.painter.sampler.vae
    latents = torch.randn(1, 4, 32, 32)
    return {
        "default float32": _best(lambda: paint(["a girl in a meadow"], steps=STEPS, bf16=False)),
        "default bfloat16": _best(lambda: paint(["a girl in a meadow"], steps=STEPS, bf16=True)),
        "draft float32": _best(lambda: paint(["a girl in a meadow"], steps=4, bf16=False)),
        "draft bfloat16": _best(lambda: paint(["a girl in a meadow"], steps=4, bf16=True)),
        "decode float32": _best(lambda: vae.decode(latents)),
    }


def _best(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return round(min(taken), 3)


def crowd_figures(on: Evaluation) -> Figures:
    """What the crowd's members learnt; the shares are written into their file too."""
    found = crowd_test.shares(on.painter, on.judge)
    crowd.write(found)
    return crowd_test.summary(found)


PARTS = (
    crowd_figures, style_figures, skew_figures, base_figures, slider_figures, face_figures,
    stack_figures, frog_figures,
)  # fmt: skip


def _measured(part: str) -> Figures:
    """One part's figures, by its name, in a process of its own."""
    start = time.monotonic()
    measure = {one.__name__: one for one in PARTS}[part]
    on = Evaluation(Painter.open(), Judge.load(FILE))
    found = {name: round(value, 4) for name, value in measure(on).items()}
    log("evaluate", part=part, seconds=round(time.monotonic() - start), **found)
    return found


def evaluate(only: list[str] | None = None) -> None:
    """Measure everything, or the named parts only, and keep it for the card."""
    if not only or "timings" in only:
        note("timings", **timings(Evaluation(Painter.open(), Judge.load(FILE))))
    names = [one.__name__ for one in PARTS if not only or one.__name__ in only]
    for part, found in side_by_side(_measured, names):
        note(part, **found)
