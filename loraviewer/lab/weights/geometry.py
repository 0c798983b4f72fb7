"""Lengths and angles of a stack's changes as one value, from which all live numbers follow.

Of every weight that any adapter changes the Gram matrix of the changes at strength 1: then
‖Σ sᵢΔWᵢ‖² = sᵀGs (all norms Frobenius), and a moved fader costs some products of small arrays.
Numpy alone: nothing here touches torch, so that any thread may ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loraviewer.adapters.naming.base import TEXT_ENCODERS
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.blocks import block_of

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StackGeometry:
    """n adapters on m weights, all float64. Never written to."""

    adapters: tuple[str, ...]
    """sha256 of each, in the order of the stack; one that is in it twice is here twice."""
    weights: tuple[WeightKey, ...]
    """Sorted."""
    gram: Array
    """(m, n, n): ⟨ΔWᵢ, ΔWⱼ⟩ at strength 1; 0 where one of them leaves the weight alone."""
    base_energy: Array
    """(m,): ‖W₀‖² of each."""
    touches: NDArray[np.bool_]
    """(m, n): whether the adapter has a change of this weight."""
    shapes: tuple[tuple[int, int], ...]
    """Of each weight, (out, n) flat."""

    def picked(self, adapters: Sequence[int]) -> "StackGeometry":
        """Of some of the adapters by their places, in this order, once or several times."""
        at = list(adapters)
        return StackGeometry(
            tuple(self.adapters[i] for i in at),
            self.weights,
            np.ascontiguousarray(self.gram[:, at][:, :, at]),
            self.base_energy,
            self.touches[:, at],
            self.shapes,
        )

    @cached_property
    def energies(self) -> Array:
        """(m, n): ‖ΔWᵢ‖² at strength 1."""
        return np.ascontiguousarray(np.diagonal(self.gram, axis1=1, axis2=2))

    @cached_property
    def is_text(self) -> NDArray[np.bool_]:
        """(m,): whether a text encoder holds the weight."""
        return np.array([component in TEXT_ENCODERS for component, _ in self.weights], bool)

    @cached_property
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """(component, block) in the order of their first weight, as `block_of` names them."""
        return tuple(dict.fromkeys((key[0], block_of(*key)) for key in self.weights))

    @cached_property
    def components(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(component for component, _ in self.weights))

    @cached_property
    def in_blocks(self) -> Array:
        """(blocks, m): 1 where the weight lies in the block; sums over blocks as one product."""
        places = {block: i for i, block in enumerate(self.blocks)}
        return _members([places[key[0], block_of(*key)] for key in self.weights], len(places))

    @cached_property
    def in_components(self) -> Array:
        """(components, m), as `in_blocks`."""
        places = {component: i for i, component in enumerate(self.components)}
        return _members([places[component] for component, _ in self.weights], len(places))

    @cached_property
    def whole_gram(self) -> Array:
        """(n, n): ⟨ΔWᵢ, ΔWⱼ⟩ over all weights, at strength 1."""
        return self.gram.sum(0)

    @cached_property
    def block_grams(self) -> Array:
        """(blocks, n, n), as `whole_gram`."""
        return np.tensordot(self.in_blocks, self.gram, 1)


def _members(places: list[int], count: int) -> Array:
    members = np.zeros((count, len(places)))
    members[places, np.arange(len(places))] = 1.0
    return members


def cosines(grams: Array) -> Array:
    """Gram matrices (…, n, n) → ⟨ΔWᵢ, ΔWⱼ⟩ / (‖ΔWᵢ‖·‖ΔWⱼ‖); nan where either is 0."""
    norms = np.sqrt(np.diagonal(grams, axis1=-2, axis2=-1))  # (…, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = grams / (norms[..., :, None] * norms[..., None, :])
    return np.clip(found, -1.0, 1.0)


def weight_nulls(geometry: StackGeometry) -> Array:
    """(m,): the standard deviation of the cosine of two independent directions in each weight,
    1/√(out·n)."""
    return 1.0 / np.sqrt([max(1, rows * columns) for rows, columns in geometry.shapes])


def whole_nulls(geometry: StackGeometry, members: Array | None = None) -> Array:
    """(n, n): the same of two adapters over all weights, for the energies that they really have
    in each: √Σ ‖ΔWᵢ‖²‖ΔWⱼ‖²/(out·n) / (‖ΔWᵢ‖·‖ΔWⱼ‖). Energy in few weights makes the band wider
    than 1/√(number of all elements). nan where either is 0.

    members: (groups, m) such as `in_blocks`, for one matrix of each: (groups, n, n).
    """
    members = np.ones((1, len(geometry.weights))) if members is None else members
    own = geometry.energies
    spread = own * weight_nulls(geometry)[:, None] ** 2
    products = np.einsum("gm,mi,mj->gij", members, spread, own)
    norms = np.sqrt(members @ own)  # (groups, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        nulls = np.sqrt(products) / (norms[:, :, None] * norms[:, None, :])
    return nulls[0] if len(nulls) == 1 else nulls
