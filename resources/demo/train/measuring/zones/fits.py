"""Where a share falls below a limit, how well one number ranks another, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

STEPS = 60  # of Newton's; some ten are enough
RIDGE = 1e-3  # keeps the slope finite where every picture is right or none


@dataclass(frozen=True)
class Falling:
    """share(x) = 1 / (1 + e^−(level + slope · log x)), fitted by likelihood."""

    level: float
    slope: float

    @classmethod
    def fitted(cls, x: np.ndarray, right: np.ndarray, counted: np.ndarray) -> Falling:
        """x (n,), above 0; of `counted` (n,) pictures at each, `right` (n,) still show what was
        asked for; both may be weighted."""
        design = np.stack([np.ones_like(x), np.log(x)], 1)
        found = np.zeros(2)
        for _ in range(STEPS):
            share = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
            slope = design.T @ (right - counted * share) - RIDGE * found
            spread = counted * np.maximum(share * (1 - share), 1e-6)
            step = np.linalg.solve((design * spread[:, None]).T @ design + RIDGE * np.eye(2), slope)
            found = found + np.clip(step, -2, 2)
            if np.abs(step).max() < 1e-8:
                break
        return cls(float(found[0]), float(found[1]))

    def at(self, share: float) -> float:
        """The x at which this share is left; nan where the curve does not fall."""
        if self.slope >= 0:
            return float("nan")
        return float(np.exp((np.log(share / (1 - share)) - self.level) / self.slope))


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
