"""Writing single weights by their recipes, in place. What is refused leaves the weight unknown:
`merge` then writes what was there before."""

from collections.abc import Iterator, Mapping

import torch

from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.base_weights import BaseWeights
from loraviewer.adapters.merging.held_fader import HELD_DTYPES, HeldFader, Part
from loraviewer.adapters.merging.held_parts import READ_WORK, PartCost
from loraviewer.adapters.merging.recipes import Ground, HeldAt, Recipe
from loraviewer.adapters.merging.tied import TiedNames
from loraviewer.adapters.merging.weight_sums import Pool, WeightSums, surely_finite
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import say


class WeightWriter:
    """Writes the live weights; a fader's ticks by way of what it keeps."""

    def __init__(
        self,
        live: Mapping[WeightKey, torch.Tensor],
        tied: TiedNames,
        base_weights: BaseWeights,
        delta_bytes: int,
    ) -> None:
        self._live = live
        self._sums = WeightSums(live, tied, base_weights, delta_bytes)
        self.base_weights = base_weights
        self.deltas = self._sums.deltas
        self.scratch = self._sums.scratch

    def write(
        self,
        key: WeightKey,
        recipe: Recipe,
        pool: Pool,
        fader: HeldFader | None,
        now: Recipe | None = None,
    ) -> None:
        """Make the live weight what `recipe` says. What `fader` wants for its next ticks is kept
        there. `now`: the recipe of the live weight, None where it is not certain; it saves sums
        and changes no byte. Raises `MergeError` that names adapter and weight.
        """
        live = self._live_weight(key, recipe, pool)
        self._sums.touch(key)
        if recipe.held is None or not self._is_surely_finite(key, recipe.held, pool, fader):
            self._settle(live, key, recipe, pool, fader)
        else:
            self._tick(live, key, recipe.held, pool, fader, now)

    def base_matrix(self, key: WeightKey) -> torch.Tensor:
        """W₀ of any weight, (out, n) in its own dtype; never to be written to."""
        return self._sums.base_matrix(key)

    def expected(self, key: WeightKey, recipe: Recipe, pool: Pool) -> torch.Tensor:
        """What `write` must have given, made anew from base weights and adapters alone."""
        fresh = torch.empty_like(self._live[key], memory_format=torch.contiguous_format)
        if recipe.held is None or not self._is_surely_finite(key, recipe.held, pool, None):
            self._settle(fresh, key, recipe, pool, None)
        else:
            self._tick(fresh, key, recipe.held, pool, None, None)
        return fresh

    def settled_as(
        self, dtype: torch.dtype, key: WeightKey, recipe: Recipe, pool: Pool
    ) -> torch.Tensor:
        """What a settled recipe gives in another dtype, its sum rounded once to that."""
        entries = tuple(sorted(entry for entry in recipe.entries if entry[1] != 0.0))
        return self._sums.settled_as(dtype, key, entries, pool, recipe.rule)

    def live(self, key: WeightKey) -> torch.Tensor:
        """The live weight; never to be written to."""
        return self._live[key].detach()

    def base(self, key: WeightKey) -> torch.Tensor:
        """W₀ of a touched weight as it is kept."""
        return self._sums.base(key)

    def drop(self, key: WeightKey) -> None:
        """The weight is the base again."""
        self._sums.drop(key)

    def held_keys(self, adapter: Adapter) -> list[WeightKey]:
        """The adapter's weights whose dtype a held fader can work in."""
        live = self._live
        return [k for k in adapter.weights if k in live and live[k].dtype in HELD_DTYPES]

    def size_bytes(self, key: WeightKey) -> int:
        return self._live[key].nbytes

    def part_costs(self, fader: HeldFader, pool: Pool) -> Iterator[PartCost]:
        """Of all parts of a fader that take memory of their own."""
        for part, work in fader.works(pool):
            live = self._live[part.key]
            if part.what == "ground" and not work:  # it is the base
                if self.base_weights.lends(part.key, live.device):
                    continue
                work = READ_WORK
            yield PartCost(part, work, live.numel(), live.nbytes)

    def _settle(
        self, out: torch.Tensor, key: WeightKey, recipe: Recipe, pool: Pool, fader: HeldFader | None
    ) -> None:
        known = fader.settled_ground(key) if fader and recipe.held is None else None
        if known is not None and known[0] == recipe.entries:
            out.copy_(known[1])  # the fader is where it was grasped
            return
        entries = tuple(sorted(entry for entry in recipe.adapters() if entry[1] != 0.0))
        self._sums.settle(out, key, entries, pool, recipe.rule)

    def _tick(
        self,
        out: torch.Tensor,
        key: WeightKey,
        held: HeldAt,
        pool: Pool,
        fader: HeldFader | None,
        now: Recipe | None,
    ) -> None:
        """ground + distance · ΔW, in float32, rounded once: one pass over the memory where both are
        kept. What is not is made in `out` and in scratch memory, with the same bytes.

        At most one rounding step of the largest number on the way (ground, change, sum) from the
        settled weight: ground and change are off by half a step of their own. Two where the change
        is as large as the ground, and one more where others moved since.
        """
        change = self._change(key, held.sha256, pool, fader)
        ground = self._ground(out, key, held.ground, pool, fader, now)
        torch.add(ground, change, alpha=held.distance, out=out)

    def _change(
        self, key: WeightKey, sha256: str, pool: Pool, fader: HeldFader | None
    ) -> torch.Tensor:
        """The held ΔW at strength 1, in the shape and dtype of the live weight, contiguous."""
        part, live = Part(key, "change"), self._live[key]
        if fader is not None and part in fader.kept:
            return fader.kept[part]
        if fader is not None:
            fader.make_room(key)
        rows, columns = flat(tuple(live.shape))
        if fader is not None and part in fader.wanted:
            change = torch.empty((rows, columns), dtype=live.dtype, device=live.device)
        else:
            role = f"change {live.dtype}"
            change = self.scratch.take(role, rows, columns, live.device, live.dtype)
        self._sums.change(change, key, sha256, pool)
        change = change.view(live.shape)
        if fader is not None:
            fader.keep(part, change)
        return change

    def _ground(
        self,
        out: torch.Tensor,
        key: WeightKey,
        ground: Ground,
        pool: Pool,
        fader: HeldFader | None,
        now: Recipe | None,
    ) -> torch.Tensor:
        """What a tick starts from: `out` itself where it is not kept."""
        part = Part(key, "ground")
        if fader is not None and part in fader.kept:
            return fader.kept[part]
        is_wanted = fader is not None and part in fader.wanted
        start = self._start(out, key, ground, pool, fader, now, is_wanted)
        if ground.moved:
            source = start.clone(memory_format=torch.contiguous_format) if start is out else start
            start = _like(out) if is_wanted else out
            self._sums.add(start, source, key, ground.moved, pool)
        if fader is not None:
            fader.keep(part, start)
        return start

    def _start(
        self,
        out: torch.Tensor,
        key: WeightKey,
        ground: Ground,
        pool: Pool,
        fader: HeldFader | None,
        now: Recipe | None,
        is_wanted: bool,
    ) -> torch.Tensor:
        """The settled sum that the ground starts from: it is there already, or it is made.
        `out` only where it is not wanted, or moved away from."""
        if now == Recipe(ground.start):
            is_kept = is_wanted and not ground.moved
            return out.clone(memory_format=torch.contiguous_format) if is_kept else out
        if not ground.start:
            return self._sums.base(key)
        known = fader.inherited(key) if fader else None
        if known is not None:
            return known
        start = _like(out) if is_wanted or ground.moved else out
        self._sums.settle(start, key, ground.start, pool)
        return start

    def _is_surely_finite(
        self, key: WeightKey, held: HeldAt, pool: Pool, fader: HeldFader | None
    ) -> bool:
        """Whether bounds say that no number on the way of a tick can be too large. The others are
        settled, which says what is wrong where something is."""
        known = fader.bounds.get(key) if fader else None
        ground, change = known or self._bounds(key, held, pool)
        if fader is not None:
            fader.bounds[key] = ground, change
        largest = max(ground, change, ground + abs(held.distance) * max(change, 1.0))
        return largest < surely_finite(self._live[key])

    def _bounds(self, key: WeightKey, held: HeldAt, pool: Pool) -> tuple[float, float]:
        """Of |ground|, and of |ΔW| and every number on the way to it."""
        ground = held.ground
        moved = sum(self._sums.peaks(key, ground.moved, pool))
        change = self._sums.peaks(key, ((held.sha256, 1.0),), pool)[0]
        return self._sums.reach(key, ground.start, pool) + moved, change

    def _live_weight(self, key: WeightKey, recipe: Recipe, pool: Pool) -> torch.Tensor:
        weight = self._live.get(key)
        if weight is not None and weight.ndim >= 1:
            return weight.detach()
        sha = next((sha for sha, _ in recipe.adapters()), "")
        raise MergeError(
            say(
                "“{name}” changes “{weight}”, which the loaded base does not have; add the "
                "adapter again.",
                name=pool[sha].name if sha else "",
                weight=".".join(key),
            ),
            subject=sha,
        )


def _like(live: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(live, memory_format=torch.contiguous_format)
