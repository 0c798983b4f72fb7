"""A painter that draws one scene in many manners: shapes say what they are, not how they look."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPainterPath, QPen

RGB = tuple[int, int, int]
INK: RGB = (44, 34, 50)
WHITE: RGB = (255, 255, 255)
UNITS = 128  # the picture's side in the units all coordinates are in
EYE: RGB = (30, 20, 36)
FROG_GREEN: RGB = (128, 200, 44)
FROG_SPOT: RGB = (48, 112, 24)
FROG_EYE: RGB = (255, 232, 70)
# Thinner strokes do not come through four latents for 4x4 pixels.
BOLDER = 1.2
LEAST_EDGE = 1.7
LEAST_LINE = 1.4


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """a with a share of b."""
    return (
        int(a[0] + (b[0] - a[0]) * share),
        int(a[1] + (b[1] - a[1]) * share),
        int(a[2] + (b[2] - a[2]) * share),
    )


def darker(rgb: RGB, share: float = 0.25) -> RGB:
    """A shadow of the colour: towards a dark violet, which looks warmer than towards black."""
    return mix(rgb, (30, 16, 50), share)


def lighter(rgb: RGB, share: float = 0.3) -> RGB:
    """The colour's lit side."""
    return mix(rgb, WHITE, share)


def luminance(rgb: RGB) -> float:
    """0 (black) to 255 (white)."""
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]


@functools.lru_cache(maxsize=1024)
def path(text: str) -> QPainterPath:
    """A path from the letters M, L, Q, C and Z of SVG, absolute coordinates only."""
    result, tokens = QPainterPath(), iter(text.split())

    def point() -> QPointF:
        return QPointF(float(next(tokens)), float(next(tokens)))

    for letter in tokens:
        if letter == "M":
            result.moveTo(point())
        elif letter == "L":
            result.lineTo(point())
        elif letter == "Q":
            result.quadTo(point(), point())
        elif letter == "C":
            result.cubicTo(point(), point(), point())
        else:
            result.closeSubpath()
    return result


@functools.lru_cache(maxsize=2048)
def oval(x: float, y: float, rx: float, ry: float) -> QPainterPath:
    """An ellipse about its centre."""
    result = QPainterPath()
    result.addEllipse(QPointF(x, y), rx, ry)
    return result


def polygon(points: Iterable[tuple[float, float]]) -> QPainterPath:
    """A closed path through the points."""
    result = QPainterPath()
    first, *others = [QPointF(x, y) for x, y in points]
    result.moveTo(first)
    for point in others:
        result.lineTo(point)
    result.closeSubpath()
    return result


def box(x: float, y: float, width: float, height: float, round_: float = 0.0) -> QPainterPath:
    """A rectangle from its top left corner."""
    result = QPainterPath()
    result.addRoundedRect(QRectF(x, y, width, height), round_, round_)
    return result


def _same(rgb: RGB, kind: str) -> RGB:
    return rgb


def _ink_edge(rgb: RGB, kind: str) -> tuple[RGB, float] | None:
    return INK, 1.0


@dataclass(frozen=True)
class Manner:
    """How shapes look in a style.

    Kinds of shapes: thing, skin (or whatever carries the colour), cloth, back (behind the
    subject), ground, sky, sun, window, light (eyes, stars: what no style darkens).
    """

    paint: Callable[[RGB, str], RGB] = _same  # of a shape's inside
    edge: Callable[[RGB, str], tuple[RGB, float] | None] = _ink_edge  # outline, width factor
    mark: Callable[[RGB, str], RGB] = _same  # of lines and small dots
    back_edge: float = 0.0  # outline width of what stands behind the subject
    line_art: bool = False  # outlines only: no shading, no shadows, dots are rings
    spots: bool = False  # frog spots on every skin, and wide eyes
    night: bool = False
    snow: bool = False
    sunset: bool = False
    shading: float = 1.0
    weight: float = 1.0  # of every line and outline


class Canvas:
    """Draws shapes, in units of 1/128 of the picture, in a manner."""

    def __init__(self, painter: QPainter, manner: Manner, seed: int, light: float = 0.0) -> None:
        self.painter = painter
        self.manner = manner
        self.light = light
        self.rng = random.Random(seed)
        self._spot_rng = random.Random(seed)  # its own, so that spots move nothing else

    def _brush(self, shape: QPainterPath, rgb: RGB, shade: float) -> QBrush:
        """A flat fill, or a gentle gradient from the lit top left to the bottom right."""
        shade *= self.manner.shading
        if shade <= 0:
            return QBrush(QColor(*rgb))
        area = shape.controlPointRect()
        gradient = QLinearGradient(area.topLeft(), area.bottomRight())
        gradient.setColorAt(0.0, QColor(*lighter(rgb, 0.22 * shade)))
        gradient.setColorAt(0.45, QColor(*rgb))
        gradient.setColorAt(1.0, QColor(*darker(rgb, 0.26 * shade)))
        return QBrush(gradient)

    def shape(
        self,
        shape: QPainterPath,
        rgb: RGB,
        kind: str = "thing",
        edge: float = 1.8,
        shade: float = 1.0,
    ) -> None:
        """An area with its outline."""
        manner, painter = self.manner, self.painter
        if kind in ("back", "ground", "sun"):
            edge = max(edge, manner.back_edge)
        fill = manner.paint(rgb, kind)
        outline = manner.edge(rgb, kind) if edge else None
        width = manner.weight * max(LEAST_EDGE, BOLDER * edge)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._brush(shape, fill, shade))
        painter.drawPath(shape)
        if manner.spots and kind == "skin":
            self._spots(shape)
        if outline is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(_pen(outline[0], width * outline[1]))
            painter.drawPath(shape)

    def _spots(self, shape: QPainterPath) -> None:
        """Frog spots inside a shape, large ones first."""
        area = shape.controlPointRect()
        if area.width() < 7 or area.height() < 7:
            return
        self.painter.save()
        self.painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        self.painter.setBrush(QColor(*FROG_SPOT))
        count = max(2, min(7, int(area.width() * area.height() / 300)))
        for _ in range(count):
            x = area.left() + area.width() * self._spot_rng.random()
            y = area.top() + area.height() * self._spot_rng.random()
            radius = self._spot_rng.uniform(2.6, 4.6)
            self.painter.drawEllipse(QPointF(x, y), radius * 1.15, radius)
        self.painter.restore()

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        rgb: RGB,
        kind: str = "thing",
        edge: float = 1.8,
        shade: float = 1.0,
    ) -> None:
        """An ellipse with its outline."""
        self.shape(oval(x, y, rx, ry), rgb, kind, edge, shade)

    def dot(
        self, x: float, y: float, rx: float, rgb: RGB, ry: float | None = None, kind: str = "thing"
    ) -> None:
        """A small ellipse without outline."""
        colour = QColor(*self.manner.mark(rgb, kind))
        if self.manner.line_art and rx > 1.4:
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.setPen(QPen(colour, LEAST_LINE))
        else:
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.setBrush(colour)
        self.painter.drawEllipse(QPointF(x, y), rx, rx if ry is None else ry)

    def glow(self, x: float, y: float, rx: float, ry: float, rgb: RGB, alpha: int) -> None:
        """A translucent ellipse: shadows, blushes, haloes. Line art has none."""
        if self.manner.line_art:
            return
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(*rgb, alpha))
        self.painter.drawEllipse(QPointF(x, y), rx, ry)

    def line(
        self, shape: QPainterPath | str, rgb: RGB = INK, width: float = 1.2, kind: str = "thing"
    ) -> None:
        """A stroke."""
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        width = self.manner.weight * max(LEAST_LINE, BOLDER * width)
        self.painter.setPen(_pen(self.manner.mark(rgb, kind), width))
        self.painter.drawPath(path(shape) if isinstance(shape, str) else shape)

    def strokes(
        self,
        lines: Iterable[tuple[float, float, float, float]],
        rgb: RGB,
        width: float = 1.0,
        kind: str = "thing",
    ) -> None:
        """Many straight strokes of one colour."""
        joined = QPainterPath()
        for x1, y1, x2, y2 in lines:
            joined.moveTo(x1, y1)
            joined.lineTo(x2, y2)
        self.line(joined, rgb, width, kind)

    def eye(self, x: float, y: float, r: float, ball: bool = True) -> None:
        """A shining eye; with ball, a white one round the pupil."""
        if self.manner.spots:
            self.oval(x, y, r * 1.6, r * 1.6, FROG_EYE, "light", 1.4, 0.0)
            self.dot(x, y, r * 1.1, (20, 20, 20), r * 0.75, "light")
            return
        if ball:
            self.oval(x, y, r * 1.25, r * 1.35, WHITE, "light", 1.3, 0.0)
        self.dot(x, y, r * 0.86, EYE, r * 1.1, "light")
        self.dot(x - r * 0.26, y - r * 0.42, r * 0.36, WHITE, kind="light")


@functools.lru_cache(maxsize=512)
def _pen(rgb: RGB, width: float) -> QPen:
    pen = QPen(QColor(*rgb), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
