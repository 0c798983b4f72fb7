"""Where the adapters of a stack meet: weights in which two of them point far more alike, or more
against each other, than independent directions do.

‖S‖² = Σ ‖sᵢΔWᵢ‖² + Σ 2sᵢsⱼ⟨ΔWᵢ, ΔWⱼ⟩: what two adapters share in a weight is their term of the
second sum. Values only, without torch, so that any thread may ask; `collision_words` says them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loraviewer.core.blocks import block_of
from loraviewer.lab.weights.geometry import Array, StackGeometry, cosines, weight_nulls

BEYOND_CHANCE = 5.0
"""How many standard deviations of independent directions a cosine must have."""


@dataclass(frozen=True)
class Meeting:
    """Of two adapters in one weight. `cosine`: of what the stack makes of them, so that a negative
    strength turns it. `null`: the standard deviation of it for independent directions.
    `shared_energy`: |2sᵢsⱼ⟨ΔWᵢ, ΔWⱼ⟩|, by which ‖S‖² is larger or smaller than without it."""

    component: str
    block: str
    module: str
    cosine: float
    null: float
    shared_energy: float

    @property
    def is_reinforcing(self) -> bool:
        """Both push the same way; else they cancel each other."""
        return self.cosine > 0.0


@dataclass(frozen=True)
class PairCollision:
    """`first`, `second`: places of the adapters in the stack. `common`: how many weights both
    change at a strength other than 0. `meetings`: those beyond chance, most shared energy first."""

    first: int
    second: int
    common: int
    meetings: tuple[Meeting, ...]

    @cached_property
    def reinforcing_energy(self) -> float:
        return sum(one.shared_energy for one in self.meetings if one.is_reinforcing)

    @cached_property
    def cancelling_energy(self) -> float:
        return sum(one.shared_energy for one in self.meetings if not one.is_reinforcing)

    @property
    def shared_energy(self) -> float:
        return self.reinforcing_energy + self.cancelling_energy


def collisions(
    geometry: StackGeometry, at: Array, beyond: float = BEYOND_CHANCE
) -> tuple[PairCollision, ...]:
    """Of every two adapters of a stack, those that share most energy first. at: (m, n), the
    strength of each at every weight. beyond: in standard deviations of independent directions."""
    at = np.where(geometry.touches, at, 0.0)
    angles, nulls = cosines(geometry.gram), weight_nulls(geometry)
    count = len(geometry.adapters)
    pairs = [
        _pair(geometry, at, angles[:, i, j], nulls, (i, j), beyond)
        for i in range(count)
        for j in range(i + 1, count)
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.shared_energy))


def _pair(
    geometry: StackGeometry,
    at: Array,
    angles: Array,
    nulls: Array,
    pair: tuple[int, int],
    beyond: float,
) -> PairCollision:
    """angles: (m,), of these two at strength 1; nan where either is 0."""
    i, j = pair
    both = at[:, i] * at[:, j]
    shared = 2.0 * both * geometry.gram[:, i, j]
    meets = (np.nan_to_num(np.abs(angles)) > beyond * nulls) & (shared != 0.0)
    order = sorted(np.flatnonzero(meets).tolist(), key=lambda m: -abs(shared[m]))
    found = [_meeting(geometry, m, shared[m], angles[m], nulls[m]) for m in order]
    return PairCollision(i, j, int(np.count_nonzero(both)), tuple(found))


def _meeting(
    geometry: StackGeometry, place: int, shared: float, angle: float, null: float
) -> Meeting:
    component, name = geometry.weights[place]
    cosine = float(np.copysign(angle, shared))
    return Meeting(
        component,
        block_of(component, name),
        name.removesuffix(".weight"),
        cosine,
        float(null),
        abs(float(shared)),
    )
