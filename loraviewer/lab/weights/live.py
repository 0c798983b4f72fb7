"""What a stack weighs at given strengths: one tick of a fader, without torch.

S = Σ sᵢΔWᵢ. Every energy ‖·‖² is a sum over weights, so that weights, blocks, components and the
whole are the same formulas on sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loraviewer.lab.weights.geometry import Array, StackGeometry


@dataclass(frozen=True, eq=False)
class Energies:
    """Of some groups of weights (g of them), n adapters.

    `stack` (g,): ‖S‖². `own` (g, n): ‖sᵢΔWᵢ‖². `parts` (g, n): sᵢ(Gs)ᵢ, each adapter's additive
    part of `stack` (its Shapley value), negative where it cancels others. `base` (g,): ‖W₀‖² over
    the weights that the stack touches; `own_base` (g, n): over those that each adapter changes.
    """

    stack: Array
    own: Array
    parts: Array
    base: Array
    own_base: Array

    @cached_property
    def norm(self) -> Array:
        """(g,): ‖S‖."""
        return np.sqrt(self.stack)

    @cached_property
    def relative(self) -> Array:
        """(g,): ‖S‖ / ‖W₀‖ over the weights that the stack touches; nan without any."""
        return ratio(self.norm, np.sqrt(self.base))

    @cached_property
    def own_norm(self) -> Array:
        """(g, n): ‖sᵢΔWᵢ‖."""
        return np.sqrt(self.own)

    @cached_property
    def own_relative(self) -> Array:
        """(g, n): ‖sᵢΔWᵢ‖ / ‖W₀‖ over the adapter's own weights, at strength 0 as well."""
        return ratio(self.own_norm, np.sqrt(self.own_base))

    @cached_property
    def share(self) -> Array:
        """(g, n): sᵢ(Gs)ᵢ / ‖S‖²; these sum to 1. nan where S is 0."""
        return ratio(self.parts, self.stack[:, None])

    @cached_property
    def leave_one_out(self) -> Array:
        """(g, n): (‖S‖² − ‖S − sᵢΔWᵢ‖²) / ‖S‖² = (2sᵢ(Gs)ᵢ − sᵢ²Gᵢᵢ) / ‖S‖²; these do not sum
        to 1. nan where S is 0."""
        return ratio(2.0 * self.parts - self.own, self.stack[:, None])

    @cached_property
    def incoherent_norm(self) -> Array:
        """(g,): √Σ‖sᵢΔWᵢ‖², what ‖S‖ would be for orthogonal changes."""
        return np.sqrt(self.own.sum(1))

    @cached_property
    def coherence(self) -> Array:
        """(g,): ‖S‖ over that: 1 for orthogonal changes, √n for n equal ones, less than 1 where
        they cancel."""
        return ratio(self.norm, self.incoherent_norm)

    def summed(self, members: Array) -> "Energies":
        """Over groups of these: `members` (groups, g)."""
        return Energies(
            members @ self.stack,
            members @ self.own,
            members @ self.parts,
            _known_sums(members, self.base),
            _known_sums(members, self.own_base),
        )


@dataclass(frozen=True, eq=False)
class StackNumbers:
    """All live numbers of one tick. `in_adapters`: ‖S‖ in units of each adapter alone at 1.0, the
    root mean square ‖ΔWᵢ‖ of those that are applied: 1 means as strong as one of them. nan where
    none is."""

    weights: Energies
    blocks: Energies
    components: Energies
    whole: Energies
    in_adapters: float


def strengths(
    geometry: StackGeometry, scale: Sequence[float], text_scale: Sequence[float]
) -> Array:
    """(m, n): at every weight the strength of each adapter, from its two faders."""
    return np.where(geometry.is_text[:, None], np.array(text_scale, float), np.array(scale, float))


def stack_numbers(geometry: StackGeometry, at: Array) -> StackNumbers:
    """at: (m, n), the strength of each adapter at every weight, as `strengths` gives it."""
    weights = weight_energies(geometry, at)
    whole = weights.summed(np.ones((1, len(geometry.weights))))
    return StackNumbers(
        weights,
        weights.summed(geometry.in_blocks),
        weights.summed(geometry.in_components),
        whole,
        _in_adapters(geometry, at, whole),
    )


def weight_energies(geometry: StackGeometry, at: Array) -> Energies:
    """Of every weight by itself."""
    at = np.where(geometry.touches, at, 0.0)
    parts = at * (geometry.gram @ at[:, :, None])[:, :, 0]  # (m, n)
    stack = np.maximum(parts.sum(1), 0.0)  # what cancels exactly may round below 0
    base = np.where(at.any(1), geometry.base_energy, 0.0)
    own_base = np.where(geometry.touches, geometry.base_energy[:, None], 0.0)
    return Energies(stack, at * at * geometry.energies, parts, base, own_base)


def _in_adapters(geometry: StackGeometry, at: Array, whole: Energies) -> float:
    is_applied = (np.where(geometry.touches, at, 0.0) != 0.0).any(0)
    alone = geometry.energies.sum(0)[is_applied]
    if not alone.any():
        return float("nan")
    return float(whole.norm[0] / np.sqrt(alone.mean()))


def _known_sums(members: Array, energies: Array) -> Array:
    """members @ energies, nan only in groups of which one energy is: 0 · nan would make it so in
    all others, too."""
    unknown = np.isnan(energies)
    if not unknown.any():
        return members @ energies
    sums = members @ np.where(unknown, 0.0, energies)
    return np.where(members @ unknown.astype(float) > 0.0, np.nan, sums)


def ratio(over: Array, under: Array) -> Array:
    """nan where `under` is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(under != 0.0, over / under, np.nan)
