"""The seven places a demo scene can be set in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainterPath

from .canvas import RGB, WHITE, Canvas, box, darker, lighter, mix, oval, path, polygon

SUN: RGB = (255, 214, 74)
MOON: RGB = (252, 244, 206)
NIGHT_TOP: RGB = (16, 18, 58)
NIGHT_LOW: RGB = (62, 62, 132)
SUNSET_TOP: RGB = (96, 62, 150)
SUNSET_LOW: RGB = (255, 160, 84)


def sky(c: Canvas, top: RGB, low: RGB) -> None:
    """The whole picture's gradient, with a night's moon and stars or the evening's sun."""
    night = c.manner.night
    if night:
        top, low = NIGHT_TOP, NIGHT_LOW
    elif c.manner.sunset:
        top, low = SUNSET_TOP, SUNSET_LOW
    elif c.manner.snow:
        top, low = mix(top, (150, 164, 190), 0.7), mix(low, (222, 230, 240), 0.7)
    gradient = QLinearGradient(0, 0, 0, 110)
    gradient.setColorAt(0, QColor(*c.manner.paint(top, "sky")))
    gradient.setColorAt(1, QColor(*c.manner.paint(low, "sky")))
    c.painter.setPen(Qt.PenStyle.NoPen)
    c.painter.setBrush(gradient)
    c.painter.drawRect(QRectF(0, 0, 128, 128))
    if night:
        state = c.rng.getstate()  # the scene's other details stay where they are by day
        stars(c, 15)
        moon(c, 106, 20)
        c.rng.setstate(state)
    if c.manner.sunset:
        c.glow(64, 78, 46, 40, (255, 226, 150), 90)
        c.shape(_disc(64, 74, 24), (255, 236, 150), "light", 0.0, 0.0)


def sun(c: Canvas, x: float, y: float) -> None:
    """A sun with a halo; neither at night, when it snows, nor in the evening."""
    if c.manner.night or c.manner.snow or c.manner.sunset:
        return
    c.glow(x, y, 17, 17, (255, 246, 190), 90)
    c.shape(_disc(x, y, 10.5), SUN, "sun", 0.0, 0.4)


def _disc(x: float, y: float, r: float) -> QPainterPath:
    return oval(x, y, r, r)


def moon(c: Canvas, x: float, y: float) -> None:
    """A crescent with a halo."""
    c.glow(x, y, 19, 19, (200, 200, 255), 40)
    crescent = _disc(x, y, 11.5).subtracted(_disc(x + 5.5, y - 3.5, 9.5))
    c.shape(crescent, MOON, "light", 0.8 if c.manner.line_art else 0.0, 0.3)


def stars(c: Canvas, count: int) -> None:
    """Dots, and a few four-pointed stars."""
    for _ in range(count):
        c.dot(
            c.rng.uniform(2, 126),
            c.rng.uniform(2, 84),
            c.rng.uniform(1.0, 1.6),
            WHITE,
            kind="light",
        )
    for _ in range(4):
        x, y, r = c.rng.uniform(6, 122), c.rng.uniform(5, 60), c.rng.uniform(3.2, 4.6)
        c.strokes([(x - r, y, x + r, y), (x, y - r, x, y + r)], (255, 250, 214), 1.4, "light")


def cloud(c: Canvas, x: float, y: float, s: float) -> None:
    """A puffy cloud on a flat base."""
    shape = path(
        "M -15 6 C -23 5 -21 -5 -13 -4 C -12 -13 2 -14 4 -7 C 11 -11 17 -4 14 -1 C 21 0 19 7 13 6 Z"
    )
    c.painter.save()
    c.painter.translate(x, y)
    c.painter.scale(s, s)
    c.shape(shape, (250, 252, 255), "back", 0.0, 0.35)
    c.painter.restore()


def tufts(c: Canvas, rgb: RGB, top: float, count: int) -> None:
    """Small tufts of three grass blades."""
    lines = []
    for _ in range(count):
        x, y = c.rng.uniform(2, 126), c.rng.uniform(top, 125)
        lines += [(x, y, x - 3, y - 4.6), (x, y, x, y - 6.0), (x, y, x + 3, y - 4.6)]
    c.strokes(lines, rgb, 1.2, "ground")


def meadow(c: Canvas) -> None:
    """Hills, grass and daisies under a blue sky."""
    sky(c, (92, 176, 244), (214, 240, 252))
    side = c.rng.random() < 0.5
    sun(c, 18 if side else 110, 17)
    cloud(c, 98 if side else 28, c.rng.uniform(14, 22), 1.0)
    cloud(c, 56 + c.rng.uniform(-8, 8), c.rng.uniform(32, 40), 0.6)
    bend = c.rng.uniform(-8, 8)
    c.shape(
        path(f"M 0 74 Q {30 + bend} 54 70 72 Q {100 + bend} 60 128 70 L 128 128 L 0 128 Z"),
        (140, 206, 106),
        "ground",
        0.0,
        0.3,
    )
    c.shape(
        path(f"M 0 92 Q {70 + bend} 76 128 90 L 128 128 L 0 128 Z"),
        (98, 182, 72),
        "ground",
        0.0,
        0.6,
    )
    tufts(c, (50, 134, 46), 96, 9)
    for _ in range(5):
        x, y = c.rng.uniform(4, 124), c.rng.uniform(92, 124)
        c.dot(x, y, 2.9, WHITE, kind="ground")
        c.dot(x, y, 1.4, (255, 206, 50), kind="ground")


def beach(c: Canvas) -> None:
    """Sea with waves, and sand with shells."""
    sky(c, (96, 196, 246), (220, 244, 252))
    side = c.rng.random() < 0.5
    sun(c, 18 if side else 110, 17)
    cloud(c, 94 if side else 32, c.rng.uniform(16, 24), 0.85)
    c.shape(box(0, 56, 128, 40), (36, 146, 204), "back", 0.0, 0.5)
    for y in (63, 74):
        x = c.rng.uniform(0, 20)
        c.strokes(
            [(x + k, y, x + k + 11, y) for k in range(-10, 128, 30)], (176, 228, 246), 1.6, "back"
        )
    bend = c.rng.uniform(-6, 6)
    shore = f"M 0 {88 + bend} Q 34 80 66 87 Q 100 94 128 {86 - bend} L 128 128 L 0 128 Z"
    c.painter.translate(0, -3)
    c.shape(path(shore), (244, 252, 255), "back", 0.0, 0.0)
    c.painter.translate(0, 3)
    c.shape(path(shore), (246, 220, 156), "ground", 0.0, 0.5)
    for _ in range(12):
        c.dot(c.rng.uniform(1, 127), c.rng.uniform(94, 126), 1.3, (214, 178, 108), kind="ground")
    for _ in range(2):
        x, y = c.rng.uniform(8, 120), c.rng.uniform(100, 122)
        c.shape(
            path(f"M {x - 5} {y} Q {x} {y - 10} {x + 5} {y} Q {x} {y + 3} {x - 5} {y} Z"),
            (250, 160, 150),
            "ground",
            1.0,
            0.0,
        )


def forest(c: Canvas) -> None:
    """A few great trunks under a dark canopy."""
    sky(c, (66, 122, 84), (176, 208, 150))
    for x in (22, 60, 96):
        c.shape(box(x + c.rng.uniform(-6, 6), 0, 6, 100), (74, 108, 78), "back", 0.0, 0.0)
    c.shape(path("M 0 92 Q 64 84 128 92 L 128 128 L 0 128 Z"), (74, 118, 52), "ground", 0.0, 0.6)
    for x in (4, 36, 92, 122):
        _trunk(c, x + c.rng.uniform(-5, 5), c.rng.uniform(6, 8.5), c.rng.uniform(92, 98))
    for row, (y, rgb) in enumerate(((6, (40, 92, 50)), (-3, (28, 72, 42)))):
        for k in range(6):
            x = k * 25 + 12 * row + c.rng.uniform(-4, 4)
            c.oval(x, y + c.rng.uniform(-2, 3), 17, 14, rgb, "back", 0.0, 0.5)
    tufts(c, (36, 84, 34), 100, 9)
    for _ in range(5):
        c.dot(c.rng.uniform(4, 124), c.rng.uniform(102, 125), 2.2, (206, 124, 50), 1.5, "ground")


def _trunk(c: Canvas, x: float, w: float, foot: float) -> None:
    """One trunk with roots and bark."""
    bark = (106, 74, 52)
    shape = path(
        f"M {x - w} -2 L {x - w} {foot - 8} Q {x - w} {foot} {x - w - 4} {foot + 2} "
        f"L {x + w + 4} {foot + 2} Q {x + w} {foot} {x + w} {foot - 8} L {x + w} -2 Z"
    )
    c.shape(shape, bark, "back", 0.8, 0.8)
    lines = []
    for _ in range(4):
        px, py = x + c.rng.uniform(-w * 0.6, w * 0.6), c.rng.uniform(22, foot - 16)
        lines.append((px, py, px, py + c.rng.uniform(7, 12)))
    c.strokes(lines, darker(bark, 0.4), 1.3, "back")


HOUSES: tuple[RGB, ...] = ((214, 176, 150), (164, 170, 192), (196, 158, 168), (176, 186, 172))


def city(c: Canvas) -> None:
    """Four tall buildings with windows, and a street."""
    sky(c, (150, 186, 226), (240, 228, 226))
    x, shift = -6.0, c.rng.randrange(4)
    for k in range(5):
        width, height = c.rng.uniform(27, 31), c.rng.uniform(52, 88)
        _building(c, x, width, 98 - height, HOUSES[(k + shift) % 4])
        x += width
    c.shape(box(-2, 94, 132, 8), (204, 202, 206), "ground", 0.0, 0.0)
    c.shape(box(-2, 101, 132, 30), (104, 106, 118), "ground", 0.0, 0.3)
    start = c.rng.uniform(-12, 6)
    c.strokes(
        [(start + k, 117, start + k + 12, 117) for k in range(0, 130, 24)],
        (248, 240, 214),
        2.4,
        "ground",
    )


def _building(c: Canvas, x: float, width: float, top: float, rgb: RGB) -> None:
    """A block of flats; about half of its windows are lit."""
    c.shape(box(x, top, width, 100 - top), rgb, "back", 0.8, 0.3)
    c.shape(box(x - 1, top - 2.5, width + 2, 4), darker(rgb, 0.3), "back", 0.0, 0.0)
    step = width / 2
    for row in range(int((92 - top) // 15)):
        for column in range(2):
            lit = c.rng.random() < (0.7 if c.manner.night else 0.35)
            pane = box(x + step * column + step / 2 - 3.5, top + 7 + row * 15, 7, 8.5)
            kind = "window" if lit else "back"
            c.shape(pane, (255, 226, 130) if lit else (98, 120, 152), kind, 0.0, 0.0)


def snow(c: Canvas) -> None:
    """White hills, firs and falling snow."""
    sky(c, (164, 188, 218), (228, 236, 246))
    c.shape(
        path("M 0 82 Q 36 62 72 78 Q 104 64 128 76 L 128 128 L 0 128 Z"),
        (222, 232, 246),
        "ground",
        0.0,
        0.2,
    )
    for x, s in ((12, 1.0), (34, 0.7), (100, 0.75), (118, 1.05)):
        _fir(c, x + c.rng.uniform(-4, 4), 88, s)
    c.shape(path("M 0 92 Q 64 80 128 92 L 128 128 L 0 128 Z"), (248, 250, 255), "ground", 0.0, 0.3)
    c.line("M 8 108 Q 24 104 42 108", (206, 220, 240), 1.8, "ground")
    c.line("M 84 116 Q 102 112 122 116", (206, 220, 240), 1.8, "ground")
    flakes(c, 18, 92)


def flakes(c: Canvas, count: int, low: float) -> None:
    """Falling snow."""
    for _ in range(count):
        c.dot(
            c.rng.uniform(0, 128),
            c.rng.uniform(0, low),
            c.rng.uniform(1.5, 2.4),
            WHITE,
            kind="light",
        )


def _fir(c: Canvas, x: float, foot: float, s: float) -> None:
    """A fir of three tiers with snow on them."""
    c.shape(box(x - 2 * s, foot - 6 * s, 4 * s, 8 * s), (104, 74, 56), "back", 0.0, 0.0)
    for k in range(3):
        y, w = foot - 6 * s - k * 11 * s, (14 - 3 * k) * s
        tier = [(x - w, y), (x, y - 17 * s), (x + w, y)]
        c.shape(polygon(tier), (58, 112, 100), "back", 0.0, 0.5)
        cap = [
            (x - w * 0.45, y - 9 * s),
            (x, y - 17 * s),
            (x + w * 0.45, y - 9 * s),
            (x, y - 11 * s),
        ]
        c.shape(polygon(cap), (244, 248, 255), "back", 0.0, 0.0)


def night(c: Canvas) -> None:
    """A starry sky with a moon over dark hills."""
    sky(c, NIGHT_TOP, NIGHT_LOW)
    if not (c.manner.night or c.manner.sunset):
        stars(c, 17)
        moon(c, 106 if c.rng.random() < 0.5 else 20, 20)
    c.shape(
        path("M 0 90 Q 34 72 66 88 Q 98 74 128 86 L 128 128 L 0 128 Z"),
        (38, 44, 88),
        "ground",
        0.0,
        0.3,
    )
    c.shape(path("M 0 100 Q 64 88 128 102 L 128 128 L 0 128 Z"), (28, 50, 66), "ground", 0.0, 0.3)
    tufts(c, (66, 98, 104), 106, 7)


TINTS: tuple[RGB, ...] = ((240, 232, 214), (226, 236, 228), (228, 232, 242), (242, 226, 226))


def plain(c: Canvas) -> None:
    """A quiet pastel wall."""
    tint = c.rng.choice(TINTS)
    sky(c, lighter(tint, 0.35), darker(tint, 0.05))
    c.shape(path("M 0 108 L 128 108 L 128 128 L 0 128 Z"), darker(tint, 0.13), "ground", 0.0, 0.0)


PLACES: dict[str, Callable[[Canvas], None]] = {
    "meadow": meadow,
    "beach": beach,
    "forest": forest,
    "city": city,
    "snow": snow,
    "night": night,
    "plain": plain,
}


def draw_background(c: Canvas, name: str) -> None:
    """The place of that name, over the whole picture."""
    PLACES[name](c)
