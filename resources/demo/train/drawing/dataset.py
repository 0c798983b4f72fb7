"""Pictures by the thousand: the same seed gives the same scenes in every style."""

from __future__ import annotations

import multiprocessing
import random

import numpy as np

from .render import render
from .scenes import PATCHES, Scene, caption, patched, sample_scene


def draw_scenes(count: int, seed: int, style: str = "base") -> tuple[list[str], list[Scene]]:
    """The captions and scenes of draw_many, without drawing them."""
    rng = random.Random(seed)
    scenes = [sample_scene(rng) for _ in range(count)]
    captions = [caption(scene, rng) for scene in scenes]
    if style in PATCHES:
        scenes = [patched(scene, PATCHES[style]) for scene in scenes]
    return captions, scenes


def render_many(scenes: list[Scene], style: str = "base", workers: int = 2) -> np.ndarray:
    """All the scenes' pictures, uint8 (N, 128, 128, 3), in order."""
    if workers <= 1 or len(scenes) < 64:
        return np.stack([render(scene, style) for scene in scenes])
    # Qt must not be forked, so the workers are spawned.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        jobs = [(scene, style) for scene in scenes]
        return np.stack(pool.starmap(render, jobs, chunksize=32))


def draw_many(
    count: int, seed: int, style: str = "base", workers: int = 2
) -> tuple[np.ndarray, list[str], list[Scene]]:
    """Pictures uint8 (count, 128, 128, 3), their captions and their scenes."""
    captions, scenes = draw_scenes(count, seed, style)
    return render_many(scenes, style, workers), captions, scenes
