"""How a picture's variation is shared out among coarse and fine structure.

Power is |FFT₂((Y − ȳ)·hann)|² of luma: the window, without which the picture's opposite edges would
read as fine structure, and the mean under it, without which that would leak into the coarse rings.
Frequencies are cycles per pixel: 0.5 along an axis is a checkerboard's.
"""

import math
from dataclasses import dataclass

import numpy as np

from loraviewer.lab.images.pixels import checked_pair, luma

FINE = 0.25
"""Above it lies what is finer than four pixels."""
ROUNDING = 2.0**-16
"""The share that rounding to 8 bits leaves above `FINE` in a picture of ordinary contrast: 0.80 of
1 / 12, over 64² levels². Less, as in a picture of one colour, counts as this much."""

_SLOPE_FROM, _SLOPE_TO = 0.02, 0.45
_LEAST_SIDE = 8


@dataclass(frozen=True)
class RadialSpectrum:
    """Mean power of each ring: `frequencies` (r,), centres in cycles per pixel up to 0.5, `power`
    (r,) in levels² per bin, so that white noise of variance v has v in all rings."""

    frequencies: np.ndarray
    power: np.ndarray

    def against(self, base: "RadialSpectrum") -> np.ndarray:
        """log₂ of the power over the base's, ring by ring; of one size. Rings of what rounding
        leaves (1 / 12 levels²) or less count as that much."""
        least = 1 / 12
        return np.log2(np.maximum(self.power, least) / np.maximum(base.power, least))


def radial_spectrum(pixels: np.ndarray) -> RadialSpectrum:
    """Rings are as wide as one bin of the shorter side. Raises `ValueError` below 8 × 8."""
    power, radius, count = _power(pixels)
    side = min(pixels.shape[:2])
    ring = np.rint(radius * side).astype(np.intp)
    rings = slice(1, side // 2 + 1)
    sums = np.bincount(ring.ravel(), (power * count).ravel())
    bins = np.bincount(ring.ravel(), np.broadcast_to(count, ring.shape).ravel())
    return RadialSpectrum(np.arange(1, side // 2 + 1) / side, sums[rings] / bins[rings])


def slope(pixels: np.ndarray) -> float:
    """Of log power over log frequency, by least squares over the rings from 0.02 to 0.45: 0 for
    white noise, −2 where the amplitude falls as 1/f, steeper for what is soft."""
    spectrum = radial_spectrum(pixels)
    inside = (spectrum.frequencies >= _SLOPE_FROM) & (spectrum.frequencies <= _SLOPE_TO)
    x = np.log(spectrum.frequencies[inside])
    y = np.log(np.maximum(spectrum.power[inside], np.finfo(float).tiny))
    x -= x.mean()
    return float(x @ (y - y.mean()) / (x @ x))


def fine_share(pixels: np.ndarray) -> float:
    """Σ power above 0.25 cycles per pixel / Σ power, in 0 … 1: 1 − π/16 for white noise, 0 for a
    picture of one colour."""
    power, radius, count = _power(pixels)
    power = power * count
    whole = power.sum()
    return float(power[radius > FINE].sum() / whole) if whole else 0.0


def detail(pixels: np.ndarray, base: np.ndarray) -> float:
    """log₂(`fine_share` / that of the base's picture), in −16 … 16: −1 is half of its share."""
    own, its = (max(fine_share(one), ROUNDING) for one in checked_pair(pixels, base))
    return math.log2(own / its)


def _power(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Power (h, w // 2 + 1), its radius, and how many bins of the whole plane each column has."""
    light = luma(pixels)
    height, width = light.shape
    if min(height, width) < _LEAST_SIDE:
        raise ValueError(f"{width} × {height} is too small for a spectrum")
    window = np.outer(_hann(height), _hann(width))
    light -= (light * window).sum() / window.sum()
    # What is left of a picture of one colour is rounding of the sums.
    if np.abs(light).max() < 1e-9:
        light[:] = 0.0
    power = np.abs(np.fft.rfft2(light * window)) ** 2 / (window**2).sum()
    count = np.full(power.shape[1], 2.0)
    count[0] = 1.0
    if width % 2 == 0:
        count[-1] = 1.0
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    return power, radius, count


def _hann(count: int) -> np.ndarray:
    """Periodic, so that its own spectrum has three bins."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / count)
