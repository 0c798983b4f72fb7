"""Where a share falls below a limit, how well one number ranks another, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Falling:
    """Shares that never rise with size, of no other shape: the likeliest ones (Ayer, Brunk, Ewing,
    Reid and Silverman 1955). sizes (n,) rise; shares (n,), 0 to 1."""

    sizes: np.ndarray
    shares: np.ndarray

    @classmethod
    def fitted(cls, x: np.ndarray, right: np.ndarray, counted: np.ndarray) -> Falling:
        """Of `counted` (n,) pictures of stacks of size x (n,), `right` (n,) still show what was
        asked for; both may be weighted, also with 0."""
        sizes, place = np.unique(x[counted > 0], return_inverse=True)
        hits = np.bincount(place, right[counted > 0])
        all_of_them = np.bincount(place, counted[counted > 0])
        return cls(sizes, _pooled(hits, all_of_them))

    def at(self, share: float) -> float:
        """The size from which on less is left, midway between those measured on either side; nan
        where that is none of them, or all."""
        below = np.flatnonzero(self.shares < share)
        if not len(below) or not below[0]:
            return float("nan")
        return float(np.sqrt(self.sizes[below[0] - 1] * self.sizes[below[0]]))


def _pooled(right: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Neighbours whose share would rise are taken together until none does."""
    pools: list[tuple[float, float, int]] = []  # right, counted, how many
    for pool in zip(right, counted, np.ones(len(right), int), strict=True):
        while pools and pools[-1][0] * pool[1] <= pool[0] * pools[-1][1]:
            pool = tuple(a + b for a, b in zip(pools.pop(), pool, strict=True))
        pools.append(pool)
    return np.repeat([hits / count for hits, count, _ in pools], [size for *_, size in pools])


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, ties sharing their mean rank; nan where all values of one are equal."""
    a, b = _ranks(one), _ranks(other)
    spread = a.std() * b.std()
    return float(((a - a.mean()) * (b - b.mean())).mean() / spread) if spread else float("nan")


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return (last - (counts - 1) / 2)[place]


def draws(groups: np.ndarray, times: int, seed: int = 0) -> Iterator[np.ndarray]:
    """How often each of (n,) things counts in a bootstrap that draws whole groups of them."""
    rng = np.random.default_rng(seed)
    names, place = np.unique(groups, return_inverse=True)
    for _ in range(times):
        yield rng.multinomial(len(names), np.full(len(names), 1 / len(names)))[place]


def interval(
    measure: Callable[[np.ndarray, np.ndarray], float],
    stacks: np.ndarray,
    prompts: np.ndarray,
    times: int = 1000,
) -> tuple[float, float]:
    """The middle 95 % of what `measure` finds when groups of stacks and prompts are drawn anew; it
    is handed how often each stack and each prompt counts."""
    pairs = zip(draws(stacks, times), draws(prompts, times, 1), strict=True)
    found = np.array([measure(of_stacks, of_prompts) for of_stacks, of_prompts in pairs])
    low, high = np.nanquantile(found, (0.025, 0.975))
    return float(low), float(high)
