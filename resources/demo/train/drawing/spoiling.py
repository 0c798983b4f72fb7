"""Faces spoiled on purpose: what the judge must not take for a face."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .people import EYES
from .render import GROUND
from .scenes import Scene

REACH = 8  # half the side of the square round an eye, in pixels


def _on_picture(scene: Scene, x: float, y: float) -> tuple[int, int]:
    """A point of the subject's own drawing as row and column of a 128-pixel picture."""
    across = -x if scene.mirror else x
    row = 64 + 128 * scene.y + 1 + GROUND + scene.scale * (y - GROUND)
    return round(row), round(64 + 128 * scene.x + scene.scale * across)


def _square(row: int, column: int) -> tuple[slice, slice]:
    return slice(row - REACH, row + REACH), slice(column - REACH, column + REACH)


def _blurred(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> None:
    row, column = _on_picture(scene, 0, -8)
    area = (slice(row - 14, row + 16), slice(column - 22, column + 22))
    face = image[area].astype(np.float32)
    for axis in (0, 1):
        face = np.mean([np.roll(face, step, axis) for step in range(-4, 5)], axis=0)
    image[area] = face


def _one_eyed(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> None:
    side = rng.choice((-1, 1))
    row, column = _on_picture(scene, side * EYES[0], EYES[1])
    forehead = image[row - REACH - 1, column - REACH : column + REACH].copy()
    cheek = image[row, _on_picture(scene, 0, EYES[1])[1]].copy()
    image[_square(row, column)] = np.where(forehead.mean() < 60, cheek, forehead[0])


def _moved_eye(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> None:
    side, rise = rng.choice((-1, 1)), int(rng.choice((-1, 1)) * rng.integers(5, 9))
    row, column = _on_picture(scene, side * EYES[0], EYES[1])
    area = (slice(row - REACH, row + REACH + 6), slice(column - REACH, column + REACH))
    image[area] = np.roll(image[area], rise, axis=0)


def _three_eyed(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> None:
    side = rng.choice((-1, 1))
    eye = image[_square(*_on_picture(scene, side * EYES[0], EYES[1]))].copy()
    image[_square(*_on_picture(scene, rng.uniform(-3, 3), EYES[1] + rng.uniform(2, 10)))] = eye


def _sheared(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> None:
    row, column = _on_picture(scene, 0, -8)
    area = slice(column - 26, column + 26)
    for y in range(row - 14, row + 16):
        image[y, area] = np.roll(image[y, area], int(rng.integers(-6, 7)), axis=0)


WAYS: tuple[Callable[[np.ndarray, Scene, np.random.Generator], None], ...] = (
    _blurred,
    _one_eyed,
    _moved_eye,
    _three_eyed,
    _sheared,
)


def spoiled(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """A girl's or boy's picture uint8 (128, 128, 3) with its face spoiled in one of five ways."""
    result = image.copy()
    WAYS[rng.integers(len(WAYS))](result, scene, rng)
    return result
