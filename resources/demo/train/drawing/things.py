"""House, tree, flower, car, boat and mushroom. The middle is (0, 0), the ground y = 49."""

from __future__ import annotations

import math

from PySide6.QtGui import QPainterPath

from .animals import ink_on
from .canvas import RGB, WHITE, Canvas, box, darker, lighter, mix, oval, path
from .scenes import Scene

WOOD: RGB = (140, 90, 54)
GLASS: RGB = (170, 220, 244)
LEAF: RGB = (66, 160, 62)


def draw_house(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A cottage with a tiled roof of the colour."""
    wall, line = (252, 238, 208), ink_on(rgb)
    c.shape(box(16, -44, 11, 24), (190, 104, 84), edge=1.7)
    for x, y, r in ((24, -50, 3.4), (29, -56, 4.2)):
        c.glow(x, y, r, r, (236, 236, 240), 190)
    c.shape(box(-33, 0, 66, 49), wall, "thing", 1.9)
    c.strokes([(-29, 42, -21, 42), (20, 42, 29, 42)], darker(wall, 0.25), 1.4)
    c.shape(path("M -45 4 L -24 -38 Q 0 -44 24 -38 L 45 4 Z"), rgb, "skin", 2.0)
    for row in range(3):
        y, half = -26 + row * 11, 24 + row * 5.6
        tiles = " ".join(
            f"M {x} {y} Q {x + 6} {y + 7} {x + 12} {y}"
            for x in range(int(-half), int(half) - 8, 12)
        )
        c.line(tiles, line, 1.4)
    c.oval(0, -18, 8.5, 8.5, wall, edge=1.5, shade=0.0)
    c.oval(0, -18, 5.5, 5.5, GLASS, "window", 1.3, 0.3)
    _door(c, scene.pose)
    for x in (-23, 9) if scene.pose != 1 else (-26, 12):
        _window(c, x, 13)


def _door(c: Canvas, pose: int) -> None:
    c.shape(path("M -7 49 L -7 28 Q 0 19 7 28 L 7 49 Z"), WOOD, edge=1.7)
    c.line("M -1.5 28 L -1.5 46", darker(WOOD, 0.35), 1.2)
    c.dot(3.6, 37, 1.8, (255, 216, 80))
    c.shape(box(-10, 46.5, 20, 3.5), (176, 172, 176), edge=1.2)


def _window(c: Canvas, x: float, y: float) -> None:
    c.shape(box(x, y, 14, 14), GLASS, "window", 1.6, 0.5)
    c.strokes([(x + 7, y, x + 7, y + 14), (x, y + 7, x + 14, y + 7)], WHITE, 1.6)
    c.shape(box(x - 1.5, y + 14, 17, 4.5), WOOD, edge=1.2)
    for k in range(3):
        c.dot(x + 2 + 5 * k, y + 13, 2.4, LEAF if k % 2 else (248, 150, 170))


LOBES = ((-22, -14, 18), (22, -14, 18), (-12, -32, 17), (13, -32, 17), (0, -8, 20), (0, -22, 20))


def draw_tree(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A leafy tree: the crown has the colour."""
    c.shape(
        path("M -8 2 C -6 22 -7 36 -17 49 L -5 47 L 0 50 L 6 47 L 17 49 C 7 36 6 22 8 2 Z"),
        WOOD,
        edge=1.9,
    )
    c.line("M -3 16 Q -2 28 -5 40 M 3 18 Q 2 30 5 42", darker(WOOD, 0.4), 1.2)
    c.oval(1, 26, 2.4, 3.4, darker(WOOD, 0.45), edge=0.0, shade=0.0)
    c.shape(_crown(scene.pose), rgb, "skin", 2.0)
    dark, pale = darker(rgb, 0.3), lighter(rgb, 0.35)
    rng = c.rng
    for k in range(15):
        angle, far = k * 2.4, 7.2 * math.sqrt(k)
        x = far * math.cos(angle) * 1.12 + rng.uniform(-1, 1)
        y = -20 + far * math.sin(angle) * 0.84 + rng.uniform(-1, 1)
        leaf = path(
            f"M {x - 4:.1f} {y:.1f} Q {x:.1f} {y - 6:.1f} {x + 4:.1f} {y:.1f} "
            f"Q {x:.1f} {y + 3:.1f} {x - 4:.1f} {y:.1f} Z"
        )
        c.shape(leaf, pale if x + y < -18 else dark, "thing", 0.0, 0.0)


def _crown(pose: int) -> QPainterPath:
    crown = oval(0, -20, 26, 20)
    for k, (x, y, r) in enumerate(LOBES):
        crown = crown.united(oval(x, y + (2 if (k + pose) % 2 else 0), r, r))
    return crown


def draw_flower(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A great blossom on a stem with two leaves."""
    c.line("M 0 0 Q -4 26 0 49", darker(LEAF, 0.55), 6.4)
    c.line("M 0 0 Q -4 26 0 49", LEAF, 3.6)
    for s, y in ((-1, 40), (1, 34)):
        c.shape(
            path(
                f"M {-s} {y} C {6 * s} {y - 16} {26 * s} {y - 18} {34 * s} {y - 14} "
                f"C {30 * s} {y} {14 * s} {y + 6} {-s} {y} Z"
            ),
            LEAF,
            edge=1.7,
        )
        c.line(f"M {2 * s} {y - 1} Q {14 * s} {y - 8} {28 * s} {y - 12}", darker(LEAF, 0.4), 1.1)
    petals = (8, 7, 6)[scene.pose]
    wide = (9.5, 11, 12.5)[scene.pose]
    fine = ink_on(rgb)
    c.painter.save()
    c.painter.translate(0, -16)
    for _ in range(petals):
        petal = path(
            f"M 0 -6 C {-wide * 1.5} -16 {-wide} -36 0 -36 C {wide} -36 {wide * 1.5} -16 0 -6 Z"
        )
        c.shape(petal, rgb, "skin", 1.8)
        c.line("M 0 -15 L 0 -26", fine, 1.3)
        c.painter.rotate(360 / petals)
    c.oval(0, 0, 12.5, 12.5, (250, 200, 50), edge=1.8)
    for k in range(8):
        angle, far = k * 2.4, 3.2 * math.sqrt(k)
        c.dot(far * math.cos(angle), far * math.sin(angle), 1.7, (178, 110, 26))
    c.painter.restore()


def draw_car(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A round little car in profile."""
    fine = ink_on(rgb)
    if scene.pose == 1:
        for y, half in ((-26, 20), (-31, 16)):
            c.shape(box(-half - 4, y, 2 * half, 5), WOOD, edge=1.3)
    c.shape(
        path(
            "M -52 36 C -56 20 -54 12 -44 8 L -34 4 C -28 -18 -20 -22 -4 -22 C 16 -22 22 -14 "
            "32 4 C 46 6 54 10 54 22 L 54 36 Q 54 40 48 40 L -46 40 Q -51 40 -52 36 Z"
        ),
        rgb,
        "skin",
        2.0,
    )
    c.shape(path("M -27 4 C -24 -12 -20 -15 -7 -15 L -7 4 Z"), GLASS, "window", 1.6, 0.5)
    c.shape(path("M -1 4 L -1 -15 C 12 -15 16 -10 24 4 Z"), GLASS, "window", 1.6, 0.5)
    c.strokes([(-20, 0, -16, -10), (6, 0, 9, -10)], WHITE, 1.8)
    c.line("M -4 6 L -4 34", fine, 1.4)
    c.line("M -16 13 L -9 13 M 3 13 L 10 13", fine, 2.0)
    c.line("M -50 25 Q 0 29 53 25", lighter(rgb, 0.55), 1.3)
    c.oval(49, 16, 4, 5, (255, 240, 150), "window", 1.5, 0.2)
    c.shape(box(-54, 15, 5, 7, 2), (200, 40, 50), edge=1.3)
    c.shape(box(42, 33, 15, 6, 3), (206, 208, 216), edge=1.4)
    c.shape(box(-57, 33, 15, 6, 3), (206, 208, 216), edge=1.4)
    for x in (-28, 30):
        _wheel(c, x, 36)


def _wheel(c: Canvas, x: float, y: float) -> None:
    c.oval(x, y, 13, 13, (62, 58, 68), edge=2.0, shade=0.6)
    c.oval(x, y, 7.2, 7.2, (222, 224, 230), edge=1.3, shade=0.6)
    c.dot(x, y, 2.8, (90, 92, 102))


def draw_boat(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A sailing boat: the sails have the colour."""
    c.line("M 0 -48 L 0 26", darker(WOOD, 0.5), 4.2)
    c.line("M 0 -48 L 0 26", WOOD, 2.0)
    belly = (36, 42, 39)[scene.pose]
    c.shape(path(f"M 4 -44 C 24 -32 {belly} -6 {belly + 2} 16 Q 22 20 4 16 Z"), rgb, "skin", 1.9)
    c.shape(
        path(f"M -4 -36 C -18 -24 {-belly + 6} 0 {-belly + 2} 14 Q -18 18 -4 15 Z"),
        mix(rgb, WHITE, 0.22),
        "skin",
        1.9,
    )
    fine = ink_on(rgb)
    c.line("M 4 -14 Q 18 -11 30 -13 M -4 -7 Q -16 -4 -25 -6", fine, 1.5)
    c.shape(path("M 1 -49 L 14 -53 L 1 -57 Z"), (250, 206, 60), "cloth", 1.3)
    c.shape(
        path("M -46 22 Q 0 30 48 20 C 46 36 38 46 28 46 L -28 46 C -38 46 -44 34 -46 22 Z"),
        (164, 104, 60),
        edge=2.0,
    )
    for x in (-20, 0, 20):
        c.oval(x, 33, 3.6, 3.6, GLASS, "window", 1.4, 0.0)
    waves = " ".join(
        f"M {x} 47 Q {x + 9} 38 {x + 18} 47 Q {x + 9} 53 {x} 47 Z" for x in range(-54, 48, 18)
    )
    c.shape(path(waves), (150, 214, 244), edge=1.2, shade=0.3)


def draw_mushroom(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A toadstool: the cap has the colour."""
    stalk = (252, 240, 220)
    c.shape(
        path("M -13 -2 C -12 18 -20 36 -19 44 Q 0 53 19 44 C 20 36 12 18 13 -2 Z"), stalk, edge=1.9
    )
    c.line("M -7 22 Q -9 30 -11 40 M 7 22 Q 9 30 11 40", darker(stalk, 0.25), 1.5)
    c.shape(
        path("M -15 9 Q 0 17 15 9 L 17 16 Q 8 20 4 17 Q 0 22 -5 17 Q -10 21 -17 16 Z"),
        lighter(stalk, 0.5),
        edge=1.3,
    )
    c.shape(path("M -45 2 Q 0 -12 45 2 Q 30 12 0 12 Q -30 12 -45 2 Z"), (238, 214, 184), edge=1.7)
    gills = [(x * 0.5, 1, x, 8 - abs(x) * 0.12) for x in range(-30, 31, 15)]
    c.strokes(gills, (172, 138, 112), 1.5)
    top = (-46, -50, -42)[scene.pose]
    c.shape(
        path(f"M -48 2 C -52 -26 -26 {top} 0 {top} C 26 {top} 52 -26 48 2 Q 0 -12 -48 2 Z"),
        rgb,
        "skin",
        2.0,
    )
    spot = (254, 250, 240) if min(rgb) < 215 else (222, 120, 110)
    for x, y, rx, ry in (
        (0, -29, 8, 6.6),
        (-23, -20, 6.4, 6),
        (22, -18, 7, 6.4),
        (-3, -11, 5, 4),
        (-37, -6, 3.8, 5),
        (36, -5, 4, 4.6),
    ):
        c.oval(x, y, rx, ry, spot, edge=1.2, shade=0.3)
    for x in (-25, -21, 22, 27):
        c.line(f"M {x} 50 L {x + (2 if x > 0 else -2)} 41", (50, 130, 50), 1.8)
