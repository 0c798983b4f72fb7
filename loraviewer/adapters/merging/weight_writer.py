"""Writing single weights by their recipes, in place. What is refused leaves the weight unknown:
`merge` then writes what was there before."""

import math
from collections.abc import Mapping, Sequence

import torch

from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.base_weights import BaseWeights
from loraviewer.adapters.merging.held_fader import HELD_DTYPES, HeldFader, HeldSums
from loraviewer.adapters.merging.recipes import Entries, Recipe
from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.sums import as_matrix, write_change, write_sum
from loraviewer.adapters.merging.terms import DeltaCache, Term, check_fit
from loraviewer.adapters.merging.tied import TiedNames
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.outcome import MergeError

Pool = Mapping[str, Adapter]

_FLOAT32_MAX = torch.finfo(torch.float32).max
"""Sums are formed in float32, their coefficients as well."""


class WeightWriter:
    """The live weights, their base weights, and the deltas that are kept."""

    def __init__(
        self,
        live: Mapping[WeightKey, torch.Tensor],
        tied: TiedNames,
        base_weights: BaseWeights,
        delta_bytes: int,
    ) -> None:
        self._live = live
        self._tied = tied
        self.base_weights = base_weights
        self.deltas = DeltaCache(delta_bytes)
        self.scratch = Scratch()
        self._peaks: dict[WeightKey, float] = {}

    def write(self, key: WeightKey, recipe: Recipe, pool: Pool, fader: HeldFader | None) -> None:
        """Make the live weight what `recipe` says. Sums of a held fader are kept in `fader`.

        Raises `MergeError` that names adapter and weight.
        """
        live = self._live_weight(key, recipe, pool)
        if not self.base_weights.keeps(key):
            self._peaks[key] = _peak(live)
            self.base_weights.keep(key, live)
        self._write(live, key, recipe, pool, fader)

    def expected(self, key: WeightKey, recipe: Recipe, pool: Pool) -> torch.Tensor:
        """What `write` must have given, made anew from nothing that was kept of the sums."""
        fresh = torch.empty_like(self._live[key], memory_format=torch.contiguous_format)
        self._write(fresh, key, recipe, pool, None)
        return fresh

    def base(self, key: WeightKey) -> torch.Tensor:
        """W₀ of a touched weight as it is kept."""
        return self.base_weights.read(key, self._live[key].device)

    def drop(self, key: WeightKey) -> None:
        """The weight is the base again."""
        self.base_weights.drop(key)
        self._peaks.pop(key, None)

    def held_keys(self, adapter: Adapter) -> list[WeightKey]:
        """The adapter's weights whose dtype a held fader can work in."""
        return [k for k in adapter.weights if k in self._live and _can_hold(self._live[k])]

    def size_bytes(self, key: WeightKey) -> int:
        return self._live[key].nbytes

    def _write(
        self,
        out: torch.Tensor,
        key: WeightKey,
        recipe: Recipe,
        pool: Pool,
        fader: HeldFader | None,
    ) -> None:
        known = fader.sums.get(key) if fader else None
        if recipe.held is None and known is not None:
            out.copy_(known.others)  # what the fader at zero leaves
            return
        if recipe.held is None or abs(recipe.held[1]) > _largest(out):
            self._settle(out, key, tuple(sorted(recipe.adapters())), pool)
            return
        sums = known or self._sums(key, recipe, pool)
        if fader is not None:
            fader.sums[key] = sums
        sums.write(out, recipe.held[1])
        if not sums.reach(recipe.held[1]) < _surely_finite(out):
            terms = self._terms(key, (*recipe.entries, recipe.held), pool)
            self._check_finite(key, recipe, pool, out, terms)

    def _settle(self, out: torch.Tensor, key: WeightKey, entries: Entries, pool: Pool) -> None:
        terms = self._terms(key, entries, pool)
        if any(abs(term.coefficient) > _FLOAT32_MAX for term in terms):
            raise _infinite(key, Recipe(entries), pool, out, terms)
        write_sum(out, self.base(key), terms, _name(key), self.scratch)
        self._check_finite(key, Recipe(entries), pool, out, terms)

    def _sums(self, key: WeightKey, recipe: Recipe, pool: Pool) -> HeldSums:
        assert recipe.held is not None
        base = self.base(key)
        terms = self._terms(key, recipe.entries, pool)
        others = torch.empty_like(base) if terms else base
        if terms:
            write_sum(others, base, terms, _name(key), self.scratch)
        held = self._terms(key, ((recipe.held[0], 1.0),), pool)[0]
        change = torch.empty_like(base)
        write_change(change, held, self.scratch)
        return HeldSums(
            others,
            change,
            change.nbytes + (others.nbytes if terms else 0),
            self._peaks[key] + sum(term.peak for term in terms),
            held.peak,
        )

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

    def _read_base(self, key: WeightKey) -> torch.Tensor:
        """W₀ of any weight, (out, n) in float32: what is kept of a touched one, else the live one,
        which is the base. A change of a fused module needs the base weights of all its parts."""
        key = self._tied.first(key)
        live = self._live[key].detach()
        weight = self.base(key) if self.base_weights.keeps(key) else live.contiguous()
        return as_matrix(weight).to(live.device, torch.float32)

    def _live_weight(self, key: WeightKey, recipe: Recipe, pool: Pool) -> torch.Tensor:
        weight = self._live.get(key)
        if weight is not None and weight.ndim >= 1:
            return weight.detach()
        sha = next((sha for sha, _ in recipe.adapters()), "")
        raise MergeError(
            f"“{pool[sha].name if sha else ''}” changes “{_name(key)}”, which the loaded base does "
            "not have; add the adapter again.",
            subject=sha,
        )

    def _check_finite(
        self, key: WeightKey, recipe: Recipe, pool: Pool, out: torch.Tensor, terms: Sequence[Term]
    ) -> None:
        """A bound decides almost always; only where it cannot, the weight is scanned."""
        peaks = [term.peak for term in terms]
        if not terms or self._peaks[key] + sum(peaks) < _surely_finite(out):
            return
        if bool(torch.isfinite(out.float()).all()) and math.isfinite(sum(peaks)):
            return
        raise _infinite(key, recipe, pool, out, terms)


def _name(key: WeightKey) -> str:
    return ".".join(key)


def _infinite(
    key: WeightKey, recipe: Recipe, pool: Pool, out: torch.Tensor, terms: Sequence[Term]
) -> MergeError:
    """What to say of a sum that the dtype of `out` cannot hold; names the worst of its terms."""
    peaks = [term.peak for term in terms]
    worst = max(range(len(peaks)), key=lambda i: (math.isnan(peaks[i]), peaks[i]))
    sha, scale = list(recipe.adapters())[worst]
    return MergeError(
        f"“{pool[sha].name}” at strength {scale:g} makes “{_name(key)}” infinite or "
        f"undefined in {str(out.dtype).removeprefix('torch.')}; lower it or remove it.",
        subject=sha,
    )


def _largest(weight: torch.Tensor) -> float:
    """What torch takes as the factor of a sum in place."""
    return torch.finfo(weight.dtype).max


def _surely_finite(weight: torch.Tensor) -> float:
    """What no bound of an element may exceed, with room for the errors of the bound."""
    return 0.5 * _largest(weight)


def _can_hold(live: torch.Tensor) -> bool:
    return live.dtype in HELD_DTYPES


def _peak(live: torch.Tensor) -> float:
    """The largest absolute element of a base weight."""
    wide = live if _can_hold(live) else live.float()
    return float(wide.abs().max().item()) if live.numel() else 0.0


def _wrong_shape(
    key: WeightKey, entries: Entries, pool: Pool, shape: tuple[int, int]
) -> MergeError:
    for sha, _ in entries:
        try:
            check_fit(pool[sha].weights[key], shape)
        except ValueError as error:
            return MergeError(
                f"“{pool[sha].name}” cannot change “{_name(key)}”: {error}.", subject=sha
            )
    return MergeError(f"“{_name(key)}” cannot be merged.")
