"""A contact sheet of drawings: python -m resources.demo.train.drawing.sheet out.png [style ...]."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from .render import STYLES, render
from .scenes import BACKGROUNDS, SUBJECTS, sample_scene


def style_row(style: str, seed: int = 5) -> np.ndarray:
    """Every subject once, side by side, through the backgrounds in turn."""
    rng = random.Random(seed)
    scenes = [
        sample_scene(rng, subject=subject, background=BACKGROUNDS[3 * k % 7])
        for k, subject in enumerate(SUBJECTS)
    ]
    return np.concatenate([render(scene, style) for scene in scenes], axis=1)


def save_picture(picture: np.ndarray, target: Path) -> None:
    """An RGB array as a PNG file."""
    picture = np.ascontiguousarray(picture)
    height, width, _ = picture.shape
    image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    if not image.save(str(target)):
        raise OSError(f"cannot write {target}")


def main(arguments: list[str]) -> None:
    """One row for each style asked for, or for all of them."""
    target, *styles = arguments
    save_picture(np.concatenate([style_row(style) for style in styles or STYLES]), Path(target))


if __name__ == "__main__":
    main(sys.argv[1:])
