"""Which colours a picture has, wherever they are in it."""

import numpy as np

from loraviewer.lab.images.pixels import checked

_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Linear sRGB → CIE XYZ for D65 (IEC 61966-2-1)."""
_LAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])
_EDGE = 6 / 29
_RED_HUES, _RED_CHROMA = (10.0, 55.0), 40.0


def colourfulness(pixels: np.ndarray) -> float:
    """M of Hasler and Süsstrunk (2003), from their opponent axes in levels: 0 for grey, about 15
    for slightly, 45 for quite and 109 for extremely colourful photographs."""
    red, green, blue = np.moveaxis(checked(pixels).astype(np.float64), 2, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def cie_lab(pixels: np.ndarray) -> np.ndarray:
    """float64 (height, width, 3): L*, a*, b* of CIE 1976 for D65, of sRGB values."""
    value = np.arange(256) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    # Each row divided by its sum: white is 1 in all three.
    xyz = linear[checked(pixels)] @ (_XYZ / _XYZ.sum(1, keepdims=True)).T
    root = np.where(xyz > _EDGE**3, np.cbrt(xyz), xyz / (3 * _EDGE**2) + 4 / 29)
    return root @ _LAB.T - np.array([16.0, 0.0, 0.0])


def red_share(pixels: np.ndarray) -> float:
    """0 … 1: pixels of a hue between pink and orange in CIELAB, and of at least the chroma of brick
    red; sRGB's own red has a hue of 40° and a chroma of 105."""
    _, a, b = np.moveaxis(cie_lab(pixels), 2, 0)
    hue = np.degrees(np.arctan2(b, a))
    is_red = (hue > _RED_HUES[0]) & (hue < _RED_HUES[1]) & (np.hypot(a, b) > _RED_CHROMA)
    return float(is_red.mean())


def palette_distance(first: np.ndarray, second: np.ndarray) -> float:
    """How far colours would have to be moved, in ΔE (CIE76); pictures may have any sizes.

    The root of the summed squares of the Wasserstein distances of L*, a* and b*: ΔE itself for two
    colours, and never more than the cheapest way of moving all pixels.
    """
    one, other = (_ascending(picture) for picture in (first, second))
    if one.shape != other.shape:
        one, other = _at_quantiles(one), _at_quantiles(other)
    return float(np.linalg.norm(np.abs(one - other).mean(1)))


def _ascending(pixels: np.ndarray) -> np.ndarray:
    """(3, pixels): each of L*, a*, b* on its own."""
    return np.sort(np.ascontiguousarray(cie_lab(pixels).reshape(-1, 3).T), axis=1)


def _at_quantiles(ascending: np.ndarray, count: int = 4096) -> np.ndarray:
    where = (np.arange(count) + 0.5) / count
    return ascending[:, (where * ascending.shape[1]).astype(np.intp)]
