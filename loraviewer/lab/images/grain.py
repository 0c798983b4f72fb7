"""Grain and sharpness, by differences of neighbouring pixels."""

import numpy as np

from loraviewer.lab.images.pixels import checked, luma

_MASK_NORM = 6.0
"""Of (1, −2, 1)ᵀ(1, −2, 1)."""
_MEDIAN_OF_NORMAL = 0.6744897501960817
"""Of |x| for a standard normal x."""
_LEAST_SIDE = 3


def noise(pixels: np.ndarray) -> float:
    """The standard deviation of white noise in each channel, in levels, as the mean of the three.

    Immerkær's mask (1996), which lets no gradient through, with the median in place of the mean,
    as Donoho and Johnstone (1994) have it, so that edges count for little. 0 where more than half
    is flat, and up to about the third of a level that rounding is. Raises `ValueError` below 3 × 3.
    """
    wide = _large_enough(pixels).astype(np.int16)
    rest = np.abs(np.diff(np.diff(wide, 2, axis=0), 2, axis=1))
    medians = [_median(rest[..., channel]) for channel in range(3)]
    return float(np.mean(medians)) / (_MASK_NORM * _MEDIAN_OF_NORMAL)


def sharpness(pixels: np.ndarray) -> float:
    """The variance of the Laplacian of luma (four neighbours), in levels²: 20 v for white noise of
    variance v. Raises `ValueError` below 3 × 3."""
    light = luma(_large_enough(pixels))
    along = np.diff(light, 2, axis=0)[:, 1:-1] + np.diff(light, 2, axis=1)[1:-1]
    return float(along.var())


def _median(values: np.ndarray) -> float:
    """Of whole numbers of at least 0 that were rounded, as statistics of grouped numbers have it:
    where among those that became k it lies says how far from k it is. 0 where it is among the 0."""
    counts = np.bincount(values.ravel())
    until = counts.cumsum()
    middle = int(np.searchsorted(until, values.size / 2))
    if middle == 0:
        return 0.0
    inside = (values.size / 2 - until[middle - 1]) / counts[middle]
    return middle - 0.5 + float(inside)


def _large_enough(pixels: np.ndarray) -> np.ndarray:
    if min(checked(pixels).shape[:2]) < _LEAST_SIDE:
        raise ValueError(f"{pixels.shape[1]} × {pixels.shape[0]} is too small: it takes 3 × 3")
    return pixels
