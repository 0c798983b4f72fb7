"""The manners a scene can be drawn in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from .canvas import Canvas, Manner
from .finishes import plain_finish
from .scenes import Scene


def _no_overlay(canvas: Canvas, scene: Scene) -> None:
    """Nothing on top."""


@dataclass(frozen=True)
class Style:
    """A manner of drawing, something drawn on top, and what is done to the pixels after."""

    manner: Manner = Manner()
    finish: Callable[[QImage, Scene, int], np.ndarray] = plain_finish
    overlay: Callable[[Canvas, Scene], None] = _no_overlay
    subject: str | None = None  # drawn in place of the scene's own


STYLE_TABLE: dict[str, Style] = {
    "base": Style(),
    "less-red": Style(),
}
