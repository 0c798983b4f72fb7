"""The girl, the boy and the snowman. The subject's middle is (0, 0), its ground y = 49."""

from __future__ import annotations

from .canvas import EYE, RGB, WHITE, Canvas, box, darker, lighter, luminance, path
from .scenes import HAIR_RGB, SKIN_RGB, Scene

SHOE: RGB = (92, 56, 52)
BLUSH: RGB = (255, 110, 110)
HEAD = (31.0, 27.0)  # half its width and height
EYES = (13.0, -12.5)  # half their distance, and their height


def _trim(rgb: RGB) -> RGB:
    """A colour that shows on the given one."""
    return lighter(rgb, 0.6) if luminance(rgb) < 150 else darker(rgb, 0.25)


def _legs(c: Canvas, skin: RGB, top: float) -> None:
    for side in (-1, 1):
        c.shape(box(side * 9 - 4.5, top, 9, 47 - top), skin, "skin")
        x = side * 9.5
        c.shape(path(f"M {x - 8} 50 Q {x - 8} 42 {x} 42 Q {x + 8} 42 {x + 8} 50 Z"), SHOE)


def _arm(c: Canvas, side: int, up: bool, sleeve: RGB, skin: RGB) -> None:
    """One arm, hanging or waving, with its hand and its short sleeve."""
    s = side
    if up:
        arm = f"M {9 * s} 10 Q {28 * s} 8 {34 * s} -2 L {41 * s} 2 Q {34 * s} 18 {11 * s} 20 Z"
        hand, cuff = (38, -2), (15, 13)
    else:
        arm = f"M {9 * s} 8 Q {25 * s} 15 {26 * s} 27 L {18 * s} 29 Q {17 * s} 22 {9 * s} 18 Z"
        hand, cuff = (22.5, 29), (15, 13)
    c.shape(path(arm), skin, "skin")
    c.oval(hand[0] * s, hand[1], 5.4, 5.4, skin, "skin")
    c.oval(cuff[0] * s, cuff[1], 7.5, 6.5, sleeve, "cloth")


def _face(c: Canvas, skin: RGB, happy: bool) -> None:
    """Head, ears, eyes, cheeks and mouth."""
    for side in (-1, 1):
        c.oval(side * 31, -14, 4.5, 5.5, skin, "skin")
    c.oval(0, -17.5, HEAD[0], HEAD[1], skin, "skin", 1.9, 0.4)
    for side in (-1, 1):
        c.eye(side * EYES[0], EYES[1], 6.2, ball=False)
        c.glow(side * 22.5, -2.5, 5, 3.4, BLUSH, 110)
    if happy:
        c.shape(path("M -7.5 -3 Q 0 -1 7.5 -3 Q 6 7 0 7 Q -6 7 -7.5 -3 Z"), (188, 44, 60), edge=1.4)
    else:
        c.line("M -7 -1 Q 0 5 7 -1", EYE, 2.2)


def draw_girl(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A girl in a dress of the colour."""
    skin, hair = SKIN_RGB[scene.skin], HAIR_RGB[scene.hair]
    long_hair = scene.pose != 1
    if long_hair:
        c.shape(
            path(
                "M -34 -22 C -42 -59 42 -59 34 -22 C 40 -2 39 12 33 20 Q 16 24 0 20 "
                "Q -16 24 -33 20 C -39 12 -40 -2 -34 -22 Z"
            ),
            darker(hair, 0.12),
        )
    else:
        for s in (-1, 1):
            c.shape(
                path(
                    f"M {28 * s} -24 Q {48 * s} -30 {48 * s} -8 Q {48 * s} 6 {39 * s} 9 "
                    f"Q {38 * s} -4 {28 * s} -10 Z"
                ),
                hair,
            )
    _legs(c, skin, 33)
    _arm(c, -1, False, rgb, skin)
    _arm(c, 1, scene.pose == 2, rgb, skin)
    _dress(c, rgb)
    _face(c, skin, scene.pose == 2)
    c.shape(
        path(
            "M -32 -13 C -40 -57 40 -57 32 -13 C 29 -25 23 -30 14 -34 Q 4 -24 -12 -25 "
            "Q -27 -25 -32 -13 Z"
        ),
        hair,
    )
    c.line("M -19 -35 Q -9 -42 4 -42", lighter(hair, 0.4), 2.0)
    for s in (-1, 1) if not long_hair else (1,):
        _bow(c, 25 * s, -36, rgb)


def _dress(c: Canvas, rgb: RGB) -> None:
    c.shape(
        path("M -11 6 Q 0 9 11 6 L 15 17 Q 21 29 28 39 Q 0 47 -28 39 Q -21 29 -15 17 Z"),
        rgb,
        "cloth",
        1.9,
    )
    c.line("M -23 34 Q 0 41 23 34", _trim(rgb), 2.2, "cloth")
    c.line("M -14 20 Q 0 24 14 20", darker(rgb, 0.45), 1.8, "cloth")
    c.dot(0, 14.5, 2.0, _trim(rgb), kind="cloth")


def _bow(c: Canvas, x: float, y: float, rgb: RGB) -> None:
    for s in (-1, 1):
        c.shape(path(f"M {x} {y} L {x + 9 * s} {y - 6} L {x + 9 * s} {y + 6} Z"), rgb, "cloth", 1.4)
    c.oval(x, y, 3, 3, rgb, "cloth", 1.3, 0.0)


def draw_boy(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A boy in a shirt of the colour."""
    skin, hair = SKIN_RGB[scene.skin], HAIR_RGB[scene.hair]
    _legs(c, skin, 36)
    c.shape(
        path("M -16 28 L 16 28 L 18 42 L 2 42 L 0 36 L -2 42 L -18 42 Z"), (84, 92, 116), "cloth"
    )
    _arm(c, -1, False, rgb, skin)
    _arm(c, 1, scene.pose == 2, rgb, skin)
    c.shape(
        path("M -12 5 Q 0 9 12 5 L 18 12 Q 16 20 18 32 Q 0 36 -18 32 Q -16 20 -18 12 Z"),
        rgb,
        "cloth",
        1.9,
    )
    trim = _trim(rgb)
    c.line("M -15.5 19 Q 0 23 15.5 19", trim, 2.6, "cloth")
    c.line("M -15.5 26.5 Q 0 30.5 15.5 26.5", trim, 2.6, "cloth")
    _face(c, skin, scene.pose != 0)
    c.shape(
        path(
            "M -33 -14 C -41 -58 41 -58 33 -14 L 27 -25 L 17 -24 L 8 -32 L -2 -24 L -13 -31 "
            "L -22 -23 L -28 -25 Z"
        ),
        hair,
    )
    c.line("M -18 -36 Q -8 -42 5 -42", lighter(hair, 0.4), 2.0)
    if scene.pose == 1:
        c.shape(path("M -34 -25 C -36 -56 36 -56 34 -25 Q 0 -34 -34 -25 Z"), rgb, "cloth")
        c.shape(path("M 4 -33 Q 38 -35 44 -24 Q 24 -27 4 -27 Z"), darker(rgb, 0.2), "cloth")


SNOW: RGB = (246, 250, 255)
CARROT: RGB = (244, 136, 36)


def draw_snowman(c: Canvas, scene: Scene, rgb: RGB) -> None:
    """A snowman with hat and scarf of the colour."""
    twig = (104, 70, 48)
    lift = -12 if scene.pose == 1 else 0
    for s in (-1, 1):
        c.line(f"M {22 * s} 12 L {42 * s} {-2 + lift}", twig, 2.4)
        c.line(f"M {35 * s} {3 + lift / 1.5} L {36 * s} {-7 + lift / 1.5}", twig, 2.0)
    c.oval(0, 24, 29, 26, SNOW, "skin", 1.9, 0.7)
    c.oval(0, -14, 24, 21, SNOW, "skin", 1.9, 0.7)
    for y in (21, 30, 39):
        c.dot(0, y, 2.6, EYE)
    for s in (-1, 1):
        c.eye(9.5 * s, -17, 4.4, ball=False)
        c.glow(17 * s, -8, 4, 2.8, BLUSH, 100)
    c.line("M -8 -4 Q 0 2 8 -4", EYE, 1.9)
    c.shape(path("M -2 -14 L 17 -9 L -2 -7 Z"), CARROT, edge=1.3)
    _scarf(c, rgb)
    _hat(c, rgb)


def _scarf(c: Canvas, rgb: RGB) -> None:
    c.shape(path("M 8 4 L 19 4 L 21 28 L 11 29 Z"), rgb, "cloth", 1.7)
    c.shape(path("M -19 -1 Q 0 9 19 -1 Q 23 4 19 9 Q 0 17 -19 9 Q -23 4 -19 -1 Z"), rgb, "cloth")
    trim = _trim(rgb)
    c.strokes([(-11, 6, -12, 11), (0, 8, 0, 13)], trim, 2.2, "cloth")
    c.strokes([(12, 22, 19, 21.4)], trim, 2.2, "cloth")


def _hat(c: Canvas, rgb: RGB) -> None:
    """A knitted cap with a bobble."""
    c.shape(path("M -20 -25 C -20 -52 20 -52 20 -25 Z"), rgb, "cloth", 1.9)
    c.strokes([(-8, -32, -6, -42), (8, -32, 6, -42)], darker(rgb, 0.35), 1.6, "cloth")
    c.shape(box(-22.5, -30, 45, 8.5, 4), rgb, "cloth", 1.8)
    c.strokes([(x, -27.5, x, -24) for x in (-15, -5, 5, 15)], _trim(rgb), 2.4, "cloth")
    c.oval(0, -48, 6, 5.6, WHITE, "cloth", 1.6, 0.6)
