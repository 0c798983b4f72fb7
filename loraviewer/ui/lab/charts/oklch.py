"""Colours by lightness, chroma and hue as they are seen.

OKLab, B. Ottosson 2020, “A perceptual color space for image processing”: equal steps look equal,
and lightness alone survives every kind of colour blindness.
"""

import math

from PySide6.QtGui import QColor


def oklch(lightness: float, chroma: float, hue: float) -> QColor:
    """lightness 0 … 1, chroma 0 … about 0.3, hue in degrees; as much chroma as sRGB has there."""
    while chroma > 0.0:
        linear = _linear_srgb(lightness, chroma, hue)
        if all(-1e-4 <= part <= 1.0001 for part in linear):
            break
        chroma -= 0.004
    return QColor.fromRgbF(*map(_encoded, _linear_srgb(lightness, max(0.0, chroma), hue)))


def _linear_srgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(linear: float) -> float:
    """IEC 61966-2-1."""
    value = max(0.0, min(1.0, linear))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
