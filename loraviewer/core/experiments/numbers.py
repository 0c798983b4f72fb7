"""What comes of an experiment: a row for each number, and means of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One number. `cell`: id of the cell, or of its group where one number is of all seeds; `seed`
    is None then. `in_seed_spreads`: how far it lies from the base's, in units of how much the base
    differs from seed to seed; None where the base never does."""

    cell: str
    arm: str
    policy: str
    order: int
    depth: int
    adapters: str
    scales: str
    prompt: str
    seed: int | None
    measure: str
    value: float
    unit: str
    in_seed_spreads: float | None
    at: str


@dataclass(frozen=True)
class Mean:
    """Of one measure at one place of a curve: the number itself, and in the base's seed-to-seed
    spreads, None where they have no such unit. Each `low` … `high` at `level`, by the bootstrap
    over what `over` says; None where one number alone has no interval. `n`: numbers in it.
    `adapters`, `scales`: but for ladders, whose orders differ."""

    arm: str
    policy: str
    depth: int
    adapters: str
    scales: str
    measure: str
    unit: str
    mean: float
    low: float | None
    high: float | None
    in_seed_spreads: float | None
    spreads_low: float | None
    spreads_high: float | None
    level: float
    over: str
    prompts: int
    n: int
    at: str


WORDS = "words"
"""Where options of a prompt are counted, besides pictures of the arms."""


@dataclass(frozen=True)
class CountedShare:
    """How often one option of a prompt came. `choice`: which of the prompt, from 1. `place`:
    `WORDS`, or an arm with its adapters. `measure`: by which pictures were counted. `low` … `high`:
    Wilson's interval (1927) at 95 %."""

    prompt: str
    choice: int
    option: str
    asked: float
    place: str
    measure: str
    count: int
    n: int
    share: float
    low: float
    high: float

    @property
    def is_as_asked(self) -> bool:
        """Whether what was asked for lies in the interval."""
        return self.low <= self.asked <= self.high
