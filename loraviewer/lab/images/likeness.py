"""How near a picture is to the base's of the same seed."""

import numpy as np

from loraviewer.lab.images.pixels import checked_pair, luma

_TAPS, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_ROWS = 32
"""Of the map at a time: what belongs to them fits a core's cache."""


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    """Structural similarity of luma, −1 … 1, 1 for equal pictures: the mean of `ssim_map`."""
    return float(ssim_map(first, second).mean())


def ssim_map(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(height − 10, width − 10): one number where the whole window lies inside the picture.

    Wang, Bovik, Sheikh and Simoncelli 2004: an 11 × 11 Gaussian of σ 1.5, C₁ = (0.01·255)²,
    C₂ = (0.03·255)², in float64. Raises `ValueError` below 11 × 11.
    """
    x, y = (luma(one) for one in checked_pair(first, second))
    if min(x.shape) < _TAPS:
        raise ValueError(f"{x.shape[1]} × {x.shape[0]} is too small for SSIM: it takes 11 × 11")
    starts = range(0, len(x) - _TAPS + 1, _ROWS)
    strips = [slice(at, at + _ROWS + _TAPS - 1) for at in starts]
    return np.concatenate([_similarity(x[strip], y[strip]) for strip in strips])


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """Mean of |difference| over all channels, in levels, 0 … 255; 0 only for equal pictures."""
    one, other = checked_pair(first, second)
    return float((np.maximum(one, other) - np.minimum(one, other)).mean(dtype=np.float64))


def _similarity(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    mean_x, mean_y, xx, yy, xy = _smoothed(np.stack([x, y, x * x, y * y, x * y]))
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    structure = (2 * (xy - product) + _C2) / (xx + yy - squares + _C2)
    return (2 * product + _C1) / (squares + _C1) * structure


def _smoothed(maps: np.ndarray) -> np.ndarray:
    """(k, h, w) → (k, h − 10, w − 10), each weighed with the Gaussian window."""
    weights = np.exp(-0.5 * ((np.arange(_TAPS) - _TAPS // 2) / _SIGMA) ** 2)
    weights /= weights.sum()
    return _weighed(_weighed(maps, weights).swapaxes(1, 2), weights).swapaxes(1, 2)


def _weighed(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Along the second axis, where all weights have something to weigh."""
    until = maps.shape[1] - len(weights) + 1
    sums = weights[0] * maps[:, :until]
    for at, weight in enumerate(weights[1:], 1):
        sums += weight * maps[:, at : at + until]
    return sums
