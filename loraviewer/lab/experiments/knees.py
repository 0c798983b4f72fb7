"""Where a curve bends: two straight lines that meet, and how sure their meeting point is.

The continuous two-segment least-squares fit (Hudson 1966) by the knots of a fine grid, each segment
with two points at least. A knee is told only where it is better, by Schwarz's criterion, than one
straight line and than a parabola, which is a steady bend; where the change of slope is sure over
prompts; and where prompts agree on its place to within half of the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loraviewer.lab.images.intervals import limits

LEAST_POINTS = 6
"""Two lines and their knot are four numbers; fewer points than these fit them by chance."""

LEAST_PROMPTS = 4
"""With two, one straight line of five gets a knee."""

_KNOTS = 161
_DRAWS = 2000
_SLOPE_LEVEL = 0.999
"""The best knot of many shows some change of slope in a straight line, too; measured on straight
lines with noise, this level tells a knee in fewer than 1 of 20."""

_NO_NOISE = 1e-3
"""In seed spreads: what fits to within that fits."""

_LINE, _PARABOLA, _HINGE = 2, 3, 4
"""Numbers that each takes; of the hinge, one is its place."""


@dataclass(frozen=True)
class FoundKnee:
    """At `x`, in `low` … `high`; slopes before and after it."""

    x: float
    low: float
    high: float
    before: float
    after: float


def knee(xs: np.ndarray, units: np.ndarray, level: float = 0.95, seed: int = 0) -> FoundKnee | None:
    """xs: (points,), rising. units: (prompts, points), a curve for each prompt. The
    same numbers and seed give the same knee."""
    if len(xs) < LEAST_POINTS or len(units) < LEAST_PROMPTS or not np.isfinite(units).all():
        return None
    hinges, mean = _Hinges(xs), units.mean(0)
    if not _is_best(hinges, xs, mean):
        return None
    rng = np.random.default_rng(seed)
    drawn = units[rng.integers(len(units), size=(_DRAWS, len(units)))].mean(1)
    at = int(hinges.errors(mean[None])[0].argmin())
    bends = limits(hinges.bends(drawn, at), len(units), _SLOPE_LEVEL)
    if bends[0] <= 0.0 <= bends[1]:
        return None
    low, high = limits(hinges.knots[hinges.errors(drawn).argmin(1)], len(units), level)
    if high - low > (xs[-1] - xs[0]) / 2:
        return None
    _, before, bend = hinges.fitted(mean, at)
    x = float(hinges.knots[at])
    return FoundKnee(x, min(low, x), max(high, x), float(before), float(before + bend))


class _Hinges:
    """Fits of `1, x, max(0, x − knot)` for every knot."""

    def __init__(self, xs: np.ndarray) -> None:
        self.knots = np.linspace(xs[1], xs[-2], _KNOTS)
        parts = [np.stack([np.ones_like(xs), xs, np.maximum(0.0, xs - k)], 1) for k in self.knots]
        designs = np.stack(parts)  # (knots, points, 3)
        self._solvers = np.linalg.pinv(designs)  # (knots, 3, points)
        self._residuals = np.eye(len(xs)) - designs @ self._solvers

    def errors(self, curves: np.ndarray) -> np.ndarray:
        """(curves, knots): sums of squares."""
        left = np.einsum("kpq,cq->ckp", self._residuals, curves, optimize=True)
        return np.square(left).sum(2)

    def fitted(self, curve: np.ndarray, at: int) -> np.ndarray:
        """Height at 0, slope before the knot, and by how much it changes there."""
        return self._solvers[at] @ curve

    def bends(self, curves: np.ndarray, at: int) -> np.ndarray:
        """Of each curve, the change of slope at one knot."""
        return curves @ self._solvers[at, 2]


def _is_best(hinges: _Hinges, xs: np.ndarray, curve: np.ndarray) -> bool:
    hinge = _criterion(float(hinges.errors(curve[None]).min()), len(xs), _HINGE)
    others = (_LINE, _PARABOLA)
    return all(hinge < _criterion(_error(xs, curve, n - 1), len(xs), n) for n in others)


def _error(xs: np.ndarray, curve: np.ndarray, degree: int) -> float:
    powers = np.vander(xs, degree + 1)
    return float(np.square(curve - powers @ np.linalg.lstsq(powers, curve)[0]).sum())


def _criterion(error: float, points: int, count: int) -> float:
    """Schwarz's (1978), of normal errors."""
    return points * np.log(error / points + _NO_NOISE**2) + count * np.log(points)
