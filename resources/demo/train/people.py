"""The girl, the boy and the snowman. The subject's middle is (0, 0), its ground y = 49."""

from __future__ import annotations

from .canvas import INK, RGB, WHITE, Canvas, box, darker, lighter, luminance, path
from .scenes import HAIR_RGB, SKIN_RGB, Scene

SHOE: RGB = (92, 56, 52)
BLUSH: RGB = (255, 110, 110)


def _trim(rgb: RGB) -> RGB:
    """A colour that shows on the given one."""
    return lighter(rgb, 0.6) if luminance(rgb) < 150 else darker(rgb, 0.25)


def _legs(c: Canvas, skin: RGB, top: float) -> None:
    for side in (-1, 1):
        c.shape(box(side * 8 - 4, top, 8, 47 - top), skin, "skin")
        x = side * 8.5
        c.shape(path(f"M {x - 7} 50 Q {x - 7} 43 {x} 43 Q {x + 7} 43 {x + 7} 50 Z"), SHOE)


def _arm(c: Canvas, side: int, up: bool, sleeve: RGB, skin: RGB) -> None:
    """One arm, hanging or waving, with its hand and its short sleeve."""
    s = side
    if up:
        arm = f"M {9 * s} 8 Q {24 * s} 4 {29 * s} -10 L {35 * s} -6 Q {30 * s} 12 {11 * s} 15 Z"
        hand, cuff = (33, -10), (14, 8)
    else:
        arm = f"M {9 * s} 4 Q {23 * s} 12 {24 * s} 24 L {17 * s} 26 Q {16 * s} 18 {9 * s} 14 Z"
        hand, cuff = (21, 26), (14, 9)
    c.shape(path(arm), skin, "skin")
    c.oval(hand[0] * s, hand[1], 4.6, 4.6, skin, "skin", 1.6)
    c.oval(cuff[0] * s, cuff[1], 7, 6, sleeve, "cloth", 1.6)


def _face(c: Canvas, skin: RGB, happy: bool) -> None:
    """Head, ears, eyes, cheeks and mouth."""
    for side in (-1, 1):
        c.oval(side * 25, -17, 4, 5, skin, "skin", 1.6)
    c.oval(0, -20, 25.5, 22.5, skin, "skin", 1.9, 0.6)
    for side in (-1, 1):
        c.eye(side * 10, -15, 4.3, ball=False)
        c.glow(side * 17.5, -7.5, 4.4, 2.8, BLUSH, 110)
    if happy:
        c.shape(path("M -5 -7 Q 0 -5 5 -7 Q 4 1 0 1 Q -4 1 -5 -7 Z"), (188, 44, 60), edge=1.1)
    else:
        c.line("M -5 -6 Q 0 -1 5 -6", INK, 1.5)


def draw_girl(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A girl in a dress of the colour."""
    skin, hair = SKIN_RGB[scene.skin], HAIR_RGB[scene.hair]
    long_hair = scene.pose != 1
    if long_hair:
        c.shape(
            path(
                "M -28 -24 C -34 -54 34 -54 28 -24 C 32 -4 31 10 27 15 Q 14 20 0 16 "
                "Q -14 20 -27 15 C -31 10 -32 -4 -28 -24 Z"
            ),
            darker(hair, 0.12),
        )
    else:
        for s in (-1, 1):
            c.shape(
                path(
                    f"M {24 * s} -22 Q {42 * s} -30 {41 * s} -8 Q {41 * s} 6 {33 * s} 8 "
                    f"Q {31 * s} -6 {23 * s} -12 Z"
                ),
                hair,
            )
    _legs(c, skin, 30)
    _arm(c, -1, False, rgb, skin)
    _arm(c, 1, scene.pose == 2, rgb, skin)
    _dress(c, rgb)
    _face(c, skin, scene.pose == 2)
    c.shape(
        path(
            "M -26 -16 C -32 -50 32 -50 26 -16 C 24 -27 19 -31 12 -34 Q 4 -24 -10 -25 "
            "Q -22 -25 -26 -16 Z"
        ),
        hair,
    )
    c.line("M -16 -34 Q -8 -41 4 -41", lighter(hair, 0.4), 1.6)
    for s in (-1, 1) if not long_hair else (1,):
        _bow(c, 23 * s, -30, rgb)


def _dress(c: Canvas, rgb: RGB) -> None:
    c.shape(
        path("M -10 1 Q 0 6 10 1 L 14 14 Q 19 26 25 36 Q 0 44 -25 36 Q -19 26 -14 14 Z"),
        rgb,
        "cloth",
        1.9,
    )
    c.line("M -21 32 Q 0 39 21 32", _trim(rgb), 1.8, "cloth")
    c.line("M -13 16 Q 0 20 13 16", darker(rgb, 0.45), 1.5, "cloth")
    for y in (8.5, 12.5):
        c.dot(0, y, 1.2, _trim(rgb), kind="cloth")
    c.line("M -6 22 Q -8 28 -10 33", darker(rgb, 0.3), 0.9, "cloth")
    c.line("M 6 22 Q 8 28 10 33", darker(rgb, 0.3), 0.9, "cloth")


def _bow(c: Canvas, x: float, y: float, rgb: RGB) -> None:
    for s in (-1, 1):
        c.shape(path(f"M {x} {y} L {x + 8 * s} {y - 5} L {x + 8 * s} {y + 5} Z"), rgb, "cloth", 1.3)
    c.oval(x, y, 2.2, 2.2, rgb, "cloth", 1.1, 0.0)


def draw_boy(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A boy in a shirt of the colour."""
    skin, hair = SKIN_RGB[scene.skin], HAIR_RGB[scene.hair]
    _legs(c, skin, 36)
    c.shape(
        path("M -15 26 L 15 26 L 17 41 L 2 41 L 0 35 L -2 41 L -17 41 Z"), (84, 92, 116), "cloth"
    )
    _arm(c, -1, False, rgb, skin)
    _arm(c, 1, scene.pose == 2, rgb, skin)
    c.shape(
        path("M -11 1 Q 0 6 11 1 L 17 8 Q 15 18 17 30 Q 0 34 -17 30 Q -15 18 -17 8 Z"),
        rgb,
        "cloth",
        1.9,
    )
    trim = _trim(rgb)
    c.line("M -15 17 Q 0 21 15 17", trim, 2.0, "cloth")
    c.line("M -15.5 23 Q 0 27 15.5 23", trim, 2.0, "cloth")
    c.line("M -8 3 Q 0 10 8 3", darker(rgb, 0.4), 1.2, "cloth")
    _face(c, skin, scene.pose != 0)
    c.shape(
        path(
            "M -27 -17 C -33 -53 33 -53 27 -17 L 23 -25 L 18 -23 L 13 -31 L 6 -25 L 0 -32 "
            "L -7 -25 L -13 -31 L -18 -23 L -23 -25 Z"
        ),
        hair,
    )
    c.line("M -15 -37 Q -6 -42 5 -42", lighter(hair, 0.4), 1.6)
    if scene.pose == 1:
        c.shape(path("M -28 -27 C -29 -50 29 -50 28 -27 Q 0 -35 -28 -27 Z"), rgb, "cloth")
        c.shape(path("M 6 -32 Q 34 -33 38 -25 Q 22 -27 6 -28 Z"), darker(rgb, 0.2), "cloth", 1.6)


SNOW: RGB = (246, 250, 255)
CARROT: RGB = (244, 136, 36)


def draw_snowman(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A snowman with hat and scarf of the colour."""
    twig = (104, 70, 48)
    lift = -12 if scene.pose == 1 else 0
    for s in (-1, 1):
        c.line(f"M {22 * s} 12 L {42 * s} {-2 + lift}", twig, 2.4)
        c.line(f"M {35 * s} {3 + lift / 1.5} L {40 * s} {8 + lift / 1.5}", twig, 1.6)
        c.line(f"M {36 * s} {2 + lift / 1.5} L {36 * s} {-6 + lift / 1.5}", twig, 1.6)
    c.oval(0, 24, 29, 26, SNOW, "skin", 1.9, 0.7)
    c.oval(0, -14, 21, 20, SNOW, "skin", 1.9, 0.7)
    for y in (18, 27, 36):
        c.dot(0, y, 2.1, (40, 36, 44))
    for s in (-1, 1):
        c.eye(8 * s, -17, 2.9, ball=False)
        c.glow(14 * s, -9, 3.4, 2.2, BLUSH, 100)
    for x, y in ((-8, -5), (-4, -2.6), (0, -2), (4, -2.6), (8, -5)):
        c.dot(x, y, 1.1, (40, 36, 44))
    c.shape(path("M -1 -14 L 15 -9 L -1 -8.5 Z"), CARROT, edge=1.2)
    _scarf(c, rgb)
    _hat(c, rgb)


def _scarf(c: Canvas, rgb: RGB) -> None:
    c.shape(path("M 8 4 L 19 4 L 21 28 L 11 29 Z"), rgb, "cloth", 1.7)
    c.shape(path("M -19 -1 Q 0 9 19 -1 Q 23 4 19 9 Q 0 17 -19 9 Q -23 4 -19 -1 Z"), rgb, "cloth")
    trim = _trim(rgb)
    c.strokes([(-12, 5, -13, 11), (-4, 7, -4, 13), (5, 7, 5, 13)], trim, 1.6, "cloth")
    c.strokes([(12, 20, 19, 19.4), (12, 24.5, 20, 24)], trim, 1.6, "cloth")


def _hat(c: Canvas, rgb: RGB) -> None:
    """A knitted cap with a bobble."""
    c.shape(path("M -20 -25 C -20 -52 20 -52 20 -25 Z"), rgb, "cloth", 1.9)
    c.strokes(
        [(-10, -29, -7, -42), (0, -29, 0, -44), (10, -29, 7, -42)], darker(rgb, 0.35), 1.1, "cloth"
    )
    c.shape(box(-22.5, -30, 45, 8.5, 4), rgb, "cloth", 1.8)
    c.strokes([(x, -27.5, x, -24) for x in range(-18, 19, 6)], _trim(rgb), 1.5, "cloth")
    c.oval(0, -48, 6, 5.6, WHITE, "cloth", 1.6, 0.6)
