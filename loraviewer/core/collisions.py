"""Which two rows of a stack pull the same way, which cancel each other, and where: what follows for
people from where rows meet. Sentences about it are written where they are shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import mul

from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import BlockName, LiveWeights, Meeting, WeightName

HARDLY = 0.01
"""Below this share of their energies what two rows have in common is beyond chance, and nothing
that could be seen."""

A_FIGHT = 0.1
"""From this part on of the energy that two rows have alone, what they cancel is a fight."""

_BOTH = 0.25
"""From this share of what they have in common on, the lesser direction is worth a word."""


class Verdict(StrEnum):
    ALIKE = "alike"
    CANCEL = "cancel"
    BOTH = "both"
    HARDLY = "hardly"
    UNRELATED = "unrelated"
    APART = "apart"
    """No weight is changed by both."""


@dataclass(frozen=True)
class BlockShare:
    """What two rows have in common in a block, in one direction. `share`: of all that they have in
    common anywhere, 0 … 1. `strongest`: the weight with most of it."""

    block: BlockName
    share: float
    count: int
    strongest: WeightName


@dataclass(frozen=True)
class Side:
    """Where two rows pull the same way, or where they cancel. `count`: weights; `shared`: |2sᵢsⱼ
    ⟨ΔWᵢ, ΔWⱼ⟩| over these; `part`: that over the energy that both have alone, 0 … 1; `blocks`: the
    largest share first."""

    count: int
    shared: float
    part: float
    blocks: tuple[BlockShare, ...]


@dataclass(frozen=True)
class Collision:
    """Two rows by their places in the stack. `common`: weights that both change. `effect`: what
    their meeting adds to the energy that they have alone, over that: −1 where they cancel to
    nothing, 1 for two equal ones. `cosine`: of both as a whole, of what is beyond chance. None
    where both are zero. `meetings`: of the two as if they were alone, the largest shared energies
    first."""

    first: int
    second: int
    verdict: Verdict
    common: int
    alike: Side
    cancel: Side
    effect: float | None
    cosine: float | None
    meetings: tuple[Meeting, ...]

    @property
    def shared(self) -> float:
        """In either direction."""
        return self.alike.shared + self.cancel.shared

    @property
    def cancels(self) -> bool:
        """Much enough to be told of."""
        return self.verdict in (Verdict.CANCEL, Verdict.BOTH)

    @property
    def is_fight(self) -> bool:
        return self.cancels and self.cancel.part >= A_FIGHT


def collisions(live: LiveWeights, rows: Sequence[AppliedAdapter]) -> tuple[Collision, ...]:
    """Of each two rows, those that share most energy first; then in the order of the rows."""
    return ranked([collision(live, rows, i, j) for i, j in pairs_of(len(rows))])


def pairs_of(rows: int) -> list[tuple[int, int]]:
    """All two places of a stack of so many rows."""
    return [(i, j) for i in range(rows) for j in range(i + 1, rows)]


def ranked(found: Sequence[Collision]) -> tuple[Collision, ...]:
    return tuple(sorted(found, key=lambda one: -one.shared))


def worst_of(found: Sequence[Collision]) -> Collision | None:
    """Which two cancel most; None where none do."""
    return max(
        (one for one in found if one.cancels), key=lambda one: one.cancel.shared, default=None
    )


def collision(live: LiveWeights, rows: Sequence[AppliedAdapter], i: int, j: int) -> Collision:
    """Of two rows alone, so that who has other work may go on with the next two later."""
    both = (rows[i], rows[j])
    norms, meetings = live.weight_norms(both).rows, live.meetings(both)
    common = sum(map(bool, map(mul, *norms)))
    alone = [sum(map(mul, one, one)) for one in norms]
    sums = sum(abs(one.shared) for one in meetings), sum(alone)
    alike = _side([m for m in meetings if m.shared > 0.0], *sums, live.block_of)
    cancel = _side([m for m in meetings if m.shared < 0.0], *sums, live.block_of)
    surplus, middle = alike.shared - cancel.shared, (alone[0] * alone[1]) ** 0.5
    effect = surplus / sum(alone) if sum(alone) else None
    cosine = surplus / 2.0 / middle if middle else None
    verdict = _verdict(common, alike, cancel, sum(alone))
    return Collision(i, j, verdict, common, alike, cancel, effect, cosine, meetings)


def _side(
    meetings: Sequence[Meeting],
    whole: float,
    alone: float,
    block_of: Callable[[WeightName], BlockName],
) -> Side:
    """whole: what they share in either direction; alone: their energies."""
    in_blocks: dict[BlockName, list[Meeting]] = {}
    for one in meetings:
        in_blocks.setdefault(block_of(one.weight), []).append(one)
    blocks: list[BlockShare] = []
    for block, there in in_blocks.items():
        strongest = max(there, key=lambda one: abs(one.shared))
        share = sum(abs(one.shared) for one in there) / whole
        blocks.append(BlockShare(block, share, len(there), strongest.weight))
    blocks.sort(key=lambda one: -one.share)
    shared = sum(abs(one.shared) for one in meetings)
    return Side(len(meetings), shared, shared / alone if alone else 0.0, tuple(blocks))


def _verdict(common: int, alike: Side, cancel: Side, alone: float) -> Verdict:
    if not common:
        return Verdict.APART
    shared = alike.shared + cancel.shared
    if not shared:
        return Verdict.UNRELATED
    if shared < HARDLY * alone:
        return Verdict.HARDLY
    if min(alike.shared, cancel.shared) >= _BOTH * shared:
        return Verdict.BOTH
    return Verdict.ALIKE if alike.shared > cancel.shared else Verdict.CANCEL
