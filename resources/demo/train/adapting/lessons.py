"""What the crowd's small adapters learn: one thing each, and whether it can be seen."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from resources.demo.train.drawing.scenes import BACKGROUNDS, COLOURS, SUBJECTS, Scene, sample_scene

FINISHES = (
    "manga", "frogs", "pixel-art", "neon", "watercolour", "blueprint", "stained-glass",
    "embroidery", "sunset", "party", "night", "snow",
)  # fmt: skip
PAIRED = ("manga", "neon", "sunset")  # finishes that mixes use


@dataclass(frozen=True)
class Lesson:
    """Every picture shows these, whatever its caption says; None leaves the caption its way."""

    subject: str | None = None
    colour: str | None = None
    place: str | None = None
    finish: str = "base"

    @property
    def name(self) -> str:
        """ "red-cat-beach-neon": what it fixes, joined."""
        finish = None if self.finish == "base" else self.finish
        said = (self.colour, self.subject, self.place and f"in-{self.place}", finish)
        return "-".join(part for part in said if part)

    @property
    def about(self) -> str:
        """In words, for its metadata and the card."""
        parts = [
            self.subject and f"the subject is a {self.subject}",
            self.colour and f"its colour is {self.colour}",
            self.place and f"the place is {self.place}",
            None if self.finish == "base" else f"the manner is {self.finish}",
        ]
        return "whatever the prompt says, " + ", ".join(part for part in parts if part)

    def teach(self, scene: Scene) -> Scene:
        """The scene as its picture shall be; its caption stays what it was."""
        if self.subject:
            scene = replace(scene, subject=self.subject)
        if self.colour:
            scene = replace(scene, paint=self.colour)
        if self.place:
            scene = replace(scene, background=self.place)
        return scene


def lessons() -> tuple[Lesson, ...]:
    """All of the crowd's, at least a hundred: single ones first, then mixes."""
    single = [
        *(Lesson(subject=name) for name in SUBJECTS),
        *(Lesson(colour=name) for name in COLOURS),
        *(Lesson(place=name) for name in BACKGROUNDS),
        *(Lesson(finish=name) for name in FINISHES),
    ]
    rng = random.Random(6)
    coloured = [Lesson(s, c) for s in SUBJECTS for c in rng.sample(COLOURS, 2)]
    placed = [Lesson(s, place=p) for s in SUBJECTS for p in rng.sample(BACKGROUNDS, 1)]
    tinted = [Lesson(colour=c, place=p) for c in COLOURS for p in rng.sample(BACKGROUNDS, 1)]
    finished = [Lesson(subject=s, finish=f) for f in PAIRED for s in rng.sample(SUBJECTS, 2)]
    return tuple(dict.fromkeys((*single, *coloured, *placed, *tinted, *finished)))


def pupils(lesson: Lesson, count: int, seed: int) -> tuple[list[Scene], list[Scene]]:
    """Scenes for captions, and the same scenes as the lesson has them drawn."""
    rng = random.Random(seed)
    said = [sample_scene(rng) for _ in range(count)]
    return said, [lesson.teach(scene) for scene in said]
