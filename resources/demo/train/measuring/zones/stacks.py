"""Which stacks are measured: rounds of the same make-up, so that a few of them say little less."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resources.demo.train.adapting.recipes import RECIPES

REPLACING = ("birds",)  # what it is for is another subject: that is no damage
NAMES = tuple(one.name for one in RECIPES if one.name not in REPLACING)
STRENGTHS = (-1.0, 1.0, 1.5, 2.0, 3.0, 5.0)  # of one adapter by itself
DEPTHS = tuple(range(2, 11))
MASTERS = (0.3, 0.5, 0.7, 1.5, 2.0)  # by which a whole stack is multiplied
MASTERED_DEPTHS = (2, 4, 6, 8, 10, 3)  # of the round's one stack under the masters
MIXED = 5  # stacks a round at strengths of their own
MIXED_RANGE = (0.2, 1.4)
ROUNDS = 6


@dataclass(frozen=True)
class Trial:
    """A stack to measure. family: `single`, `stack` (each at 1), `mixed` or `master`; asks: which
    of the sets of prompts."""

    name: str
    family: str
    strengths: Mapping[str, float]
    asks: int


def trials(rounds: int = ROUNDS) -> Iterator[Trial]:
    """All of them, in the order in which they are measured."""
    for k in range(rounds):
        rng = random.Random(k)
        for i, (family, strengths) in enumerate(_round(k, rng)):
            yield Trial(f"{k}-{i}", family, strengths, (i // 2 + k) % 3)


def _round(k: int, rng: random.Random) -> Iterator[tuple[str, dict[str, float]]]:
    for i, name in enumerate(NAMES):
        yield "single", {name: STRENGTHS[(i + k) % len(STRENGTHS)]}
    for depth in DEPTHS:
        yield "stack", dict.fromkeys(rng.sample(NAMES, depth), 1.0)
    for _ in range(MIXED):
        names = rng.sample(NAMES, rng.choice(DEPTHS))
        yield "mixed", {name: round(rng.uniform(*MIXED_RANGE), 2) for name in names}
    under = rng.sample(NAMES, MASTERED_DEPTHS[k % len(MASTERED_DEPTHS)])
    for master in MASTERS:
        yield "master", dict.fromkeys(under, master)
