"""The test for faces: drawn ones pass, spoiled ones do not."""

from __future__ import annotations

import random

import numpy as np
import pytest

from resources.demo.train.drawing.render import render
from resources.demo.train.drawing.scenes import SKIN_RGB, Scene, sample_scene
from resources.demo.train.drawing.spoiling import WAYS, spoiled
from resources.demo.train.measuring.faces import has_face, share_of_faces


@pytest.fixture(scope="module")
def people() -> list[Scene]:
    rng = random.Random(11)
    return [sample_scene(rng, subject=("girl", "boy")[k % 2]) for k in range(48)]


@pytest.fixture(scope="module")
def portraits(people: list[Scene]) -> np.ndarray:
    """One drawing of each, which nobody may write into."""
    drawn = np.stack([render(scene) for scene in people])
    drawn.flags.writeable = False
    return drawn


def test_drawn_faces_pass(people: list[Scene], portraits: np.ndarray) -> None:
    assert {scene.skin for scene in people} == set(SKIN_RGB)
    assert share_of_faces(portraits) >= 0.95


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_a_spoiled_face_is_told(people: list[Scene], portraits: np.ndarray, way) -> None:
    rng = np.random.default_rng(0)
    passed = 0
    for scene, image in zip(people, portraits.copy(), strict=True):
        way(image, scene, rng)
        passed += has_face(image)
    assert passed <= 0.25 * len(people)


def test_spoiling_leaves_the_picture_it_was_given(people: list[Scene]) -> None:
    image = render(people[0])
    before = image.copy()
    assert not np.array_equal(spoiled(image, people[0], np.random.default_rng(3)), before)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("subject", ["cat", "house", "snowman", "fish"])
def test_what_has_no_head_has_no_face(subject: str) -> None:
    rng = random.Random(12)
    images = np.stack([render(sample_scene(rng, subject=subject)) for _ in range(12)])
    assert share_of_faces(images) == 0.0
