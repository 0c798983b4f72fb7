"""Prompts that the evaluation asks, in the captions' words."""

from __future__ import annotations

from resources.demo.train.drawing.scenes import BACKGROUNDS, COLOURS, SUBJECTS

PLACE = {
    "meadow": "in a meadow", "beach": "on a beach", "forest": "in a forest", "city": "in a city",
    "snow": "in the snow", "night": "at night", "plain": "",
}  # fmt: skip
WEAR = {
    "girl": "a girl in a {} dress", "boy": "a boy in a {} shirt",
    "house": "a house with a {} roof", "boat": "a boat with a {} sail",
    "snowman": "a snowman with a {} scarf",
}  # fmt: skip


def prompt(subject: str, place: str, colour: str | None = None) -> str:
    """ "a girl in a red dress on a beach"; without a colour none is named."""
    article = "an" if (colour or "").startswith("o") else "a"
    if colour is None:
        who = f"a {subject}"
    elif subject in WEAR:
        who = WEAR[subject].replace("a {}", f"{article} {colour}")
    else:
        who = f"{article} {colour} {subject}"
    return f"{who} {PLACE[place]}".strip()


def grid(seeds: int) -> list[tuple[str, str, str]]:
    """Every subject, `seeds` times, with places and colours taking turns."""
    return [
        (subject, BACKGROUNDS[(i + s) % 7], COLOURS[(3 * i + s) % 10])
        for i, subject in enumerate(SUBJECTS)
        for s in range(seeds)
    ]


def unnamed(subject: str, count: int) -> list[str]:
    """Prompts for a subject with no colour named, places taking turns."""
    return [prompt(subject, BACKGROUNDS[i % 7]) for i in range(count)]
