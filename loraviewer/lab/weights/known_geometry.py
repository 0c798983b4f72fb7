"""The geometry of some adapters as the window asks about it: rows, blocks, angles, meetings.

Implements `core.weight_numbers.LiveWeights`. Numpy alone, so that the window may ask at every tick
of a fader.
"""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from loraviewer.core.blocks import BlockScales, block_of, factor_of
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import (
    BEYOND_CHANCE,
    Angles,
    BlockName,
    Matrix,
    Meeting,
    Place,
    RowEnergies,
    StackEnergies,
    WeightName,
    WeightNorms,
)
from loraviewer.lab.weights.geometry import (
    Array,
    StackGeometry,
    cosines,
    weight_nulls,
    whole_nulls,
)
from loraviewer.lab.weights.live import Energies, StackNumbers, stack_numbers, weight_energies


class KnownGeometry:
    """Any thread, one at a time."""

    def __init__(self, base_identity: str, whole: StackGeometry) -> None:
        """whole: of every adapter at least once."""
        self._base_identity = base_identity
        self._whole = whole
        self._places = {sha: i for i, sha in enumerate(whole.adapters)}
        self._picked: tuple[tuple[int, ...], StackGeometry] | None = None

    @property
    def base_identity(self) -> str:
        return self._base_identity

    @property
    def adapters(self) -> frozenset[str]:
        return frozenset(self._places)

    @property
    def blocks(self) -> tuple[BlockName, ...]:
        return self._whole.blocks

    @property
    def weights(self) -> tuple[WeightName, ...]:
        return self._whole.weights

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        return self._whole.shapes

    def block_of(self, weight: WeightName) -> BlockName:
        known = self._blocks_of.get(weight)
        return known if known is not None else (weight[0], block_of(*weight))

    @np.errstate(over="ignore", invalid="ignore")  # strengths are unbounded
    def energies(self, rows: Sequence[AppliedAdapter]) -> StackEnergies:
        numbers = stack_numbers(self._of(rows), self._strengths(rows))
        told = tuple(_row(numbers, i) for i in range(len(rows)))
        whole, blocks = numbers.whole, numbers.blocks
        return StackEnergies(
            told,
            float(whole.norm[0]),
            _number(np.sqrt(whole.base)[0]),
            _number(whole.relative[0]),
            _number(numbers.in_adapters),
            _number(whole.coherence[0]),
            tuple(blocks.norm.tolist()),
            _numbers(blocks.relative),
        )

    @np.errstate(over="ignore", invalid="ignore")  # strengths are unbounded
    def weight_norms(self, rows: Sequence[AppliedAdapter]) -> WeightNorms:
        energies: Energies = weight_energies(self._of(rows), self._strengths(rows))
        base = np.sqrt(self._whole.base_energy)
        return WeightNorms(
            tuple(energies.norm.tolist()),
            tuple(tuple(each) for each in energies.own_norm.T.tolist()),
            _numbers(base),
        )

    def angles(self, adapters: Sequence[str], place: Place) -> Angles:
        at = [self._places[sha] for sha in adapters]
        members = self._members(place)
        nulls = whole_nulls(self._whole, members[None])
        grams = np.tensordot(members, self._whole.gram, 1)
        picked = np.ix_(at, at)
        return Angles(_matrix(cosines(grams)[picked]), _matrix(nulls[picked]))

    def norms_at_one(self, sha256: str, block_scales: BlockScales = ()) -> tuple[float, float]:
        own = self._whole.energies[:, self._places[sha256]] * self._factors(block_scales) ** 2
        is_text = self._whole.is_text
        return float(np.sqrt(own[~is_text].sum())), float(np.sqrt(own[is_text].sum()))

    @np.errstate(over="ignore", invalid="ignore")  # strengths are unbounded
    def meetings(self, rows: Sequence[AppliedAdapter]) -> tuple[Meeting, ...]:
        at, gram = self._strengths(rows), self._of(rows).gram
        angles, nulls = cosines(gram), weight_nulls(self._whole)
        found: list[Meeting] = []
        for i in range(len(rows)):
            for j in range(i + 1, len(rows)):
                signs = np.sign(at[:, i] * at[:, j])
                cosine = angles[:, i, j] * signs
                where = np.flatnonzero(np.abs(cosine) > BEYOND_CHANCE * nulls)
                shared = 2.0 * at[where, i] * at[where, j] * gram[where, i, j]
                # As lists: taking numbers out of an array one by one costs ten times as much.
                columns = (where, cosine[where], nulls[where], shared)
                for w, angle, null, energy in zip(*(c.tolist() for c in columns), strict=True):
                    found.append(Meeting(i, j, self.weights[w], angle, null, energy))
        return tuple(sorted(found, key=lambda one: -abs(one.shared)))

    def _of(self, rows: Sequence[AppliedAdapter]) -> StackGeometry:
        """Of these rows; what was asked for last is kept, since a fader asks again and again."""
        wanted = tuple(self._places[row.sha256] for row in rows)
        if self._picked is None or self._picked[0] != wanted:
            self._picked = wanted, self._whole.picked(wanted)
        return self._picked[1]

    def _strengths(self, rows: Sequence[AppliedAdapter]) -> Array:
        """(m, n): at every weight the strength of each row, as the merger gives it."""
        scale = np.array([row.scale for row in rows])
        text_scale = np.array([row.text_scale for row in rows])
        at = np.where(self._whole.is_text[:, None], text_scale, scale)
        if any(row.block_scales for row in rows):
            at = at * np.stack([self._factors(row.block_scales) for row in rows], 1)
        return at

    def _factors(self, scales: BlockScales) -> Array:
        """(m,): by what strengths are multiplied in the block of each weight."""
        if not scales or not self.weights:
            return np.ones(len(self.weights))
        by_block = np.array([factor_of(scales, block) for _, block in self.blocks])
        return by_block[self._block_places]

    @cached_property
    def _blocks_of(self) -> dict[WeightName, BlockName]:
        """Reading thousands of names takes longer than all sums."""
        places = self._block_places.tolist()
        return {key: self.blocks[at] for key, at in zip(self.weights, places, strict=True)}

    @cached_property
    def _block_places(self) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
        """(m,): the place in `blocks` of each weight's block."""
        return np.argmax(self._whole.in_blocks, axis=0)

    def _members(self, place: Place) -> Array:
        """(m,): 1 for the weights that lie there."""
        is_there = [
            place.component in ("", key[0])
            and place.block in ("", block_of(*key))
            and place.weight in ("", key[1])
            for key in self.weights
        ]
        return np.array(is_there, float)


def _row(numbers: StackNumbers, i: int) -> RowEnergies:
    whole, blocks = numbers.whole, numbers.blocks
    return RowEnergies(
        float(whole.own_norm[0, i]),
        _number(whole.own_relative[0, i]),
        _number(whole.share[0, i]),
        _number(whole.leave_one_out[0, i]),
        tuple(blocks.own_norm[:, i].tolist()),
        _numbers(blocks.own_relative[:, i]),
    )


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _numbers(values: Array) -> tuple[float | None, ...]:
    return tuple(value if math.isfinite(value) else None for value in values.tolist())


def _matrix(values: Array) -> Matrix:
    return tuple(_numbers(row) for row in values)
