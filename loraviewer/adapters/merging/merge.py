"""Merging: W = round_once(W₀ + Σ cᵢ·ΔWᵢ), as a pure function of (base, stack), in a transaction.

Use from one thread. Live weights are updated in place (same storage).
"""

import contextlib
import time
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.base_weights import BaseWeights, ResidentBaseWeights
from loraviewer.adapters.merging.fingerprints import LiveFingerprint, live_tensors, tensor_digest
from loraviewer.adapters.merging.held_fader import HeldFader
from loraviewer.adapters.merging.held_parts import parts_that_fit
from loraviewer.adapters.merging.live_weights import live_name, live_weights
from loraviewer.adapters.merging.merger import MergeOutOfMemory, MergeResult
from loraviewer.adapters.merging.recipes import (
    BASE,
    Recipe,
    canonical,
    pick_adapters,
    settled_recipes,
)
from loraviewer.adapters.merging.rules.registry import rule_of
from loraviewer.adapters.merging.tied import TiedNames
from loraviewer.adapters.merging.transaction import Transaction
from loraviewer.adapters.merging.weight_writer import WeightWriter
from loraviewer.adapters.name_lists import all_of, quoted
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter

DELTA_BYTES = 1 << 30
HELD_LIMIT_BYTES = 8 << 30

Pool = dict[str, Adapter]


class WeightMerger:
    """Implements `Merger`, merging everything. Owns the live weights of a base's components.

    Base weights are kept only for touched weights, as `base_weights` does. `delta_bytes` limits
    what is kept of deltas between merges, `held_limit_bytes` the sums kept while a fader is held.
    """

    def __init__(
        self,
        components: Mapping[str, nn.Module],
        *,
        base_weights: BaseWeights | None = None,
        delta_bytes: int = DELTA_BYTES,
        held_limit_bytes: int = HELD_LIMIT_BYTES,
    ) -> None:
        """`components` must hold base weights now: their fingerprints are taken here."""
        self._components = dict(components)
        live = live_weights(self._components)
        self._tied = TiedNames(live)
        self._fingerprint = LiveFingerprint(self._components)
        self._writer = WeightWriter(
            live, self._tied, base_weights or ResidentBaseWeights(), delta_bytes
        )
        self._held_limit_bytes = held_limit_bytes
        self._recipes: dict[WeightKey, Recipe | None] = {}  # None: unknown, must be rebuilt
        self._adapters: Pool = {}
        self._applied: tuple[AppliedAdapter, ...] = ()
        self._rule = SUM
        self._fader: HeldFader | None = None

    @property
    def applied(self) -> tuple[AppliedAdapter, ...]:
        """The stack that the live weights hold, in canonical order."""
        return self._applied

    @property
    def base_identity(self) -> str:
        return self._fingerprint.identity

    @property
    def holds_faders(self) -> bool:
        return True

    @property
    def is_draft(self) -> bool:
        """Whether the live weights are those of a held fader."""
        return self._fader is not None

    @property
    def touched_names(self) -> tuple[str, ...]:
        """Names of the live tensors that differ from the base, as "unet.conv_in.weight"."""
        return tuple(
            sorted(live_name(key) for first in self._touched() for key in self._tied.all(first))
        )

    @property
    def touched_bytes(self) -> int:
        """Size of the touched weights."""
        return sum(map(self._writer.size_bytes, self._touched()))

    @property
    def kept_bytes(self) -> int:
        """Memory kept beside the live weights and the adapters: base weights, deltas, and the sums
        of a held fader."""
        sums = self._fader.held_bytes if self._fader else 0
        return self._writer.base_weights.kept_bytes + self._writer.deltas.size_bytes + sums

    def apply(
        self,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        token: CancelToken,
        held: str = "",
        grasped: Sequence[AppliedAdapter] = (),
        rule: MergeRule = SUM,
    ) -> MergeResult:
        """Make the live weights those of this stack; `adapters` by sha256.

        held: the adapter whose fader a person holds; among `adapters`, also at strength 0, or
        nothing is held. Its ticks give
        draft weights, a pure function of the stack, of `held` and of `grasped`, the settled stack
        that the drag began from; the first merge without `held` settles them. What another `rule`
        than the sum makes cannot be held: each of its ticks is a settled merge.
        """
        started = time.perf_counter()
        rule_of(rule)  # refuses what weights cannot obey, also where nothing changes
        stack = canonical(applied)
        adapters = self._tied.untied(adapters)
        pool = pick_adapters(stack, adapters)
        held = held if rule.is_sum else ""
        fader = self._fader_for(held, stack, canonical(grasped), pool, adapters)
        changed = self._changed(stack, pool, fader, rule)
        with (
            torch.no_grad(),
            Transaction(self._roll_back, self._writer.scratch.clear) as transaction,
        ):
            for key, recipe in changed.items():
                token.raise_if_cancelled()
                transaction.add(key)
                self._rebuild(key, recipe, pool, fader)
        self._commit(stack, pool, changed, fader, rule)
        elapsed_ms = (time.perf_counter() - started) * 1e3
        return MergeResult(len(changed), elapsed_ms, is_draft=self.is_draft)

    def base_weight(self, key: WeightKey) -> torch.Tensor:
        """Lent, or read again where no copies are kept."""
        return self._writer.base_matrix(key)

    def weight_as(self, key: WeightKey, dtype: torch.dtype) -> torch.Tensor:
        """What the settled stack makes of any weight, as a new tensor: the
        float32 sum, rounded once to `dtype` instead of the live weight's. Raises `MergeError`."""
        key = self._tied.first(key)
        recipe = self._recipes.get(key, BASE)
        with torch.no_grad():
            if recipe is None or recipe == BASE:
                return self._writer.live(key).to(dtype, copy=True)
            return self._writer.settled_as(dtype, key, recipe, self._adapters)

    def untied(self, adapters: Mapping[str, Adapter]) -> Mapping[str, Adapter]:
        return self._tied.untied(adapters)

    def merges(self, key: WeightKey) -> bool:
        """Always."""
        return True

    def limit_held_sums(self, limit_bytes: int) -> None:
        """From the next fader on; as `held_limit_bytes` of the constructor."""
        self._held_limit_bytes = limit_bytes

    def restore(self) -> None:
        self.apply((), {}, CancelToken())

    def fingerprint(self) -> str:
        """Fingerprint of the live weights; only rebuilt modules are hashed again."""
        return self._fingerprint.value()

    def verify(self, token: CancelToken | None = None) -> tuple[str, ...]:
        """Hash every live tensor and name those that differ from what the stack must give."""
        touched = {
            live_name(key): first for first in self._recipes for key in self._tied.all(first)
        }
        wrong = []
        for name, tensor in live_tensors(self._components):
            if token is not None:
                token.raise_if_cancelled()
            key, base = touched.get(name), self._fingerprint.base.get(name)
            expected = self._expected_digest(key, name) if key else base
            if tensor_digest(name, tensor) != expected:
                wrong.append(name)
        return tuple(wrong)

    def heal(self) -> None:
        """Write again what `verify` names; `MergeError` if a tensor has no base copy here."""
        wrong = set(self.verify())
        entries = {} if self._fader else settled_recipes(self._applied, self._adapters, self._rule)
        recipes = self._fader.recipes(self._applied) if self._fader else entries
        if self._fader and wrong:
            self._fader.forget_kept()
        with torch.no_grad():
            for key in [k for k in self._recipes if wrong & set(map(live_name, self._tied.all(k)))]:
                self._write(key, recipes.get(key, BASE), self._adapters, None)
                self._recipes[key] = recipes.get(key, BASE)
        if left := self.verify():
            raise MergeError(
                say(
                    "{count} weights were changed from outside, the first is “{name}”; load the "
                    "checkpoint again.",
                    count=len(left),
                    name=left[0],
                )
            )

    def _touched(self) -> list[WeightKey]:
        return [key for key, recipe in self._recipes.items() if recipe != BASE]

    def _fader_for(
        self,
        held: str,
        stack: tuple[AppliedAdapter, ...],
        grasped: tuple[AppliedAdapter, ...],
        pool: Pool,
        adapters: Mapping[str, Adapter],
    ) -> HeldFader | None:
        """The fader that is held already, or a new one. The held adapter joins `pool`, also where
        it is silent."""
        adapter = adapters.get(held)
        if adapter is None:
            return None
        others = tuple(entry for entry in stack if entry.sha256 != held)
        fader = self._fader
        if fader is not None and fader.is_for(held, others, grasped):
            pool[held] = fader.adapter
            return fader
        pool[held] = adapter
        keys = self._writer.held_keys(adapter)
        fader = HeldFader(adapter, others, grasped, pool, keys, self._fader)
        costs = self._writer.part_costs(fader, pool)
        fader.wanted = parts_that_fit(costs, self._held_limit_bytes)
        return fader

    def _changed(
        self,
        stack: tuple[AppliedAdapter, ...],
        pool: Pool,
        fader: HeldFader | None,
        rule: MergeRule,
    ) -> dict[WeightKey, Recipe]:
        """The weights that must be written, in the order of their names."""
        if fader is not None and fader is self._fader:  # only the held adapter can have moved
            wanted = dict(fader.ticks(stack))
            keys = wanted.keys() | {k for k, recipe in self._recipes.items() if recipe is None}
        else:
            wanted = fader.recipes(stack) if fader else settled_recipes(stack, pool, rule)
            keys = self._recipes.keys() | wanted.keys()
        known = self._recipes
        return {
            key: wanted.get(key, BASE)
            for key in sorted(keys)
            if known.get(key, BASE) != wanted.get(key, BASE)
        }

    def _rebuild(self, key: WeightKey, recipe: Recipe, pool: Pool, fader: HeldFader | None) -> None:
        """`fader` is told what the live weight is now: often it is its ground."""
        try:
            self._write(key, recipe, pool, fader, self._recipes.get(key, BASE))
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            names = dict.fromkeys(pool[sha].name for sha, _ in recipe.adapters())
            raise MergeOutOfMemory(
                say(
                    "Memory ran out while merging {adapters} into “{weight}”; remove an adapter "
                    "or close other programs.",
                    adapters=all_of([quoted(name) for name in names]) or say("the base"),
                    weight=live_name(key),
                )
            ) from error

    def _write(
        self,
        key: WeightKey,
        recipe: Recipe,
        pool: Pool,
        fader: HeldFader | None,
        live: Recipe | None = None,
    ) -> None:
        """The previous value must be recomputable. `live`: the recipe of it, None if uncertain."""
        self._fingerprint.mark(map(live_name, self._tied.all(key)))
        self._writer.write(key, recipe, pool, fader, live)

    def _commit(
        self,
        stack: tuple[AppliedAdapter, ...],
        pool: Pool,
        changed: Mapping[WeightKey, Recipe],
        fader: HeldFader | None,
        rule: MergeRule,
    ) -> None:
        self._recipes.update(changed)
        self._applied, self._adapters, self._fader = stack, pool, fader
        self._rule = rule
        if fader is not None:
            fader.forget_former()
        else:
            for key in [k for k, recipe in self._recipes.items() if recipe == BASE]:
                del self._recipes[key]
                self._writer.drop(key)
            self._keep_used_deltas()
            self._tied.keep_only(pool)

    def _roll_back(self, keys: Sequence[WeightKey], is_memory_short: bool) -> None:
        """Recompute the previous weights from W₀ and the previous recipes: same sum, same bytes."""
        if is_memory_short:
            self._writer.deltas.clear()
        for key in reversed(keys):
            if not self._writer.base_weights.keeps(key):
                continue  # it failed before anything was written
            previous = self._recipes.get(key, BASE)
            self._recipes[key] = None
            with contextlib.suppress(MergeError, MemoryError, RuntimeError):
                # What cannot be written now stays unknown: `verify` names it, the next merge or
                # `heal` writes it. The first error is the one to report.
                self._write(key, previous or BASE, self._adapters, self._fader)
                self._recipes[key] = previous
            if self._recipes[key] == BASE and self._fader is None:
                del self._recipes[key]
                self._writer.drop(key)
        self._keep_used_deltas()

    def _keep_used_deltas(self) -> None:
        recipes = ((key, recipe) for key, recipe in self._recipes.items() if recipe)
        self._writer.deltas.keep_only(
            {(key, sha) for key, recipe in recipes for sha, _ in recipe.adapters()}
        )

    def _expected_digest(self, key: WeightKey, name: str) -> bytes | None:
        """What a touched weight must hash to under one of its names; None if that is unknown or its
        base copy changed."""
        recipe = self._recipes[key]
        is_base_intact = tensor_digest(name, self._writer.base(key)) == self._fingerprint.base[name]
        if recipe is None or not is_base_intact:
            return None
        with torch.no_grad():
            return tensor_digest(name, self._writer.expected(key, recipe, self._adapters))
