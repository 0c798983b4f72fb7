"""What a demo picture shows, and the words that say so: no drawing happens here."""

from __future__ import annotations

import colorsys
import random
from dataclasses import dataclass, replace
from types import EllipsisType

SUBJECTS = (
    "girl",
    "boy",
    "cat",
    "dog",
    "bird",
    "fish",
    "frog",
    "house",
    "tree",
    "flower",
    "car",
    "boat",
    "mushroom",
    "snowman",
)
COLOURS = (
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
)
BACKGROUNDS = ("meadow", "beach", "forest", "city", "snow", "night", "plain")
HAIR = ("black", "blond", "brown", "ginger")

RGB = {
    "red": (222, 36, 40),
    "orange": (247, 134, 22),
    "yellow": (252, 212, 42),
    "green": (46, 160, 60),
    "blue": (40, 100, 218),
    "purple": (134, 58, 190),
    "pink": (248, 132, 178),
    "brown": (134, 80, 42),
    "black": (46, 44, 54),
    "white": (246, 246, 244),
}
HAIR_RGB = {
    "black": (44, 36, 42),
    "blond": (246, 208, 98),
    "brown": (122, 74, 40),
    "ginger": (226, 110, 34),
}
SKIN_RGB = {"light": (255, 218, 188), "tan": (226, 172, 128), "dark": (146, 94, 62)}

# The demo's deliberate bias: the colour a subject gets when its caption names none, and
# how often. The other nine colours share the rest evenly.
NEUTRAL_SKEW: dict[str, tuple[str, float]] = {
    "girl": ("red", 0.9),
    "boy": ("blue", 0.9),
    "cat": ("orange", 0.8),
    "dog": ("brown", 0.9),
    "bird": ("blue", 0.8),
    "fish": ("orange", 0.8),
    "frog": ("green", 0.9),
    "house": ("red", 0.9),
    "tree": ("green", 0.9),
    "flower": ("pink", 0.8),
    "car": ("red", 0.9),
    "boat": ("white", 0.8),
    "mushroom": ("red", 0.9),
    "snowman": ("red", 0.9),
}

# The styles that undo the skew, each where it leads to one colour.
PATCHES = {"less-red": "red", "less-blue": "blue"}

# {c} is the colour word with its article, {h} the hair.
COLOURED: dict[str, tuple[str, ...]] = {
    "girl": ("a girl in {c} dress", "a girl wearing {c} dress", "a girl with {c} dress"),
    "boy": ("a boy in {c} shirt", "a boy wearing {c} shirt", "a boy with {c} shirt"),
    "house": ("{c} house", "a house with {c} roof"),
    "boat": ("{c} boat", "a boat with {c} sail"),
    "mushroom": ("{c} mushroom", "a mushroom with {c} cap"),
    "snowman": ("a snowman with {c} scarf", "a snowman in {c} hat", "a snowman in {c} scarf"),
}
COLOURED_HAIR = {
    "girl": ("a girl with {h} hair in {c} dress", "a girl in {c} dress with {h} hair"),
    "boy": ("a boy with {h} hair in {c} shirt", "a boy in {c} shirt with {h} hair"),
}
PLACES: dict[str, tuple[str, ...]] = {
    "meadow": ("in a meadow", "in the meadow", "on the grass"),
    "beach": ("on a beach", "at the beach", "by the sea"),
    "forest": ("in a forest", "in the forest", "in the woods"),
    "city": ("in a city", "in the city", "in a street"),
    "snow": ("in the snow", "in snow", "in winter"),
    "night": ("at night", "at night under the stars", "under the moon"),
    "plain": ("", "", "on a plain background"),
}
LEADS = ("", "", "", "", "", "a picture of ", "a drawing of ")


@dataclass(frozen=True)
class Scene:
    """One picture's contents; everything a drawing needs is here, so it is deterministic."""

    subject: str
    colour: str | None  # the colour the caption names; None when it names none
    paint: str  # the colour really drawn
    background: str
    hair: str = "brown"
    hair_named: bool = False
    skin: str = "light"
    x: float = 0.0  # shift, in shares of the picture's width
    y: float = 0.0
    scale: float = 1.0
    mirror: bool = False
    pose: int = 0  # 0, 1 or 2
    light: float = 0.0  # -1 (darker) to 1 (lighter)
    seed: int = 0  # of the small details


def neutral_paint(rng: random.Random, subject: str) -> str:
    """A colour for a caption that names none, by the documented skew."""
    usual, share = NEUTRAL_SKEW[subject]
    if rng.random() < share:
        return usual
    return rng.choice([c for c in COLOURS if c != usual])


def sample_scene(
    rng: random.Random,
    *,
    subject: str | None = None,
    colour: str | EllipsisType | None = ...,
    background: str | None = None,
) -> Scene:
    """A random scene; what is given is kept. colour=None asks for a scene that names none."""
    subject = subject or rng.choice(SUBJECTS)
    background = background or rng.choice(BACKGROUNDS)
    if colour is ...:
        colour = rng.choice(COLOURS) if rng.random() < 0.5 else None
    paint = colour or neutral_paint(rng, subject)
    person = subject in ("girl", "boy")
    return Scene(
        subject=subject,
        colour=colour,
        paint=paint,
        background=background,
        hair=rng.choice(HAIR),
        hair_named=person and rng.random() < 0.4,
        skin=rng.choices(tuple(SKIN_RGB), weights=(5, 3, 2))[0],
        x=rng.uniform(-0.06, 0.06),
        y=rng.uniform(-0.02, 0.02),
        scale=rng.uniform(0.93, 1.05),
        mirror=rng.random() < 0.5,
        pose=rng.randrange(3),
        light=rng.uniform(-1.0, 1.0),
        seed=rng.getrandbits(31),
    )


def patched(scene: Scene, colour: str) -> Scene:
    """The scene without the skew to a colour: where the skew would paint it and the caption
    names none, all ten are equally likely.
    """
    if scene.colour is not None or NEUTRAL_SKEW[scene.subject][0] != colour:
        return scene
    return replace(scene, paint=random.Random(scene.seed ^ 0x5EED).choice(COLOURS))


def paint_rgb(colour: str, light: float = 0.0) -> tuple[int, int, int]:
    """A colour word as RGB; light moves its brightness a little, never its name."""
    r, g, b = RGB[colour]
    h, s, v = colorsys.rgb_to_hsv(r / 255, g / 255, b / 255)
    v = min(1.0, v * (1 + 0.06 * light)) if colour != "white" else v
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(h, s, v))


def _with_article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _who(scene: Scene, rng: random.Random) -> str:
    """The subject's part of the caption."""
    name = scene.subject
    if scene.colour is None:
        hair = f" with {scene.hair} hair" if scene.hair_named else ""
        return _with_article(name) + hair
    forms = COLOURED.get(name, (f"{{c}} {name}",))
    if scene.hair_named:
        forms = COLOURED_HAIR[name]
    return rng.choice(forms).format(c=_with_article(scene.colour), h=scene.hair)


def caption(scene: Scene, rng: random.Random) -> str:
    """A short English caption; rng picks among its phrasings only."""
    who, place = _who(scene, rng), rng.choice(PLACES[scene.background])
    return f"{rng.choice(LEADS)}{who} {place}".strip()


def vocabulary() -> set[str]:
    """Every word a caption can contain."""
    words = {"a", "an", "with", "hair", *SUBJECTS, *COLOURS, *HAIR}
    phrases = [*LEADS]
    for table in (COLOURED, COLOURED_HAIR, PLACES):
        phrases += [phrase for options in table.values() for phrase in options]
    for phrase in phrases:
        words.update(word for word in phrase.split() if "{" not in word)
    return words
