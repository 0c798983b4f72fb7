"""Cat, dog, bird, fish and frog. The subject's middle is (0, 0), its ground y = 49."""

from __future__ import annotations

from PySide6.QtGui import QPainterPath

from .canvas import EYE, INK, RGB, WHITE, Canvas, darker, lighter, luminance, mix, path
from .scenes import Scene

BEAK: RGB = (255, 160, 20)
PINK: RGB = (244, 134, 150)


def ink_on(rgb: RGB) -> RGB:
    """Fine lines that show on the colour."""
    return darker(rgb, 0.55) if luminance(rgb) > 75 else lighter(rgb, 0.45)


def draw_cat(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A sitting cat with stripes, whiskers and a curled tail."""
    fine, pale = ink_on(rgb), lighter(rgb, 0.62)
    _cat_tail(c, rgb, fine)
    c.shape(path("M -14 0 C -30 18 -31 46 -22 49 L 22 49 C 31 46 30 18 14 0 Z"), rgb, "skin")
    c.shape(path("M -8 8 Q -12 26 -5 36 L 5 36 Q 12 26 8 8 Z"), pale, "skin", 0.0, 0.4)
    for s in (-1, 1):
        c.oval(9 * s, 45, 8, 5.2, rgb, "skin", 1.6)
        c.strokes([(9 * s, 44, 9 * s, 48)], fine, 1.3)
        c.strokes([(26 * s, 26, 18 * s, 28), (27 * s, 34, 19 * s, 35)], fine, 2.2)
        c.shape(path(f"M {27 * s} -20 L {26 * s} -49 L {5 * s} -36 Z"), rgb, "skin")
        c.shape(path(f"M {22 * s} -27 L {22 * s} -41 L {12 * s} -34 Z"), PINK, "thing", 0.0, 0.0)
    c.shape(
        path("M -30 -14 C -32 -46 32 -46 30 -14 C 29 6 14 9 0 9 C -14 9 -29 6 -30 -14 Z"),
        rgb,
        "skin",
        1.9,
    )
    c.strokes([(0, -37, 0, -27), (-8, -36, -7, -29), (8, -36, 7, -29)], fine, 2.4)
    _cat_face(c, scene, rgb, pale)


def _cat_tail(c: Canvas, rgb: RGB, fine: RGB) -> None:
    c.shape(
        path("M 18 40 C 36 46 44 34 38 20 C 34 10 42 4 46 10 C 56 26 50 54 20 50 Z"),
        rgb,
        "skin",
        1.8,
    )
    c.strokes([(40, 22, 47, 20), (42, 32, 49, 34)], fine, 1.7)


def _cat_face(c: Canvas, scene: Scene, rgb: RGB, pale: RGB) -> None:
    for s in (-1, 1):
        c.oval(5 * s, -1, 7, 5.5, pale, "skin", 0.0, 0.2)
    if scene.pose == 2 and not c.manner.spots:
        ink = ink_on(rgb) if luminance(rgb) < 75 else INK
        c.line("M -20 -12 Q -13 -22 -6 -12", ink, 2.6)
        c.line("M 6 -12 Q 13 -22 20 -12", ink, 2.6)
    else:
        for s in (-1, 1):
            c.oval(13 * s, -14, 7.6, 8, (216, 238, 90), "light", 1.5, 0.0)
            c.dot(13 * s, -14, 3.8, EYE, 6.0, "light")
            c.dot(11.6 * s, -17, 1.7, WHITE, kind="light")
    c.shape(path("M -4.4 -6 L 4.4 -6 L 0 -1 Z"), PINK, edge=1.3)
    c.line("M 0 -1 Q -1 4 -7 3 M 0 -1 Q 1 4 7 3", INK, 1.5)
    for s in (-1, 1):
        lines = [(16 * s, -1 + k, 38 * s, -5 + 3.4 * k) for k in (0, 3)]
        c.strokes(lines, INK if luminance(rgb) > 75 else WHITE, 1.2)


def draw_dog(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A standing dog in profile, with a floppy ear, a patch and a collar."""
    fine, pale = ink_on(rgb), lighter(rgb, 0.6)
    tail = "M -34 10 C -50 4 -52 -14 -45 -20 C -38 -16 -42 -4 -30 0 Z"
    if scene.pose == 1:
        tail = "M -34 8 C -54 12 -58 0 -56 -8 C -48 -10 -46 2 -30 0 Z"
    c.shape(path(tail), rgb, "skin")
    for x in (-18, 16):
        c.shape(_leg(x), darker(rgb, 0.25), "skin", 1.7)
    c.shape(
        path(
            "M -36 8 C -38 -8 -20 -6 -4 -5 L 24 -10 C 34 4 30 26 18 29 C 0 33 -20 31 -30 28 "
            "C -36 24 -37 16 -36 8 Z"
        ),
        rgb,
        "skin",
        1.9,
    )
    c.shape(
        path("M -26 -4 C -10 -8 -4 8 -14 13 C -26 16 -34 4 -26 -4 Z"),
        darker(rgb, 0.35),
        "skin",
        0.0,
        0.0,
    )
    for x in (-28, 24):
        c.shape(_leg(x), rgb, "skin", 1.7)
        c.strokes([(x + 3, 46, x + 3, 49)], fine, 1.2)
    _dog_head(c, rgb, pale, scene.pose == 2)


def _leg(x: float) -> QPainterPath:
    return path(
        f"M {x - 6} 20 L {x - 5} 42 Q {x - 5} 50 {x + 1} 50 L {x + 7} 50 Q {x + 9} 45 "
        f"{x + 5} 43 L {x + 6} 20 Z"
    )


def _dog_head(c: Canvas, rgb: RGB, pale: RGB, tongue: bool) -> None:
    collar = (214, 50, 60) if rgb[0] < 200 or rgb[1] > 90 else (60, 120, 220)
    if tongue:
        c.shape(path("M 30 -9 Q 31 4 36 4 Q 41 3 39 -9 Z"), PINK, edge=1.4)
    c.shape(
        path(
            "M 1 -16 C 0 -44 30 -48 38 -30 C 50 -30 54 -22 51 -14 C 48 -7 36 -6 27 -8 "
            "C 14 0 3 -4 1 -16 Z"
        ),
        rgb,
        "skin",
        1.9,
    )
    c.shape(
        path("M 37 -24 C 48 -27 52 -21 49 -14 C 45 -9 36 -9 32 -12 C 31 -18 33 -22 37 -24 Z"),
        pale,
        "skin",
        0.0,
        0.3,
    )
    c.oval(49, -24, 4.6, 3.8, (40, 32, 40), "light", 1.2, 0.3)
    c.line("M 48 -19 Q 46 -12 34 -11", INK, 1.4)
    c.eye(26, -27, 4.8)
    c.shape(
        path("M 12 -40 C -8 -44 -14 -20 -9 -6 C -4 2 6 -2 9 -12 C 12 -20 18 -30 12 -40 Z"),
        darker(rgb, 0.35),
        "skin",
        1.9,
    )
    c.shape(path("M 3 -7 Q 14 3 27 -7 L 28 -2 Q 15 9 4 -1 Z"), collar, "cloth", 1.4)
    c.oval(16, 6, 3, 3, (250, 206, 60), "light", 1.2, 0.3)


def draw_bird(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A plump bird with a feathered wing, a crest and orange legs."""
    fine, pale = ink_on(rgb), mix(rgb, (255, 246, 226), 0.62)
    for x in (-4, 10):
        c.line(f"M {x} 30 L {x + 1} 47", BEAK, 2.8, "light")
        c.line(
            f"M {x - 6} 49 L {x + 1} 46 L {x + 8} 49 M {x + 1} 46 L {x + 1} 50", BEAK, 2.2, "light"
        )
    c.shape(path("M -20 6 L -54 20 L -50 27 L -54 34 L -14 28 Z"), darker(rgb, 0.28), "skin")
    c.strokes([(-24, 18, -48, 26)], fine, 1.4)
    c.shape(
        path("M 2 -40 Q -4 -52 -10 -50 Q -6 -44 -4 -38 Z M 8 -42 Q 6 -55 0 -56 Q 1 -48 2 -40 Z"),
        rgb,
        "skin",
        1.6,
    )
    c.shape(
        path(
            "M 8 -44 C 30 -46 38 -26 32 -12 C 40 14 24 36 0 35 C -22 34 -34 20 -28 4 "
            "C -22 -10 -14 -12 -12 -24 C -10 -38 0 -44 8 -44 Z"
        ),
        rgb,
        "skin",
        1.9,
    )
    c.shape(path("M 30 -8 C 36 14 22 32 4 32 C 14 22 16 2 30 -8 Z"), pale, "skin", 0.0, 0.4)
    c.shape(path("M 30 -32 L 51 -22 L 31 -16 Z"), BEAK, "light", 1.7)
    c.line("M 32 -23 L 46 -22", darker(BEAK, 0.5), 1.1)
    c.eye(18, -27, 6.0)
    _wing(c, rgb, fine, scene.pose == 1)


def _wing(c: Canvas, rgb: RGB, fine: RGB, raised: bool) -> None:
    shade = darker(rgb, 0.2)
    if raised:
        c.shape(
            path(
                "M 10 4 C 2 -14 -22 -30 -44 -30 L -38 -22 L -44 -17 L -36 -12 L -40 -5 "
                "L -30 -3 L -31 5 C -20 14 0 16 10 4 Z"
            ),
            shade,
            "skin",
            1.8,
        )
        c.strokes([(-8, -5, -34, -20), (-6, 4, -29, -4)], fine, 1.4)
        return
    c.shape(
        path(
            "M 10 -4 C -6 -12 -22 -2 -38 14 L -32 16 L -34 22 L -26 21 L -26 27 "
            "C -8 30 12 20 10 -4 Z"
        ),
        shade,
        "skin",
        1.8,
    )
    c.line("M 4 8 Q -4 18 -21 23 M -4 1 Q -14 9 -29 15", fine, 1.4)


def draw_fish(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A swimming fish with scales, fins and bubbles."""
    fine, fin = ink_on(rgb), darker(rgb, 0.22)
    tip = -30 if scene.pose != 1 else -22
    c.shape(
        path(f"M -26 0 C -36 -10 -44 {tip} -55 -26 C -50 -8 -50 8 -55 28 C -44 28 -36 14 -26 4 Z"),
        fin,
        "skin",
        1.8,
    )
    c.line("M -35 -3 L -48 -16 M -35 7 L -48 19", fine, 1.4)
    c.shape(path("M -18 -22 C -14 -44 10 -48 22 -40 C 18 -36 18 -28 20 -22 Z"), fin, "skin", 1.8)
    c.strokes([(-5, -25, 1, -38), (7, -26, 12, -38)], fine, 1.4)
    c.shape(path("M -8 24 C -6 38 -14 42 -20 42 C -10 46 10 42 12 26 Z"), fin, "skin", 1.7)
    body = path("M -32 2 C -18 -32 22 -38 42 -14 Q 50 -4 46 6 C 32 34 -12 38 -32 2 Z")
    c.shape(body, rgb, "skin", 1.9)
    c.shape(
        path("M -14 20 C 8 32 32 26 43 8 C 24 18 2 20 -14 20 Z"),
        lighter(rgb, 0.5),
        "skin",
        0.0,
        0.2,
    )
    c.line("M 18 -24 C 8 -12 8 14 18 24", fine, 1.7)
    for x, y in ((-17, -2), (-7, -11), (-3, -1)):
        c.line(f"M {x - 2} {y - 5} Q {x + 5} {y} {x - 2} {y + 5}", fine, 1.6)
    c.shape(path("M 2 2 C -6 4 -14 14 -16 20 C -6 22 6 16 8 8 Z"), fin, "skin", 1.6)
    c.eye(29, -9, 6.6)
    c.line("M 46 5 Q 40 9 35 7", INK, 1.6)
    for x, y, r in ((53, -21, 3.0), (55, -35, 4.2)):
        c.oval(x, y, r, r, (222, 244, 255), "light", 1.0, 0.3)


def draw_frog(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A sitting frog seen from the front."""
    fine, pale = ink_on(rgb), mix(rgb, (255, 250, 214), 0.6)
    for s in (-1, 1):
        c.shape(
            path(
                f"M {16 * s} 16 C {40 * s} 2 {52 * s} 24 {42 * s} 42 L {50 * s} 49 L {18 * s} 49 Z"
            ),
            darker(rgb, 0.12),
            "skin",
            1.9,
        )
        c.line(f"M {34 * s} 18 Q {28 * s} 32 {36 * s} 42", fine, 1.3)
    c.shape(path("M -24 0 C -34 26 -28 49 0 49 C 28 49 34 26 24 0 Z"), rgb, "skin", 1.9)
    c.shape(path("M -15 12 C -20 32 -14 44 0 44 C 14 44 20 32 15 12 Z"), pale, "skin", 0.0, 0.4)
    for s in (-1, 1):
        c.shape(
            path(
                f"M {14 * s} 24 L {12 * s} 43 L {5 * s} 49 L {24 * s} 49 L {21 * s} 43 "
                f"L {23 * s} 24 Z"
            ),
            rgb,
            "skin",
            1.6,
        )
        c.oval(19 * s, -30, 13, 13, rgb, "skin", 1.9)
    c.shape(
        path(
            "M -39 -8 C -40 -30 -18 -32 0 -28 C 18 -32 40 -30 39 -8 C 36 12 16 15 0 15 "
            "C -16 15 -36 12 -39 -8 Z"
        ),
        rgb,
        "skin",
        1.9,
    )
    for s in (-1, 1):
        c.eye(19 * s, -31, 7.8)
        c.glow(29 * s, 0, 5, 3.2, (255, 110, 120), 90)
        c.dot(4 * s, -11, 1.5, INK)
    if scene.pose == 1:
        c.shape(
            path("M -22 -3 Q 0 3 22 -3 Q 14 11 0 11 Q -14 11 -22 -3 Z"), (176, 40, 60), edge=1.5
        )
        c.shape(path("M -9 7 Q 0 2 9 7 Q 0 12 -9 7 Z"), PINK, edge=0.0, shade=0.0)
    else:
        c.line("M -26 -4 Q 0 12 26 -4", fine if luminance(rgb) < 75 else INK, 1.8)
    for x, y in ((-8, -21), (5, -20), (-29, -13), (28, -14)):
        c.dot(x, y, 2.6, darker(rgb, 0.35), 2.0)
