"""How light and dark a picture is, and how much of it is burnt out."""

import numpy as np

from loraviewer.lab.images.pixels import checked, luma

_DARKEST, _LIGHTEST = 1, 254


def shadows(pixels: np.ndarray) -> float:
    """The share of channel values of at most 1, 0 … 1."""
    return float((checked(pixels) <= _DARKEST).mean())


def highlights(pixels: np.ndarray) -> float:
    """The share of channel values of at least 254, 0 … 1."""
    return float((checked(pixels) >= _LIGHTEST).mean())


def brightness(pixels: np.ndarray) -> float:
    """The mean of luma, 0 (black) … 1 (white)."""
    return float(luma(pixels).mean() / 255)


def contrast(pixels: np.ndarray) -> float:
    """The standard deviation of luma, 0 … 0.5, where half is black and half white."""
    return float(luma(pixels).std() / 255)
