"""Unmerged mode: adapters computed beside the weights, which stay the base's own, bit for bit.

What the branches add is a pure function of the stack: adapters are summed in canonical order, and
every module does so in the same products. Use from one thread.
"""

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
import xxhash
from torch import nn
from torch.utils.hooks import RemovableHandle

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import MergeResult
from loraviewer.adapters.merging.recipes import canonical, entries_by_weight, pick_adapters
from loraviewer.adapters.targets import WeightKey
from loraviewer.adapters.unmerged.branch import Branch
from loraviewer.adapters.unmerged.branch_builder import BranchBuilder, PlacedBranch, infinite
from loraviewer.adapters.unmerged.layouts import (
    RankLayout,
    named_blocks,
    stack_form,
    strengths_of,
)
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AppliedAdapter

_Branches = Mapping[WeightKey, PlacedBranch]


@dataclass(frozen=True)
class _State:
    """What the branches compute. `members`: the weights whose branches share a layout's scales."""

    stack: tuple[AppliedAdapter, ...]
    adapters: Mapping[str, Adapter]
    branches: _Branches
    members: Mapping[RankLayout, tuple[WeightKey, ...]]
    bounds: Mapping[RankLayout, tuple[float, ...]]
    scales: Mapping[RankLayout, torch.Tensor]


_NOTHING = _State((), {}, {}, {}, {}, {})


@dataclass(frozen=True)
class PreparedBranches:
    """Branches that were built and checked, but are not in place. `commit` cannot fail."""

    owner: "UnmergedBranches"
    state: _State
    columns: Mapping[RankLayout, torch.Tensor]
    modules_built: int

    def commit(self) -> None:
        self.owner._put_in_place(self.state, self.columns)


class UnmergedBranches:
    """Owns the branches beside the weights of a base's components.

    A moved slider only writes the scales that all modules of a rank layout share. Changes without
    low-rank form (LoHa, LoKr, OFT, DoRA, …) are summed into one dense branch per module, which is
    built again when their strength changes.
    """

    def __init__(self, components: Mapping[str, nn.Module]) -> None:
        """`components` must hold base weights, now and as long as branches are beside them."""
        self._builder = BranchBuilder(components)
        self._state = _NOTHING
        self._handles: dict[WeightKey, tuple[PlacedBranch, RemovableHandle]] = {}

    @property
    def applied(self) -> tuple[AppliedAdapter, ...]:
        """The stack that the branches compute, in canonical order."""
        return self._state.stack

    @property
    def kept_bytes(self) -> int:
        """Memory that the branches take on the devices of their modules."""
        factors = sum(placed.branch.size_bytes for placed in self._state.branches.values())
        return factors + sum(scales.nbytes for scales in self._state.scales.values())

    def is_branchable(self, key: WeightKey) -> bool:
        """Whether a change of this weight can be computed beside it. Biases, norms, embeddings and
        weights that several modules share cannot: they have to be merged."""
        return self._builder.has_site(key)

    def apply(
        self,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        token: CancelToken,
    ) -> MergeResult:
        """Make the branches those of this stack; `adapters` by sha256.

        Raises `MergeError` naming adapter and module, or `Cancelled`; the branches are then as
        before. The token is checked before every module.
        """
        started = time.perf_counter()
        prepared = self.prepare(applied, adapters, token)
        prepared.commit()
        return MergeResult(prepared.modules_built, (time.perf_counter() - started) * 1e3)

    def prepare(
        self,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        token: CancelToken,
    ) -> PreparedBranches:
        """Build and check what `apply` would put in place. Raises as `apply` does."""
        stack = canonical(applied)
        pool = pick_adapters(stack, adapters)
        token.raise_if_cancelled()
        with torch.no_grad():
            if self._only_scales_moved(stack):
                state = _with_stack(self._state, stack, pool)
            else:
                state = self._rebuilt(stack, pool, self._state.branches, token)
            columns = {layout: self._columns(state, layout) for layout in state.members}
        known = self._state.branches
        built = sum(known.get(key) is not placed for key, placed in state.branches.items())
        return PreparedBranches(self, state, columns, built)

    def restore(self) -> None:
        """No branches, no hooks: the modules compute what the base computes."""
        self.apply((), {}, CancelToken())

    def close(self) -> None:
        """As `restore`; the components no longer know of this object."""
        self.restore()

    def digest(self) -> str:
        """What the branches add, as a function of the stack alone; "" where they add nothing."""
        wanted = entries_by_weight(self._state.stack, self._state.adapters)
        lines = [[*key, entries] for key, entries in sorted(wanted.items())]
        return xxhash.xxh3_128_hexdigest(json.dumps(lines).encode()) if lines else ""

    def verify(self) -> tuple[str, ...]:
        """Names of the weights beside which something else is computed than the stack asks for.

        Every branch is built once more and compared, one at a time.
        """
        return tuple(".".join(key) for key in self._wrong())

    def heal(self) -> None:
        """Build again what `verify` names."""
        wrong, state = self._wrong(), self._state
        intact = {key: placed for key, placed in state.branches.items() if key not in wrong}
        with torch.no_grad():
            healed = self._rebuilt(state.stack, state.adapters, intact, CancelToken())
            columns = {layout: self._columns(healed, layout) for layout in healed.members}
        for key in wrong:
            self._remove(key)
        self._put_in_place(healed, columns)

    def _only_scales_moved(self, stack: tuple[AppliedAdapter, ...]) -> bool:
        has_dense = any(placed.recipe.dense for placed in self._state.branches.values())
        return not has_dense and stack_form(stack) == stack_form(self._state.stack)

    def _rebuilt(
        self,
        stack: tuple[AppliedAdapter, ...],
        pool: Mapping[str, Adapter],
        known: _Branches,
        token: CancelToken,
    ) -> _State:
        """The branches of a stack: those known where nothing but scales differs, else new ones."""
        shared, blocks = dict(self._state.scales), named_blocks(stack)
        branches: dict[WeightKey, PlacedBranch] = {}

        def scales_of(layout: RankLayout) -> torch.Tensor:
            if layout not in shared:
                shared[layout] = layout.columns(strengths_of(stack, layout))
            return shared[layout]

        for key, entries in sorted(entries_by_weight(stack, pool).items()):
            token.raise_if_cancelled()
            site = self._builder.site(key, entries, pool)
            recipe = self._builder.recipe(site, entries, pool, blocks)
            placed = known.get(key)
            if placed is None or placed.recipe != recipe:
                placed = self._builder.build(site, recipe, pool, scales_of)
            branches[key] = placed
        return _state_of(stack, pool, branches)

    def _columns(self, state: _State, layout: RankLayout) -> torch.Tensor:
        """The new scales of a layout. A bound decides almost always that they are not too large;
        only where it cannot, the products are formed."""
        coefficients = layout.coefficients(strengths_of(state.stack, layout))
        columns = layout.columns(strengths_of(state.stack, layout))
        reach = [abs(c) * b for c, b in zip(coefficients, state.bounds[layout], strict=True)]
        if sum(reach) < 0.5 * torch.finfo(layout.dtype).max and _is_float32(coefficients):
            return columns
        for key in state.members[layout]:
            branch = state.branches[key].branch
            change = (branch.up.to(columns) * columns) @ branch.down.flatten(1).to(columns)
            if not _fits(change, layout.dtype):
                raise self._too_large(key, state, layout)
        return columns

    def _too_large(self, key: WeightKey, state: _State, layout: RankLayout) -> MergeError:
        entries = entries_by_weight(state.stack, state.adapters)[key]
        site = self._builder.site(key, entries, state.adapters)
        low_rank = [e for e in entries if e not in state.branches[key].recipe.dense]
        coefficients = layout.coefficients(strengths_of(state.stack, layout))
        bounds = state.branches[key].bounds
        reach = [abs(c) * b for c, b in zip(coefficients, bounds, strict=True)]
        worst = max(range(len(reach)), key=lambda i: (math.isnan(reach[i]), reach[i]))
        sha, scale = low_rank[worst]
        return infinite(state.adapters[sha], scale, site)

    def _put_in_place(self, state: _State, columns: Mapping[RankLayout, torch.Tensor]) -> None:
        if state.branches is not self._state.branches:
            for key in [k for k, (p, _) in self._handles.items() if state.branches.get(k) is not p]:
                self._remove(key)
            for key, placed in state.branches.items():
                if key not in self._handles:
                    self._handles[key] = (placed, self._builder.attach(key, placed.branch))
        for layout, values in columns.items():
            state.scales[layout].copy_(values)
        self._state = state

    def _remove(self, key: WeightKey) -> None:
        if known := self._handles.pop(key, None):
            known[1].remove()

    def _wrong(self) -> list[WeightKey]:
        """In canonical order."""
        state, wrong = self._state, []
        blocks = named_blocks(state.stack)
        with torch.no_grad():
            for key, entries in sorted(entries_by_weight(state.stack, state.adapters).items()):
                site = self._builder.site(key, entries, state.adapters)
                recipe = self._builder.recipe(site, entries, state.adapters, blocks)
                strengths = strengths_of(state.stack, recipe.layout)
                expected = self._builder.build(
                    site, recipe, state.adapters, lambda layout, s=strengths: layout.columns(s)
                )
                placed, handle = self._handles.get(key, (None, None))
                is_called = handle is not None and handle.id in site.module._forward_hooks
                if placed is None or not is_called or not _equal(placed.branch, expected.branch):
                    wrong.append(key)
        return wrong


def _with_stack(
    state: _State, stack: tuple[AppliedAdapter, ...], pool: Mapping[str, Adapter]
) -> _State:
    return _State(stack, pool, state.branches, state.members, state.bounds, state.scales)


def _state_of(
    stack: tuple[AppliedAdapter, ...], pool: Mapping[str, Adapter], branches: _Branches
) -> _State:
    members: dict[RankLayout, list[WeightKey]] = {}
    for key, placed in branches.items():
        members.setdefault(placed.recipe.layout, []).append(key)
    bounds = {
        layout: tuple(map(_largest, zip(*(branches[key].bounds for key in keys), strict=True)))
        for layout, keys in members.items()
    }
    scales = {layout: branches[keys[0]].branch.scales for layout, keys in members.items()}
    grouped = {layout: tuple(keys) for layout, keys in members.items()}
    return _State(stack, pool, branches, grouped, bounds, scales)


def _largest(bounds: Iterable[float]) -> float:
    """Not a number where one of them is not."""
    return max(bounds, key=lambda bound: (math.isnan(bound), bound))


def _is_float32(coefficients: Iterable[float]) -> bool:
    return all(abs(c) < torch.finfo(torch.float32).max for c in coefficients)


def _fits(change: torch.Tensor, dtype: torch.dtype) -> bool:
    return bool(change.abs().max() < torch.finfo(dtype).max) if change.numel() else True


def _equal(left: Branch, right: Branch) -> bool:
    pairs = [(left.up, right.up), (left.down, right.down), (left.scales, right.scales)]
    if left.dense is not None and right.dense is not None:
        pairs.append((left.dense, right.dense))
    has_both = (left.dense is None) == (right.dense is None)
    return has_both and all(torch.equal(one, other) for one, other in pairs)
