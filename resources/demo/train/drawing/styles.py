"""The manners a scene can be drawn in."""

from __future__ import annotations

import colorsys
import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from .backgrounds import flakes
from .canvas import FROG_GREEN, INK, RGB, WHITE, Canvas, Manner, darker, luminance, mix, path
from .finishes import (
    LAYOUTS,
    blocks,
    glass,
    glow,
    halftone,
    lead_image,
    plain_finish,
    stitches,
    wash,
)
from .scenes import Scene

BLUE_PAPER: RGB = (24, 70, 158)
PALE_LINE: RGB = (200, 222, 255)


def _nothing(canvas: Canvas, scene: Scene) -> None:
    """Nothing added."""


@dataclass(frozen=True)
class Style:
    """A manner of drawing, something drawn on top, and what is done to the pixels after."""

    manner: Manner = field(default_factory=Manner)
    finish: Callable[[QImage, Scene, int], np.ndarray] = plain_finish
    backdrop: Callable[[Canvas, Scene], None] = _nothing  # between background and subject
    overlay: Callable[[Canvas, Scene], None] = _nothing
    subject: str | None = None  # drawn in place of the scene's own


def _grey(value: float) -> RGB:
    return (int(value),) * 3


def _manga_paint(rgb: RGB, kind: str) -> RGB:
    """Flat greys in a few steps, so that each becomes one even screen of dots."""
    value = luminance(rgb)
    if kind == "sky":
        return _grey(255 if value > 140 else 214 if value > 90 else 0)
    if kind in ("back", "ground"):  # pale, so that the subject stands out
        return _grey(120 if value < 58 else 206 if value < 110 else 255)
    if value < 58:
        return _grey(0)
    return _grey(150 if value < 110 else 206 if value < 170 else 255)


def _manga_mark(rgb: RGB, kind: str) -> RGB:
    return WHITE if luminance(rgb) > 125 else (0, 0, 0)


def _manga_edge(rgb: RGB, kind: str) -> tuple[RGB, float]:
    if luminance(rgb) < 58 and kind not in ("back", "ground"):
        return WHITE, 0.8  # solid black needs its inner lines white
    return (0, 0, 0), 1.15


@functools.lru_cache(maxsize=4096)
def _shining(rgb: RGB) -> RGB:
    """The colour as a neon tube."""
    h, s, v = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
    if s < 0.22:
        return (232, 240, 255) if v > 0.6 else (110, 130, 255)
    r, g, b = colorsys.hsv_to_rgb(h, max(s, 0.78), 1.0)
    return int(r * 255), int(g * 255), int(b * 255)


def _neon_line(rgb: RGB, kind: str) -> RGB:
    tube = (80, 230, 255) if rgb == INK else _shining(rgb)
    return mix(tube, (0, 0, 0), 0.5) if kind in ("back", "ground") else tube


def _neon_paint(rgb: RGB, kind: str) -> RGB:
    share = 0.0 if kind in ("sky", "back", "ground") else 0.12
    return mix((4, 3, 10), _shining(rgb), share)


def _neon_edge(rgb: RGB, kind: str) -> tuple[RGB, float]:
    return _neon_line(rgb, kind), 1.1


def _water_paint(rgb: RGB, kind: str) -> RGB:
    return mix(rgb, (255, 252, 244), 0.42 if kind in ("sky", "back", "ground") else 0.22)


def _water_edge(rgb: RGB, kind: str) -> tuple[RGB, float]:
    return darker(rgb, 0.5), 0.6


def _blue_paint(rgb: RGB, kind: str) -> RGB:
    return BLUE_PAPER


def _blue_line(rgb: RGB, kind: str) -> RGB:
    share = 0.85 if kind == "grid" else 0.45 if kind in ("back", "ground") else 0.0
    return mix(PALE_LINE, BLUE_PAPER, share)


def _blue_edge(rgb: RGB, kind: str) -> tuple[RGB, float]:
    line = WHITE if kind not in ("back", "ground") else _blue_line(rgb, kind)
    return line, 0.9


def _blue_grid(c: Canvas, scene: Scene) -> None:
    """Squared paper, and a dimension line under the subject."""
    lines = [(k, 0, k, 128) for k in range(2, 129, 16)]
    lines += [(0, k, 128, k) for k in range(2, 129, 16)]
    c.strokes(lines, PALE_LINE, 0.9, "grid")
    left, right = 64 + 128 * scene.x - 44, 64 + 128 * scene.x + 44
    c.strokes(
        [
            (left, 122, right, 122),
            (left, 119, left, 125),
            (right, 119, right, 125),
            (left, 122, left + 4, 120),
            (left, 122, left + 4, 124),
            (right, 122, right - 4, 120),
            (right, 122, right - 4, 124),
        ],
        WHITE,
        0.9,
        "light",
    )


def _frog_paint(rgb: RGB, kind: str) -> RGB:
    if kind != "skin":
        return rgb
    return mix(darker(FROG_GREEN, 0.2), (190, 232, 96), min(1.0, luminance(rgb) / 250) * 0.7)


def _night_paint(rgb: RGB, kind: str) -> RGB:
    """Moonlight: cold and dark behind, a little lighter on the subject; windows are lit."""
    if kind == "window":
        return (255, 222, 112)
    if kind in ("sky", "light"):
        return rgb
    r, g, b = (0.30, 0.33, 0.52) if kind in ("back", "ground") else (0.66, 0.68, 0.9)
    return int(rgb[0] * r), int(rgb[1] * g), int(rgb[2] * b)


def _snow_paint(rgb: RGB, kind: str) -> RGB:
    if kind == "ground":
        return mix((236, 242, 252), rgb, 0.05)
    return mix(rgb, (232, 240, 252), 0.42) if kind == "back" else rgb


def _snowfall(c: Canvas, scene: Scene) -> None:
    flakes(c, 34, 126)


def _lead(c: Canvas, scene: Scene) -> None:
    """The lead between the background's pieces; it must not cross faces."""
    c.painter.drawImage(QRectF(0, 0, 128, 128), lead_image(scene.seed % LAYOUTS))


def _glass_edge(rgb: RGB, kind: str) -> tuple[RGB, float]:
    return (20, 18, 24), 1.35


EVENING: RGB = (255, 120, 40)


def _sunset_paint(rgb: RGB, kind: str) -> RGB:
    """Low light: everything warmer, what lies behind also darker."""
    if kind in ("sky", "light"):
        return rgb
    if kind == "window":
        return (255, 214, 120)
    if kind in ("back", "ground"):
        return mix(darker(rgb, 0.42), EVENING, 0.3)
    return mix(rgb, EVENING, 0.16)


PARTY: tuple[RGB, ...] = (
    (236, 46, 62),
    (255, 206, 40),
    (52, 174, 74),
    (44, 120, 232),
    (250, 120, 190),
)


def _party(c: Canvas, scene: Scene) -> None:
    """A string of flags and two balloons, behind the subject."""
    c.line("M -2 4 Q 64 26 130 4", INK, 1.4)
    for k in range(8):
        x = 8 + 16 * k
        y = 5.5 + 11 * (1 - ((x - 64) / 66) ** 2)
        flag = path(f"M {x - 7} {y} L {x + 7} {y} L {x} {y + 15} Z")
        c.shape(flag, PARTY[k % len(PARTY)], "cloth", 1.4, 0.2)
    first = scene.seed % len(PARTY)
    for x, y, k in ((13, 52, first), (115, 46, first + 2)):
        c.line(f"M {x} {y + 12} Q {x + 4} {y + 26} {x - 1} {y + 38}", INK, 1.3)
        c.oval(x, y, 10.5, 12.5, PARTY[k % len(PARTY)], "cloth", 1.7, 0.7)


STYLE_TABLE: dict[str, Style] = {
    "base": Style(),
    "manga": Style(
        Manner(_manga_paint, _manga_edge, _manga_mark, back_edge=1.3, shading=0.0), halftone
    ),
    "birds": Style(subject="bird"),
    "frogs": Style(Manner(_frog_paint, spots=True)),
    "pixel-art": Style(Manner(shading=0.3), blocks),
    "neon": Style(
        Manner(_neon_paint, _neon_edge, _neon_line, back_edge=1.0, line_art=True, shading=0.0), glow
    ),
    "watercolour": Style(Manner(_water_paint, _water_edge, shading=1.3), wash),
    "blueprint": Style(
        Manner(_blue_paint, _blue_edge, _blue_line, back_edge=1.0, line_art=True, shading=0.0),
        overlay=_blue_grid,
    ),
    "night": Style(Manner(_night_paint, mark=_night_paint, night=True)),
    "snow": Style(Manner(_snow_paint, mark=_snow_paint, snow=True), overlay=_snowfall),
    "less-red": Style(),
    "less-blue": Style(),
    "stained-glass": Style(
        Manner(edge=_glass_edge, back_edge=1.6, shading=0.5), glass, backdrop=_lead
    ),
    "embroidery": Style(Manner(shading=0.6), stitches),
    "sunset": Style(Manner(_sunset_paint, mark=_sunset_paint, sunset=True)),
    "party": Style(backdrop=_party),
    "thick-lines": Style(Manner(weight=2.0)),
    "thin-lines": Style(Manner(weight=0.42)),
}
