"""Pictures as arrays: uint8, RGB, rows top to bottom, (height, width, 3)."""

import numpy as np

from loraviewer.core.picture import Picture

LUMA = (0.299, 0.587, 0.114)
"""Of ITU-R BT.601, on the values as they are stored: what SSIM's authors, JPEG and Pillow use."""


def pixels_of(picture: Picture) -> np.ndarray:
    """The same memory as an array, which cannot be written to."""
    flat = np.frombuffer(picture.rgb, np.uint8)
    return flat.reshape(picture.height, picture.width, 3)


def checked(pixels: np.ndarray) -> np.ndarray:
    """The same. Raises `ValueError` for what is no picture."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"{pixels.dtype} {pixels.shape} is no 8-bit picture (height, width, 3)")
    return pixels


def checked_pair(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same. Raises `ValueError` also for two sizes."""
    if checked(first).shape != checked(second).shape:
        raise ValueError(f"pictures of two sizes: {first.shape[:2]} and {second.shape[:2]}")
    return first, second


def luma(pixels: np.ndarray) -> np.ndarray:
    """float64 (height, width), 0 … 255."""
    return checked(pixels).astype(np.float64) @ np.array(LUMA)
