"""While one fader is held, each tick is a single pass: W = ground, plus the distance times ΔW.

The ground is what the weights were when the fader was grasped, where that is known: nothing of the
other adapters is summed again. It is part of the recipe, so that the same draft has the same bytes
whatever came before. Settled weights never come from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import (
    BASE,
    Entries,
    Ground,
    HeldAt,
    Recipe,
    entries_by_weight,
    scale_at,
    settled_recipes,
)
from loraviewer.adapters.placement import WeightDelta
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.stack import AppliedAdapter

HELD_DTYPES = (torch.float32, torch.bfloat16, torch.float16)
"""fp8 has no arithmetic of its own: its ticks are settled sums."""

_DENSE_WORK = 64
"""What a delta without low-rank form costs, as the rank of one that has it: it is computed anew, or
read from a matrix."""

Pool = Mapping[str, Adapter]


class Part(NamedTuple):
    """One of the two tensors of a weight that make its ticks cheap: its ground, or the held ΔW at
    strength 1. Both in the dtype of the live weight, contiguous."""

    key: WeightKey
    what: Literal["ground", "change"]


class HeldFader:
    """The held adapter, what it is held against, and what of that is kept for the next tick."""

    def __init__(
        self,
        adapter: Adapter,
        others: tuple[AppliedAdapter, ...],
        grasped: tuple[AppliedAdapter, ...],
        pool: Pool,
        keys: Iterable[WeightKey],
        former: "HeldFader | None" = None,
    ) -> None:
        """`others`: the stack without the held adapter. `grasped`: the settled stack when the
        fader was grasped, () where it is not known. `keys`: the held adapter's weights that can be
        held. `former`: the fader that was held until now, whose grounds are taken over."""
        self.adapter = adapter
        self.wanted: frozenset[Part] = frozenset()
        self.kept: dict[Part, torch.Tensor] = {}
        self.bounds: dict[WeightKey, tuple[float, float]] = {}
        self._others, self._grasped = others, grasped
        self._former = former
        self._without = settled_recipes(others, pool)
        self._grounds = self._find_grounds(keys, {**pool, adapter.sha256: adapter})

    def is_for(
        self,
        sha256: str,
        others: tuple[AppliedAdapter, ...],
        grasped: tuple[AppliedAdapter, ...],
    ) -> bool:
        is_same = self._others == others and self._grasped == grasped
        return self.adapter.sha256 == sha256 and is_same

    def ticks(self, stack: tuple[AppliedAdapter, ...]) -> Iterator[tuple[WeightKey, Recipe]]:
        """The recipes in `stack` of the weights that the held adapter changes."""
        sha256 = self.adapter.sha256
        own = [entry for entry in stack if entry.sha256 == sha256]
        for key in self.adapter.weights:
            without = self._without.get(key, BASE)
            applied = [(sha256, s) for entry in own if (s := scale_at(key, entry)) != 0.0]
            ground = self._grounds.get(key)
            if ground is None:
                yield key, Recipe(tuple(sorted([*without.entries, *applied])))
                continue
            scale = sum(scale for _, scale in applied)
            if scale == ground.offset and not ground.moved:
                yield key, Recipe(ground.start)
            else:
                yield key, Recipe(without.entries, HeldAt(sha256, scale, ground))

    def recipes(self, stack: tuple[AppliedAdapter, ...]) -> dict[WeightKey, Recipe]:
        """The recipes of all weights that `stack` changes."""
        return {**self._without, **dict(self.ticks(stack))}

    def keep(self, part: Part, tensor: torch.Tensor) -> None:
        """For the next ticks, if it is wanted."""
        if part in self.wanted:
            self.kept[part] = tensor

    def inherited(self, key: WeightKey) -> torch.Tensor | None:
        """The canonical sum of `start` of the ground, where the former fader has just that."""
        known = self._former.settled_ground(key) if self._former else None
        return known[1] if known is not None and known[0] == self._grounds[key].start else None

    def settled_ground(self, key: WeightKey) -> tuple[Entries, torch.Tensor] | None:
        """The ground of a weight with what it is the canonical sum of; None if that is not kept."""
        kept, ground = self.kept.get(Part(key, "ground")), self._grounds.get(key)
        return (ground.start, kept) if kept is not None and ground and not ground.moved else None

    def make_room(self, key: WeightKey) -> None:
        """The former fader gives up its ΔW of this weight; going back computes it anew."""
        if self._former is not None:
            self._former.kept.pop(Part(key, "change"), None)

    def forget_former(self) -> None:
        self._former = None

    def forget_kept(self) -> None:
        """Make everything anew at the next tick: the live weights were not what they should be."""
        self.kept.clear()
        self._former = None

    @property
    def held_bytes(self) -> int:
        """Memory of what is kept for the next tick."""
        return sum(tensor.nbytes for tensor in self.kept.values())

    def works(self, pool: Pool) -> Iterator[tuple[Part, int]]:
        """What it takes to make each part anew, as the rank of a product of its weight's shape."""
        for key, ground in self._grounds.items():
            yield Part(key, "ground"), _work(key, (*ground.start, *ground.moved), pool)
            yield Part(key, "change"), delta_work(self.adapter.weights[key])

    def _find_grounds(self, keys: Iterable[WeightKey], pool: Pool) -> dict[WeightKey, Ground]:
        is_known = all(entry.sha256 in pool for entry in self._grasped)
        before = entries_by_weight(self._grasped, pool) if is_known else {}
        return {
            key: _ground(
                key, self.adapter.sha256, self._without.get(key, BASE).entries, before, pool
            )
            for key in keys
        }


def _ground(
    key: WeightKey, sha256: str, others: Entries, before: Mapping[WeightKey, Entries], pool: Pool
) -> Ground:
    """The cheaper one: the sum of the others, or the weights when the fader was grasped. Decided
    by nothing but the stacks, so that the same draft stands on the same ground."""
    start = before.get(key, ())
    if start == others:
        return Ground(others)
    moved = _moved(others, tuple(entry for entry in start if entry[0] != sha256))
    if _work(key, moved, pool) >= _work(key, others, pool):
        return Ground(others)
    return Ground(start, moved, sum(scale for sha, scale in start if sha == sha256))


def _moved(now: Entries, before: Entries) -> Entries:
    """By how much each adapter's strength differs, rows of one adapter added up."""
    if now == before:
        return ()
    found: dict[str, float] = {}
    for entries, sign in ((now, 1.0), (before, -1.0)):
        for sha, scale in entries:
            found[sha] = found.get(sha, 0.0) + sign * scale
    return tuple(sorted((sha, scale) for sha, scale in found.items() if scale != 0.0))


def delta_work(delta: WeightDelta) -> int:
    """What a delta costs, as a rank."""
    return delta.rank if isinstance(delta, LowRankDelta) else _DENSE_WORK


def _work(key: WeightKey, entries: Entries, pool: Pool) -> int:
    return sum(delta_work(pool[sha].weights[key]) for sha, _ in entries)
