"""What styles do to the drawn pixels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from .scenes import Scene


def pixels(image: QImage) -> np.ndarray:
    """An RGB32 image's pixels, uint8 (height, width, 3)."""
    rows = np.frombuffer(image.constBits(), np.uint8)
    return rows.reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


def scaled(image: QImage, size: int) -> QImage:
    """A smooth reduction."""
    return image.scaled(
        size, size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def plain_finish(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """Just the reduction."""
    return pixels(scaled(image, size))
