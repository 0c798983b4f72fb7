"""The canonical sums of single weights, from base weights and the deltas that are kept."""

import math
from collections.abc import Mapping, Sequence

import torch

from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.base_weights import BaseWeights
from loraviewer.adapters.merging.live_weights import live_name
from loraviewer.adapters.merging.recipes import Entries
from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.rules.registry import rule_of
from loraviewer.adapters.merging.rules.spectrum import largest_singular_value
from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.sums import as_matrix, write_change, write_sum
from loraviewer.adapters.merging.terms import DeltaCache, Term, check_fit
from loraviewer.adapters.merging.tied import TiedNames
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import MergeError, text_of
from loraviewer.core.sentences import say

Pool = Mapping[str, Adapter]

_FLOAT32_MAX = torch.finfo(torch.float32).max
"""Sums are formed in float32, their coefficients as well."""


class WeightSums:
    """Base weights and deltas, and what can be made of them. Tensors `out` are of the shape and
    dtype of the live weight. All raise `MergeError` that names adapter and weight."""

    def __init__(
        self,
        live: Mapping[WeightKey, torch.Tensor],
        tied: TiedNames,
        base_weights: BaseWeights,
        delta_bytes: int,
    ) -> None:
        self._live = live
        self._tied = tied
        self._base_weights = base_weights
        self.deltas = DeltaCache(delta_bytes)
        self.scratch = Scratch()
        self._base_peaks: dict[WeightKey, float] = {}
        self._base_norms: dict[WeightKey, float] = {}
        self._reaches: dict[WeightKey, tuple[Entries, float]] = {}

    def touch(self, key: WeightKey) -> None:
        """The live weight will be overwritten; if it is the base, that is kept."""
        if not self._base_weights.keeps(key):
            live = self._live[key].detach()
            if key not in self._base_peaks:  # once: a card would be waited for at every new stack
                self._base_peaks[key] = _peak(live)
            self._base_weights.keep(key, live)

    def drop(self, key: WeightKey) -> None:
        """The live weight is the base again."""
        self._base_weights.drop(key)
        self._reaches.pop(key, None)

    def base(self, key: WeightKey) -> torch.Tensor:
        """W₀ of a touched weight as it is kept."""
        return self._base_weights.read(key, self._live[key].device)

    def settle(
        self,
        out: torch.Tensor,
        key: WeightKey,
        entries: Entries,
        pool: Pool,
        rule: MergeRule = SUM,
    ) -> None:
        """W₀ and what `rule` makes of the s·ΔW of `entries`, their sum, rounded once."""
        terms = self._settled(out, self.base(key), key, entries, pool, rule)
        if rule.is_sum:
            self._reaches[key] = entries, self._reach(key, terms)

    def settled_as(
        self,
        dtype: torch.dtype,
        key: WeightKey,
        entries: Entries,
        pool: Pool,
        rule: MergeRule = SUM,
    ) -> torch.Tensor:
        """The same sum, rounded once to another dtype than the live weight's; a new tensor."""
        base = self.base(key).float()
        out = torch.empty_like(base, dtype=dtype)
        self._settled(out, base, key, entries, pool, rule)
        return out

    def _settled(
        self,
        out: torch.Tensor,
        base: torch.Tensor,
        key: WeightKey,
        entries: Entries,
        pool: Pool,
        rule: MergeRule,
    ) -> list[Term]:
        """Writes `out`; the terms of the sum."""
        terms = self._terms(key, entries, pool)
        if any(abs(term.coefficient) > _FLOAT32_MAX for term in terms):
            raise _infinite(key, entries, pool, out, terms)
        made = self._combined(out, key, entries, pool, terms, rule)
        write_sum(out, base, made, live_name(key), self.scratch)
        if not self._is_finite(key, out, made):
            raise _infinite(key, entries, pool, out, terms)
        return terms

    def add(
        self, out: torch.Tensor, start: torch.Tensor, key: WeightKey, entries: Entries, pool: Pool
    ) -> None:
        """start + Σ s·ΔW, rounded once. `start`: contiguous, another tensor than `out`."""
        terms = self._terms(key, entries, pool)
        write_sum(out, start, terms, live_name(key), self.scratch)

    def change(self, out: torch.Tensor, key: WeightKey, sha256: str, pool: Pool) -> None:
        """ΔW of one adapter at strength 1, rounded once, to a contiguous `out`."""
        write_change(out, self._terms(key, ((sha256, 1.0),), pool)[0], self.scratch)

    def reach(self, key: WeightKey, entries: Entries, pool: Pool) -> float:
        """A bound of every element of the sum, and of every number on the way to it."""
        known = self._reaches.get(key)
        if known is not None and known[0] == entries:
            return known[1]
        return self._reach(key, self._terms(key, entries, pool))

    def peaks(self, key: WeightKey, entries: Entries, pool: Pool) -> list[float]:
        """Bounds of every number on the way to each s·ΔW."""
        return [term.peak for term in self._terms(key, entries, pool)]

    def _reach(self, key: WeightKey, terms: Sequence[Term]) -> float:
        return self._base_peaks[key] + sum(term.peak for term in terms)

    def _terms(self, key: WeightKey, entries: Entries, pool: Pool) -> list[Term]:
        live = self._live[key]
        shape = flat(tuple(live.shape))
        try:
            return [
                self.deltas.term(
                    key, entry, pool[entry[0]].weights[key], shape, self._read_base, live.device
                )
                for entry in entries
            ]
        except ValueError as error:
            raise _wrong_shape(key, entries, pool, shape) from error

    def base_matrix(self, key: WeightKey) -> torch.Tensor:
        """W₀ of any weight, (out, n): what is kept of a touched one, else the live one, which is
        the base."""
        key = self._tied.first(key)
        live = self._live[key].detach()
        weight = self.base(key) if self._base_weights.keeps(key) else live.contiguous()
        return as_matrix(weight)

    def _read_base(self, key: WeightKey) -> torch.Tensor:
        """In float32. A change of a fused module needs the base weights of all its parts."""
        return self.base_matrix(key).to(self._live[self._tied.first(key)].device, torch.float32)

    def _combined(
        self,
        out: torch.Tensor,
        key: WeightKey,
        entries: Entries,
        pool: Pool,
        terms: Sequence[Term],
        rule: MergeRule,
    ) -> Sequence[Term]:
        """What is added to W₀. What is not finite is refused first: it has no singular values, and
        no largest elements."""
        if rule.is_sum or not terms:
            return terms
        if not math.isfinite(sum(term.peak for term in terms)):
            raise _infinite(key, entries, pool, out, terms)
        shas, name = [sha for sha, _ in entries], live_name(key)
        shape, device = flat(tuple(out.shape)), out.device
        parts = Parts(terms, shas, shape, name, device, lambda: self._base_norm(key))
        try:
            return rule_of(rule).combined(parts)
        except torch.linalg.LinAlgError as error:
            raise MergeError(
                say(
                    "The merge rule “{rule}” finds no singular values in the changes of “{name}”; "
                    "choose another rule.",
                    rule=rule.text,
                    name=name,
                )
            ) from error

    def _base_norm(self, key: WeightKey) -> float:
        """σ₁(W₀), found once."""
        if key not in self._base_norms:
            self._base_norms[key] = largest_singular_value(as_matrix(self.base(key)))
        return self._base_norms[key]

    def _is_finite(self, key: WeightKey, out: torch.Tensor, terms: Sequence[Term]) -> bool:
        """A bound decides almost always; only where it cannot, the weight is scanned."""
        if not terms or self._reach(key, terms) < surely_finite(out):
            return True
        is_finite = math.isfinite(sum(term.peak for term in terms))
        return is_finite and bool(torch.isfinite(out.float()).all())


def surely_finite(weight: torch.Tensor) -> float:
    """What no bound of an element may exceed, with room for the errors of the bound."""
    return 0.5 * torch.finfo(weight.dtype).max


def _infinite(
    key: WeightKey, entries: Entries, pool: Pool, out: torch.Tensor, terms: Sequence[Term]
) -> MergeError:
    """What to say of a sum that the dtype of `out` cannot hold; names the worst of its terms."""
    peaks = [term.peak for term in terms]
    worst = max(range(len(peaks)), key=lambda i: (math.isnan(peaks[i]), peaks[i]))
    sha, scale = entries[worst]
    return MergeError(
        say(
            "“{name}” at strength {scale:g} makes “{weight}” infinite or undefined in {dtype}; "
            "lower it or remove it.",
            name=pool[sha].name,
            scale=scale,
            weight=live_name(key),
            dtype=str(out.dtype).removeprefix("torch."),
        ),
        subject=sha,
    )


def _peak(weight: torch.Tensor) -> float:
    """The largest absolute element of a base weight; fp8 has no arithmetic of its own."""
    wide = weight.float() if weight.dtype.itemsize == 1 else weight
    return float(wide.abs().max().item()) if weight.numel() else 0.0


def _wrong_shape(
    key: WeightKey, entries: Entries, pool: Pool, shape: tuple[int, int]
) -> MergeError:
    for sha, _ in entries:
        try:
            check_fit(pool[sha].weights[key], shape)
        except ValueError as error:
            return MergeError(
                say(
                    "“{name}” cannot change “{weight}”: {why}.",
                    name=pool[sha].name,
                    weight=live_name(key),
                    why=text_of(error),
                ),
                subject=sha,
            )
    return MergeError(say("“{weight}” cannot be merged.", weight=live_name(key)))
