"""Measures as experiments use them: one way of asking, whatever a measure looks at.

Each looks at the pictures of one prompt, with the base's of the same seeds beside them, and knows
how much the base's own pictures differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np

from loraviewer.core.picture_measures import FIDELITY, MeasureFacts
from loraviewer.lab.images.fidelity import asked_for, fidelity
from loraviewer.lab.images.seed_band import SeedBand

if TYPE_CHECKING:
    from loraviewer.lab.verdict import AnyJudge

PAIRS = 128
"""Of the base's pictures, at most, for the band of a measure that takes two."""

Features = Callable[[np.ndarray], np.ndarray]
"""Pictures (n, height, width, 3) → rows (n, …). To be computed with the base's own weights."""


@dataclass(frozen=True)
class SeedPictures:
    """Pictures of one prompt, uint8 (n, height, width, 3), and `base`: the base's of the same
    prompt and seeds, in the same order. Raises `ValueError` where the two differ in shape."""

    pictures: np.ndarray
    base: np.ndarray
    prompt: str = ""

    def __post_init__(self) -> None:
        if self.pictures.ndim != 4 or self.pictures.shape != self.base.shape:
            raise ValueError(
                f"{self.pictures.shape} and {self.base.shape} are no pictures of the same seeds"
            )


class Measure(Protocol):
    """`is_of_set`: one number for all seeds together instead of one for each."""

    @property
    def facts(self) -> MeasureFacts: ...

    @property
    def is_of_set(self) -> bool: ...

    def knows(self, prompt: str) -> bool:
        """Whether it has anything to say of pictures of this prompt."""
        ...

    def values(self, shown: SeedPictures) -> np.ndarray:
        """float64 (n,), or (1,) for a set; always finite."""
        ...

    def origins(self, shown: SeedPictures) -> np.ndarray:
        """As `values`: what they would be if the pictures were the base's of the same seeds."""
        ...

    def band(self, base: np.ndarray, prompt: str = "") -> SeedBand:
        """base: the base's pictures of one prompt, of as many seeds as there are, at least two. For
        a set as many as will be measured, and at least three: of fewer none can be left out."""
        ...


class _OfAnyPrompt:
    def knows(self, prompt: str) -> bool:
        return True


@dataclass(frozen=True)
class OfPicture(_OfAnyPrompt):
    """A number of one picture."""

    facts: MeasureFacts
    function: Callable[[np.ndarray], float]
    is_of_set = False

    def values(self, shown: SeedPictures) -> np.ndarray:
        return np.array([self.function(one) for one in shown.pictures], np.float64)

    def origins(self, shown: SeedPictures) -> np.ndarray:
        return self.values(_base_alone(shown))

    def band(self, base: np.ndarray, prompt: str = "") -> SeedBand:
        values = [self.function(one) for one in base]
        return SeedBand.of_pictures(values, self.facts.resolution)


@dataclass(frozen=True)
class OfPair(_OfAnyPrompt):
    """A number of a picture and the base's; `same`: what a picture has with itself."""

    facts: MeasureFacts
    function: Callable[[np.ndarray, np.ndarray], float]
    same: float
    features: Features | None = None
    is_of_set = False

    def values(self, shown: SeedPictures) -> np.ndarray:
        pairs = zip(self._seen(shown.pictures), self._seen(shown.base), strict=True)
        return np.array([self.function(*pair) for pair in pairs], np.float64)

    def origins(self, shown: SeedPictures) -> np.ndarray:
        return np.full(len(shown.base), self.same)

    def band(self, base: np.ndarray, prompt: str = "") -> SeedBand:
        seen = self._seen(base)
        pairs = islice(_pairs(len(seen)), PAIRS)
        values = [self.function(seen[i], seen[j]) for i, j in pairs]
        return SeedBand.of_pairs(values, self.same, self.facts.resolution)

    def _seen(self, pictures: np.ndarray) -> np.ndarray:
        return self.features(pictures) if self.features else pictures


@dataclass(frozen=True)
class OfSet(_OfAnyPrompt):
    """A number of all seeds of one prompt, by their features, whichever way those are turned."""

    facts: MeasureFacts
    function: Callable[[np.ndarray], float]
    features: Features
    is_of_set = True

    def values(self, shown: SeedPictures) -> np.ndarray:
        return np.array([self.function(self.features(shown.pictures))], np.float64)

    def origins(self, shown: SeedPictures) -> np.ndarray:
        return self.values(_base_alone(shown))

    def band(self, base: np.ndarray, prompt: str = "") -> SeedBand:
        rows = _turned(self.features(base))
        without = [self.function(np.delete(rows, at, axis=0)) for at in range(len(rows))]
        return SeedBand.of_set(self.function(rows), without, self.facts.resolution)


@dataclass(frozen=True)
class OfPrompt:
    """The demo's judge on what the prompt asks for."""

    judge: AnyJudge
    facts: MeasureFacts = FIDELITY
    is_of_set = False

    def knows(self, prompt: str) -> bool:
        return bool(asked_for(prompt, self.judge.answers))

    def values(self, shown: SeedPictures) -> np.ndarray:
        return fidelity(self.judge, shown.pictures, shown.prompt)

    def origins(self, shown: SeedPictures) -> np.ndarray:
        return self.values(_base_alone(shown))

    def band(self, base: np.ndarray, prompt: str = "") -> SeedBand:
        values = fidelity(self.judge, base, prompt)
        return SeedBand.of_pictures(values.tolist(), self.facts.resolution)


@dataclass(frozen=True)
class Reading:
    """A number, and how many of the base's seed-to-seed spreads it lies above that of the base's
    picture of the same seed; None where it moved and the base never does."""

    value: float
    in_spreads: float | None


def readings(
    measure: Measure, shown: SeedPictures, band: SeedBand, origins: np.ndarray | None = None
) -> list[Reading]:
    """One for each picture, or one for a set. band: of the same measure and prompt. origins: those
    of `measure` where they are known; else they are computed.

    Counted from the same seed, not from the middle of all: the base itself lies nowhere but at 0,
    and what a seed does to both falls out.
    """
    known = measure.origins(shown) if origins is None else origins
    pairs = zip(measure.values(shown).tolist(), known.tolist(), strict=True)
    return [Reading(value, band.in_spreads(value, than=origin)) for value, origin in pairs]


def _turned(features: np.ndarray) -> np.ndarray:
    """(n, …) → (n, at most n) with the same lengths and angles: to leave out each of 64 pictures in
    turn would take their thousands of values 64 times."""
    rows = features.reshape(len(features), -1).astype(np.float64)
    if rows.shape[1] <= len(rows):
        return rows
    return np.asarray(np.linalg.qr(rows.T, mode="r")).T


def _base_alone(shown: SeedPictures) -> SeedPictures:
    return SeedPictures(shown.base, shown.base, shown.prompt)


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    """Each two of them once, neighbours first: the first `count` of them have each one twice."""
    for apart in range(1, count // 2 + 1):
        # Those that are half of the circle apart would come twice.
        until = count // 2 if 2 * apart == count else count
        yield from ((at, (at + apart) % count) for at in range(until))
