"""How sure a mean is, by the bootstrap over prompts.

Pictures of one prompt resemble each other, so that many seeds of few prompts are few numbers, not
many. What is drawn again is the prompts, each with all its seeds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

ENOUGH_PROMPTS = 8
"""For a claim; with fewer, an interval says little even where it is narrow."""
DRAWS = 4000
_AT_ONCE = 500

Over = Literal["prompts", "seeds", "both"]


@dataclass(frozen=True)
class Interval:
    """`mean` of the prompts' means, in `low` … `high` at `level`. `over`: what was drawn again, and
    so for what else the interval speaks: for other prompts, for other seeds of this one, or both.
    `prompts` and `pictures` are how many there were."""

    mean: float
    low: float
    high: float
    level: float
    over: Over
    prompts: int
    pictures: int

    @property
    def is_enough(self) -> bool:
        """Whether it may carry a claim: over at least eight prompts."""
        return self.prompts >= ENOUGH_PROMPTS

    @property
    def excludes_zero(self) -> bool:
        """Whether the sign is sure at this level."""
        return self.low > 0 or self.high < 0


def interval(
    values: Sequence[Sequence[float]], level: float = 0.95, seed: int = 0, draws: int = DRAWS
) -> Interval:
    """values: a row per prompt, a number per seed; rows may have several lengths, and each prompt
    counts alike. The same numbers and seed give the same interval.

    With one prompt its seeds are drawn; one number alone has no interval: `low` and `high` are
    infinite. The quantiles are those of Hesterberg's expanded percentile interval (2015), which is
    not too narrow for few. Raises `ValueError` for no number, or one that is not finite.
    """
    rows = [_finite(row) for row in values]
    if not rows:
        raise ValueError("a mean of no numbers has no interval")
    units = np.array([row.mean() for row in rows]) if len(rows) > 1 else rows[0]
    drawn = _drawn_means(units, np.random.default_rng(seed), draws)
    low, high = limits(drawn, len(units), level)
    over: Over = "prompts" if len(rows) > 1 else "seeds"
    mean = float(units.mean())
    return Interval(mean, low, high, level, over, len(rows), sum(len(row) for row in rows))


def crossed_interval(
    values: Sequence[Sequence[float]], level: float = 0.95, seed: int = 0, draws: int = DRAWS
) -> Interval:
    """As `interval`, for a full table of prompts × seeds, both drawn again: for where the same
    seeds went through every prompt, and the mean is to hold for others too. Wider: it counts what
    prompts and seeds do together up to three times (Owen 2007, the pigeonhole bootstrap). Raises
    `ValueError` for rows of several lengths."""
    rows = [_finite(row) for row in values]
    if len({len(row) for row in rows}) != 1:
        raise ValueError("prompts and seeds are drawn together from a full table only")
    table, rng = np.stack(rows), np.random.default_rng(seed)
    prompts, seeds = (_drawn_counts(count, rng, draws) for count in table.shape)
    drawn = np.einsum("dp,ps,ds->d", prompts, table, seeds, optimize=True) / table.size
    low, high = limits(drawn, min(table.shape), level)
    return Interval(float(table.mean()), low, high, level, "both", len(table), table.size)


def _drawn_means(units: np.ndarray, rng: np.random.Generator, draws: int) -> np.ndarray:
    counts = (min(_AT_ONCE, draws - at) for at in range(0, draws, _AT_ONCE))
    parts = [units[rng.integers(len(units), size=(count, len(units)))] for count in counts]
    return np.concatenate([part.mean(1) for part in parts])


def _drawn_counts(count: int, rng: np.random.Generator, draws: int) -> np.ndarray:
    """(draws, count): how often each was drawn."""
    return rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)


def limits(drawn: np.ndarray, count: int, level: float) -> tuple[float, float]:
    """drawn: what came of each draw from so many; infinite where there was one to draw from."""
    if count < 2:
        return -math.inf, math.inf
    tail = _expanded_tail((1 - level) / 2, count)
    low, high = np.quantile(drawn, (tail, 1 - tail))
    return float(low), float(high)


def _expanded_tail(tail: float, count: int) -> float:
    """Φ(√(n / (n − 1)) · t), t the quantile of Student's distribution of n − 1."""
    normal = NormalDist()
    student = _student(normal.inv_cdf(tail), count - 1)
    return normal.cdf(math.sqrt(count / (count - 1)) * student)


def _student(z: float, freedom: int) -> float:
    """From the normal quantile (Abramowitz and Stegun 26.7.5); within 1 % from 3 on, too small
    below, where the bootstrap's own range is the limit anyway."""
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


def _finite(row: Sequence[float]) -> np.ndarray:
    known = np.asarray(row, np.float64)
    if not known.size or not np.isfinite(known).all():
        raise ValueError("an interval takes finite numbers, at least one for each prompt")
    return known
