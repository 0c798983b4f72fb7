"""The measured stacks as one picture: what is still seen against two sizes, and the zones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .fits import Falling
from .table import Table

WIDTH, HEIGHT = 960, 400
TOP, BOTTOM, LEFT, GAP = 56, 64, 64, 56
INK, FAINT, PAPER = "#222222", "#dddddd", "#ffffff"
ZONES = ("#fff1cc", "#f9d5d3")  # amber, red
FAMILIES = {
    "single": ("one adapter", "#0072b2"),
    "stack": ("several, each at 1", "#009e73"),
    "mixed": ("several, each at its own strength", "#cc79a7"),
    "master": ("several under one master", "#d55e00"),
}  # colours of Okabe and Ito, which people with any colour vision tell apart
PANELS = {
    "in_adapters": ("strength of the stack, in adapters", (0.5, 1, 2, 5)),
    "one_step": ("one-step change", (0.05, 0.2, 0.5, 1, 2, 5)),
}


@dataclass
class Panel:
    """One size against the share of pictures that show their subject."""

    pen: ImageDraw.ImageDraw
    table: Table
    axis: str
    left: int
    right: int

    def __post_init__(self) -> None:
        self.font = ImageFont.load_default(size=14)
        sizes = self.table.axis(self.axis)
        self.ends = math.log(sizes.min() * 0.9), math.log(sizes.max() * 1.1)

    def draw(self, zones: tuple[float, float] | None) -> None:
        if zones:
            self._zones(*zones)
        self._axes()
        self._curve()
        self._points()

    def _x(self, size: float) -> float:
        low, high = self.ends
        return self.left + (math.log(size) - low) / (high - low) * (self.right - self.left)

    def _y(self, share: float) -> float:
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def _zones(self, amber: float, red: float) -> None:
        edges = (self._x(amber), self._x(red), self.right)
        for k, colour in enumerate(ZONES):
            self.pen.rectangle((edges[k], self._y(1), edges[k + 1], self._y(0)), fill=colour)

    def _axes(self) -> None:
        label, ticks = PANELS[self.axis]
        for share in (0, 0.25, 0.5, 0.75, 1):
            y = self._y(share)
            self.pen.line((self.left, y, self.right, y), fill=FAINT if share else INK)
            self._text(self.left - 8, y, f"{100 * share:.0f} %", "rm")
        for size in (tick for tick in ticks if self.ends[0] < math.log(tick) < self.ends[1]):
            self._text(self._x(size), HEIGHT - BOTTOM + 8, f"{size:g}", "mt")
        self._text((self.left + self.right) / 2, HEIGHT - 30, label, "mt")

    def _curve(self) -> None:
        fitted = Falling.fitted(self.table.axis(self.axis), *self.table.counted())
        line = list[tuple[float, float]]()
        for size, share in zip(fitted.sizes, fitted.shares, strict=True):
            x = self._x(size)
            line += [(x, line[-1][1] if line else self._y(share)), (x, self._y(share))]
        self.pen.line(line, fill=INK, width=2)

    def _points(self) -> None:
        sizes, shares = self.table.axis(self.axis), self.table.seen("subject")
        for size, share, family in zip(sizes, shares, self.table.families, strict=True):
            x, y = self._x(size), self._y(share)
            colour = FAMILIES[family][1]
            self.pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour, outline=PAPER)

    def _text(self, x: float, y: float, text: str, anchor: str) -> None:
        self.pen.text((x, y), text, fill=INK, font=self.font, anchor=anchor)


def plot(table: Table, zones: tuple[float, float], path: Path) -> None:
    """Left what the bar shows, with its zones; right the one-step change of the same stacks."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen, middle = ImageDraw.Draw(image), WIDTH // 2
    Panel(pen, table, "in_adapters", LEFT, middle - GAP // 2).draw(zones)
    Panel(pen, table, "one_step", middle + GAP, WIDTH - GAP // 2).draw(None)
    font, x = ImageFont.load_default(size=14), 16
    pen.text((x, 8), "Pictures that still show their subject, by stack", fill=INK, font=font)
    for name, colour in FAMILIES.values():
        pen.ellipse((x, 33, x + 8, 41), fill=colour)
        pen.text((x + 14, 37), name, fill=INK, font=font, anchor="lm")
        x += 40 + round(font.getlength(name))
    image.save(path, optimize=True)
