"""While one fader is held, each tick is a single pass: W = W₀ + Σ others, plus c times ΔW."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import torch

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import BASE, Recipe, scale_at, settled_recipes
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.stack import AppliedAdapter

HELD_DTYPES = (torch.float32, torch.bfloat16, torch.float16)
"""fp8 has no arithmetic of its own: its ticks are settled sums."""


@dataclass(frozen=True)
class HeldSums:
    """`others`: the settled sum of all other adapters. `change`: ΔW of the held one at scale 1.
    Both in the dtype of the live weight, each rounded once. `size_bytes`: memory of their own.
    Bounds: of |others|, and of |change|, every number on the way to it, and 1."""

    others: torch.Tensor
    change: torch.Tensor
    size_bytes: int
    others_bound: float
    change_bound: float

    def write(self, out: torch.Tensor, scale: float) -> None:
        """others + scale · change, in float32, rounded once; one pass over the memory.

        At most one rounding step (of the largest of the terms) from the settled sum.
        """
        torch.add(self.others, self.change, alpha=scale, out=out)

    def reach(self, scale: float) -> float:
        """A bound of every element of what `write` gives."""
        return self.others_bound + abs(scale) * max(self.change_bound, 1.0)


class HeldFader:
    """The held adapter, what it is held against, and the sums of its weights so far."""

    def __init__(
        self,
        adapter: Adapter,
        others: tuple[AppliedAdapter, ...],
        pool: Mapping[str, Adapter],
        keys: Iterable[WeightKey],
    ) -> None:
        """`others`: the stack without the held adapter. `keys`: its weights that can be held."""
        self.adapter = adapter
        self.sums: dict[WeightKey, HeldSums] = {}
        self._others = others
        self._without = settled_recipes(others, pool)
        self._keys = frozenset(keys)

    def is_for(self, sha256: str, others: tuple[AppliedAdapter, ...]) -> bool:
        return self.adapter.sha256 == sha256 and self._others == others

    def ticks(self, stack: tuple[AppliedAdapter, ...]) -> Iterator[tuple[WeightKey, Recipe]]:
        """The recipes in `stack` of the weights that the held adapter changes."""
        sha256 = self.adapter.sha256
        own = [entry for entry in stack if entry.sha256 == sha256]
        for key in self.adapter.weights:
            without = self._without.get(key, BASE)
            heard = [(sha256, s) for entry in own if (s := scale_at(key, entry)) != 0.0]
            if key in self._keys:
                held = (sha256, sum(scale for _, scale in heard)) if heard else None
                yield key, Recipe(without.entries, held)
            else:
                yield key, Recipe(tuple(sorted([*without.entries, *heard])))

    def recipes(self, stack: tuple[AppliedAdapter, ...]) -> dict[WeightKey, Recipe]:
        """The recipes of all weights that `stack` changes."""
        return {**self._without, **dict(self.ticks(stack))}

    @property
    def held_bytes(self) -> int:
        """Memory of the sums."""
        return sum(sums.size_bytes for sums in self.sums.values())
