"""How the base weights of a stack are kept: planned before a merge, told, and only then done."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import torch

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.base_weights import (
    BaseSource,
    BaseWeights,
    LeanBaseWeights,
    MovableBaseWeights,
    PinnedBaseWeights,
    ResidentBaseWeights,
)
from loraviewer.adapters.merging.live_weights import live_weights
from loraviewer.adapters.merging.recipes import entries_by_weight
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.base_weights_policy import (
    MemoryBudget,
    MemoryWishes,
    choose_policy,
    wants_file,
)
from loraviewer.core.memory_plan import MemoryPlan, Policy
from loraviewer.core.outcome import CheckpointError, FileError, MergeError
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.device import FreeMemory, free_memory

OpenSource = Callable[[], BaseSource]


_HeardParts = tuple[str, bool, bool, tuple[str, ...]]
"""Adapter, whether denoiser and text encoders hear it, and the blocks that do not."""


class MemoryPlanner:
    """Belongs to one checkpoint and its merger, which gets `base_weights`. Engine thread only.

    A plan stands while the same adapters are applied, however their strengths move.
    """

    def __init__(
        self,
        networks: Mapping[str, torch.nn.Module],
        device: torch.device,
        wishes: MemoryWishes,
        open_source: OpenSource,
        measure: Callable[[torch.device], FreeMemory] = free_memory,
        in_main: Collection[str] = (),
        spare: Callable[[], bool] = lambda: False,
    ) -> None:
        """`open_source`: what base weights are read from again, opened when it is first wanted; may
        raise `FileError` or `CheckpointError`. `measure`: what is free on a device. in_main:
        components of which some are streamed, so that what is merged of them lies in main memory,
        and what is kept of it, too. spare: gives memory of the device back that matters less than
        base weights there; whether there was any."""
        self._live = live_weights(networks)
        self._device = device
        self._wishes = wishes
        self._open_source = open_source
        self._source: BaseSource | None = None
        self._has_source_failed = False
        self._measure = measure
        self._in_main = frozenset(in_main)
        self._spare = spare
        self._keepers: dict[Policy, BaseWeights] = {"resident": ResidentBaseWeights()}
        self._applied_parts: tuple[_HeardParts, ...] = ()
        self._plan: MemoryPlan | None = None
        self.base_weights = MovableBaseWeights(self._keepers["resident"])

    def touched_bytes(self, keys: Iterable[WeightKey]) -> int:
        """Memory of these live weights, which is also that of their base weights."""
        return sum(self._live[key].nbytes for key in set(keys) if key in self._live)

    def prepare(
        self,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        merges: Callable[[WeightKey], bool],
        tell: Callable[[MemoryPlan], None],
    ) -> MemoryPlan:
        """Before a stack is merged: plan its base weights, `tell` a plan that is another one, then
        keep as planned. What is kept already moves there, weight by weight. `merges`: whether a
        change of a weight is merged into it, and not computed beside it.

        The empty stack keeps nothing and moves nothing. Raises `MergeError` where there is no
        memory, or where an original can no longer be had; all that are kept stay kept.
        """
        parts = tuple(map(_heard_parts, applied))
        if self._plan is not None and parts == self._applied_parts:
            return self._plan
        keys = set(filter(merges, entries_by_weight(applied, adapters)))
        plan = self.plan(keys)
        if keys:
            if plan != self._plan:
                tell(plan)
            self.base_weights.move_to(self._keeper(plan.policy), keys)
            self._plan, self._applied_parts = plan, parts
        return plan

    def plan(self, keys: Collection[WeightKey]) -> MemoryPlan:
        """How to keep the base weights of these weights. Nothing is kept, read or moved yet.

        Raises `MergeError` with one sentence where there is no memory for them.
        """
        try:
            found = self._chosen(keys)
        except MergeError:
            if not self._spare():
                raise
            return self._chosen(keys)
        is_wished = self._wishes.policy != "auto" or self._wishes.limit_bytes is not None
        is_short = bool(keys) and found.policy != "resident" and not is_wished
        return self._chosen(keys) if is_short and self._spare() else found

    def _chosen(self, keys: Collection[WeightKey]) -> MemoryPlan:
        touched, budget = self.touched_bytes(keys), self._budget(keys)
        rereadable = self._rereadable_bytes(keys) if wants_file(touched, budget) else 0
        return choose_policy(touched, budget, rereadable)

    def starved(self) -> frozenset[str]:
        """Components of which an adapter that changes everything could not be merged: there is
        room for their base weights nowhere, and their files do not have them."""
        names = {component for component, _ in self._live}
        return frozenset(name for name in names if not self._fits(name))

    def _fits(self, component: str) -> bool:
        try:
            self.plan([key for key in self._live if key[0] == component])
        except MergeError:
            return False
        return True

    def _keeper(self, policy: Policy) -> BaseWeights:
        if policy not in self._keepers:
            self._keepers[policy] = self._new_keeper(policy)
        return self._keepers[policy]

    def _new_keeper(self, policy: Policy) -> BaseWeights:
        if policy == "pinned":
            return PinnedBaseWeights()
        source = self._opened_source()
        return LeanBaseWeights(source) if source is not None else ResidentBaseWeights()

    def _budget(self, keys: Collection[WeightKey]) -> MemoryBudget:
        """What is free, and what is kept already, for that is there to be used again."""
        free = self._measure(self._device)
        pinned = self._keepers["pinned"].kept_bytes if "pinned" in self._keepers else 0
        beside = sum(k.kept_bytes for name, k in self._keepers.items() if name != "pinned")
        if free.device is None or any(component in self._in_main for component, _ in keys):
            return MemoryBudget(host_free=free.host + beside + pinned, wishes=self._wishes)
        return MemoryBudget(
            host_free=free.host + pinned, device_free=free.device + beside, wishes=self._wishes
        )

    def _rereadable_bytes(self, keys: Iterable[WeightKey]) -> int:
        source = self._opened_source()
        if source is None:
            return 0
        live = {key: self._live[key] for key in keys if key in self._live}
        return sum(weight.nbytes for key, weight in live.items() if source.gives(key, weight))

    def _opened_source(self) -> BaseSource | None:
        """None where the files of the checkpoint cannot be read any more."""
        if self._source is None and not self._has_source_failed:
            try:
                self._source = self._open_source()
            except (FileError, CheckpointError, OSError):
                self._has_source_failed = True
        return self._source


def _heard_parts(applied: AppliedAdapter) -> _HeardParts:
    silent = tuple(block for block, factor in applied.block_scales if factor == 0.0)
    return applied.sha256, applied.scale != 0.0, applied.text_scale != 0.0, silent
