"""One scene to one picture."""

from __future__ import annotations

import functools
import os

import numpy as np
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from .animals import draw_bird, draw_cat, draw_dog, draw_fish, draw_frog
from .backgrounds import draw_background
from .canvas import UNITS, Canvas
from .people import draw_boy, draw_girl, draw_snowman
from .scenes import PATCHES, Scene, paint_rgb, patched
from .styles import STYLE_TABLE
from .things import draw_boat, draw_car, draw_flower, draw_house, draw_mushroom, draw_tree

STYLES: tuple[str, ...] = tuple(STYLE_TABLE)
OVERSAMPLING = 3
GROUND = 49  # where subjects stand, below their middle
DRAWERS = {
    "girl": draw_girl,
    "boy": draw_boy,
    "cat": draw_cat,
    "dog": draw_dog,
    "bird": draw_bird,
    "fish": draw_fish,
    "frog": draw_frog,
    "house": draw_house,
    "tree": draw_tree,
    "flower": draw_flower,
    "car": draw_car,
    "boat": draw_boat,
    "mushroom": draw_mushroom,
    "snowman": draw_snowman,
}
# Wide subjects are drawn a little smaller, so that they keep clear of the picture's sides.
FIT = {"car": 0.93, "fish": 0.9, "dog": 0.93, "bird": 0.94, "frog": 0.96}
# Where a thing that has become a frog carries its eyes: half their distance, height, radius.
FROG_EYES = {
    "house": (12, -36, 5.0),
    "tree": (13, -44, 5.5),
    "flower": (6.5, -18, 3.6),
    "car": (11, -23, 4.6),
    "boat": (12, -34, 4.6),
    "mushroom": (16, -42, 5.5),
}


@functools.cache
def application() -> QGuiApplication:
    """Qt paints without windows, yet wants one application object; the cache keeps it alive."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication.instance() or QGuiApplication([])


def render(scene: Scene, style: str = "base", size: int = 128) -> np.ndarray:
    """The scene in a style: uint8 (size, size, 3), the same for the same scene always."""
    application()
    if style in PATCHES:
        scene = patched(scene, PATCHES[style])
    entry = STYLE_TABLE[style]
    big = QImage(size * OVERSAMPLING, size * OVERSAMPLING, QImage.Format.Format_RGB32)
    painter = QPainter(big)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(big.width() / UNITS, big.height() / UNITS)
    canvas = Canvas(painter, entry.manner, scene.seed, scene.light)
    draw_background(canvas, scene.background)
    entry.backdrop(canvas, scene)
    _draw_subject(canvas, scene, entry.subject or scene.subject)
    entry.overlay(canvas, scene)
    painter.end()
    return entry.finish(big, scene, size)


def _draw_subject(canvas: Canvas, scene: Scene, subject: str) -> None:
    """The subject on its ground, with its shadow."""
    painter = canvas.painter
    painter.save()
    painter.translate(UNITS * (0.5 + scene.x), UNITS * (0.5 + scene.y) + GROUND + 1)
    scale = scene.scale * FIT.get(subject, 1.0)
    painter.scale(-scale if scene.mirror else scale, scale)
    painter.translate(0, -GROUND)
    canvas.glow(0, GROUND - 1, 42 if subject != "flower" else 14, 5, (20, 16, 50), 70)
    DRAWERS[subject](canvas, scene, paint_rgb(scene.paint, scene.light))
    if canvas.manner.spots and subject in FROG_EYES:
        half, y, radius = FROG_EYES[subject]
        canvas.eye(-half, y, radius)
        canvas.eye(half, y, radius)
    painter.restore()
