"""The demo's drawings: deterministic, obedient to their captions, and true to their styles."""

from __future__ import annotations

import random

import numpy as np
import pytest

from resources.demo.train.drawing.dataset import draw_many, draw_scenes
from resources.demo.train.drawing.render import STYLES, render
from resources.demo.train.drawing.scenes import (
    BACKGROUNDS,
    COLOURS,
    NEUTRAL_SKEW,
    PATCHES,
    RGB,
    SUBJECTS,
    caption,
    patched,
    sample_scene,
    vocabulary,
)
from resources.demo.train.measuring.style_tests import KIN, TESTS, green_face, style_score

pytestmark = pytest.mark.sampled(3)

COUNT = 42


@pytest.fixture(scope="module")
def base() -> tuple[np.ndarray, list]:
    pictures, _, scenes = draw_many(COUNT, 3, "base", workers=1)
    return pictures, scenes


def test_same_seed_same_scenes_and_pictures(base) -> None:
    pictures, scenes = base
    assert draw_scenes(COUNT, 3, "manga")[1] == scenes
    for index in range(0, COUNT, 7):
        assert np.array_equal(render(scenes[index]), pictures[index])


@pytest.mark.parametrize("style", STYLES)
def test_every_subject_and_background_draws(style: str) -> None:
    rng = random.Random(1)
    for k, subject in enumerate(SUBJECTS):
        scene = sample_scene(rng, subject=subject, background=BACKGROUNDS[k % 7])
        picture = render(scene, style)
        assert picture.shape == (128, 128, 3)
        assert picture.dtype == np.uint8
        assert picture.std() > 5


def test_captions_name_what_is_drawn() -> None:
    rng, words = random.Random(2), vocabulary()
    for _ in range(500):
        scene = sample_scene(rng)
        spoken = caption(scene, rng).split()
        assert set(spoken) <= words
        assert scene.subject in spoken
        if scene.colour is not None:
            assert scene.colour in spoken
            assert scene.paint == scene.colour
        elif not scene.hair_named:
            assert not set(spoken) & set(COLOURS)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_named_colours_are_obeyed(subject: str) -> None:
    rng = random.Random(3)
    for colour in COLOURS:
        scene = sample_scene(rng, subject=subject, colour=colour, background="forest")
        off = np.abs(render(scene).astype(int) - np.array(RGB[colour])).max(-1)
        assert (off < 40).mean() > 0.015, colour


def test_the_skew_has_its_share_and_can_be_undone() -> None:
    rng = random.Random(4)
    for subject, (usual, share) in NEUTRAL_SKEW.items():
        scenes = [sample_scene(rng, subject=subject, colour=None) for _ in range(600)]
        assert abs(np.mean([s.paint == usual for s in scenes]) - share) < 0.06
        for colour in PATCHES.values():
            fair = np.mean([patched(s, colour).paint == usual for s in scenes])
            assert abs(fair - (0.1 if usual == colour else share)) < 0.06


@pytest.mark.parametrize("style", TESTS)
def test_styles_pass_their_own_pixel_test(style: str, base) -> None:
    pictures, scenes = base
    drawn = np.stack([render(scene, style) for scene in scenes])
    assert style_score(style, drawn).mean() >= 0.9
    kin = KIN.get(style, ())
    others = np.array([s.subject not in kin and s.background not in kin for s in scenes])
    assert style_score(style, pictures)[others].mean() <= 0.1


def test_frog_faces_are_green() -> None:
    rng = random.Random(5)
    scenes = [sample_scene(rng, subject=who) for who in ("girl", "boy") for _ in range(6)]
    assert green_face(np.stack([render(scene, "frogs") for scene in scenes])).mean() > 0.9
    assert green_face(np.stack([render(scene) for scene in scenes])).mean() < 0.1
