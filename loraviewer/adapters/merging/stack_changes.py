"""What a stack makes of single weights, in float64: what is exported, or what would be."""

import functools
import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.merging.live_weights import live_name
from loraviewer.adapters.merging.recipes import (
    Entries,
    canonical,
    entries_by_weight,
    pick_adapters,
)
from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.rules.registry import rule_of
from loraviewer.adapters.merging.rules.spectrum import largest_singular_value
from loraviewer.adapters.merging.rules.sum import Sum
from loraviewer.adapters.merging.terms import DeltaCache, Term
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter

_CPU = torch.device("cpu")

Change = LowRank | torch.Tensor


def changes_of(
    components: Mapping[str, nn.Module],
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    rule: MergeRule,
) -> Iterator[tuple[WeightKey, Change]]:
    """Of each weight that changes, in the order of their names. `components` must hold base
    weights. Raises `FileError`."""
    stack = canonical(applied)
    pool = pick_adapters(stack, adapters)
    changes = StackChanges(components, pool, rule)
    for key, entries in sorted(entries_by_weight(stack, pool).items()):
        with torch.no_grad():
            change = changes.of(key, entries)
        if change is not None:
            yield key, change


class StackChanges:
    """What a rule makes of the c·ΔW of single weights, by default their sum, in float64: as factors
    where it has some, else whole; None where it changes nothing."""

    def __init__(
        self, components: Mapping[str, nn.Module], pool: Mapping[str, Adapter], rule: MergeRule
    ) -> None:
        self._components = components
        self._pool = pool
        self._rule = rule_of(rule)
        self._deltas = DeltaCache(0)

    def of(self, key: WeightKey, entries: Entries) -> Change | None:
        parts = self._parts(key, entries)
        if not (isinstance(self._rule, Sum) or all(math.isfinite(t.peak) for t in parts.terms)):
            raise FileError(
                say(
                    "What the adapters change in “{name}” is infinite or undefined; lower their "
                    "strengths.",
                    name=parts.name,
                )
            )
        terms = self._rule.combined(parts)
        return _change(terms) if terms else None

    def _parts(self, key: WeightKey, entries: Entries) -> Parts:
        shape = flat(tuple(self._components[key[0]].get_parameter(key[1]).shape))
        terms = [
            self._deltas.term(
                key, entry, self._pool[entry[0]].weights[key], shape, self._read_base, _CPU
            )
            for entry in entries
        ]
        sha256s = [sha256 for sha256, _ in entries]
        norm = functools.partial(self._base_norm, key)
        return Parts(terms, sha256s, shape, live_name(key), _CPU, norm)

    def _base_norm(self, key: WeightKey) -> float:
        return largest_singular_value(self._read_base(key))

    def _read_base(self, key: WeightKey) -> torch.Tensor:
        weight = self._components[key[0]].get_parameter(key[1]).detach()
        return weight.reshape(len(weight), -1).cpu().float()


def _change(terms: Sequence[Term]) -> Change:
    """The sum of at least one term: [c₁up₁ | c₂up₂ | …] @ [down₁; down₂; …], or an (out, n)
    matrix where some term has no low-rank form."""
    pairs = [(t.delta, t.coefficient) for t in terms if isinstance(t.delta, LowRankDelta)]
    ups = [delta.up.double() * coefficient for delta, coefficient in pairs]
    downs = [delta.down.double() for delta, _ in pairs]
    factors = LowRank(torch.cat(ups, 1), torch.cat(downs, 0)) if pairs else None
    if factors is not None and len(pairs) == len(terms):
        return factors
    whole = [t.coefficient * t.delta.double() for t in terms if isinstance(t.delta, torch.Tensor)]
    return sum(whole, torch.zeros(())) + (factors.up @ factors.down if factors else 0.0)
