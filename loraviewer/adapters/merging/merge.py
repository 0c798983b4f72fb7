"""Merging: W = round_once(W₀ + Σ cᵢ·ΔWᵢ), as a pure function of (base, stack), in a transaction.

Use from one thread. Live weights are updated in place (same storage).
"""

import contextlib
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

import torch
from torch import nn

from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.memory import is_out_of_memory
from loraviewer.adapters.merging.entries import Entries, entries_by_weight, pick_adapters
from loraviewer.adapters.merging.factors import ColumnScales, Factors, check_fit, sum_into
from loraviewer.adapters.merging.fingerprints import LiveFingerprint, live_tensors, tensor_digest
from loraviewer.adapters.placement import BaseReader
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FailureKind, MergeError
from loraviewer.core.stack import AppliedAdapter

FACTOR_CACHE_BYTES = 1 << 30


class MergeOutOfMemory(MergeError):  # noqa: N818 - the field's word
    """Memory ran out while merging; the previous weights are in place."""

    kind = FailureKind.MEMORY


@dataclass(frozen=True)
class MergeResult:
    """`weights_rebuilt`: how many weights were written."""

    weights_rebuilt: int
    merge_ms: float


@dataclass(frozen=True)
class _Pristine:
    """The base weight of a touched weight, and its largest absolute element."""

    weight: torch.Tensor
    peak: float

    @classmethod
    def of(cls, live: torch.Tensor) -> "_Pristine":
        weight = live.clone(memory_format=torch.contiguous_format)
        peak = weight.abs().max().item() if weight.numel() else 0.0
        return cls(weight, float(peak))


class WeightMerger:
    """Owns the live weights of a base's components.

    Base weights are kept only for touched weights. `factor_cache_bytes` limits the concatenated
    float32 factors kept between ticks.
    """

    def __init__(
        self,
        components: Mapping[str, nn.Module],
        *,
        factor_cache_bytes: int = FACTOR_CACHE_BYTES,
    ) -> None:
        """`components` must hold base weights now: their fingerprints are taken here."""
        self._components = dict(components)
        self._live = {
            (component, name): parameter
            for component, network in self._components.items()
            for name, parameter in network.named_parameters(remove_duplicate=False)
        }
        self._fingerprint = LiveFingerprint(self._components)
        self._pristine: dict[WeightKey, _Pristine] = {}
        self._settled: dict[WeightKey, Entries | None] = {}  # None: unknown, must be rebuilt
        self._adapters: dict[str, Adapter] = {}
        self._applied: tuple[AppliedAdapter, ...] = ()
        self._factors: dict[tuple[WeightKey, tuple[str, ...]], Factors] = {}
        self._factor_bytes = 0
        self._factor_cache_bytes = factor_cache_bytes
        self._columns = ColumnScales()

    @property
    def applied(self) -> tuple[AppliedAdapter, ...]:
        """The stack that the live weights hold, in canonical order."""
        return self._applied

    @property
    def base_identity(self) -> str:
        """Fingerprint of all base weights."""
        return self._fingerprint.identity

    @property
    def touched_names(self) -> tuple[str, ...]:
        """Names of the live tensors that differ from the base, as "unet.conv_in.weight"."""
        return tuple(sorted(map(_name, self._pristine)))

    @property
    def touched_bytes(self) -> int:
        """Memory held by base weights of touched weights."""
        return sum(p.weight.numel() * p.weight.element_size() for p in self._pristine.values())

    def apply(
        self,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        token: CancelToken,
    ) -> MergeResult:
        """Make the live weights those of this stack; `adapters` by sha256.

        Raises `MergeError` naming adapter and module, or `Cancelled`; the weights are then as
        before, byte for byte. The token is checked before every module.
        """
        started = time.perf_counter()
        stack = tuple(sorted(a for a in applied if not a.is_silent))
        pool = pick_adapters(stack, adapters)
        wanted = entries_by_weight(stack, pool)
        changed = self._changed(wanted)
        self._columns = ColumnScales()
        with torch.no_grad(), _Transaction(self) as transaction:
            for key in changed:
                token.raise_if_cancelled()
                transaction.add(key)
                self._rebuild(key, wanted.get(key, ()), pool)
        self._commit(stack, pool, wanted, changed)
        return MergeResult(len(changed), (time.perf_counter() - started) * 1e3)

    def restore(self) -> None:
        """Back to the base, bit for bit."""
        self.apply((), {}, CancelToken())

    def fingerprint(self) -> str:
        """Fingerprint of the live weights; only rebuilt modules are hashed again."""
        return self._fingerprint.value()

    def verify(self) -> tuple[str, ...]:
        """Hash every live tensor and name those that differ from what the stack must give."""
        touched = {_name(key): key for key in self._pristine}
        wrong = []
        for name, tensor in live_tensors(self._components):
            key, base = touched.get(name), self._fingerprint.base.get(name)
            expected = self._expected_digest(key) if key else base
            if tensor_digest(name, tensor) != expected:
                wrong.append(name)
        return tuple(wrong)

    def heal(self) -> None:
        """Write again what `verify` names; `MergeError` if a tensor has no base copy here."""
        wrong = set(self.verify())
        wanted = entries_by_weight(self._applied, self._adapters)
        with torch.no_grad():
            for key in [k for k in self._pristine if _name(k) in wrong]:
                self._write(key, wanted.get(key, ()), self._adapters)
                self._settled[key] = wanted.get(key, ())
        if left := self.verify():
            raise MergeError(
                f"{len(left)} weights were changed from outside, the first is “{left[0]}”; "
                "load the checkpoint again."
            )

    def _changed(self, wanted: Mapping[WeightKey, Entries]) -> list[WeightKey]:
        keys = sorted(self._settled.keys() | wanted.keys())
        return [key for key in keys if self._settled.get(key, ()) != wanted.get(key, ())]

    def _rebuild(self, key: WeightKey, entries: Entries, pool: Mapping[str, Adapter]) -> None:
        names = " and ".join(dict.fromkeys(f"“{pool[sha].name}”" for sha, _ in entries))
        try:
            self._write(key, entries, pool)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise MergeOutOfMemory(
                f"Memory ran out while merging {names or 'the base'} into “{_name(key)}”; "
                "remove an adapter or close other programs."
            ) from error

    def _write(self, key: WeightKey, entries: Entries, pool: Mapping[str, Adapter]) -> None:
        """Write one module's weight in place; the previous value must be recomputable."""
        live = self._live_weight(key, entries, pool)
        pristine = self._pristine.get(key)
        if pristine is None:
            pristine = self._pristine[key] = _Pristine.of(live)
        self._fingerprint.mark((_name(key),))
        if not entries:
            live.copy_(pristine.weight)
            return
        factors = self._factors_of(key, entries, pool, live)
        _write_sum(live, pristine.weight, factors, [s for _, s in entries], self._columns)
        self._check_finite(key, entries, pool, live, pristine, factors)

    def _base_reader(self, device: torch.device) -> BaseReader:
        """W₀ of any weight: the kept copy of a touched one, else the live one, which is the base.

        A change of a fused module needs the base weights of all its parts.
        """

        def read(key: WeightKey) -> torch.Tensor:
            pristine = self._pristine.get(key)
            weight = self._live[key].detach() if pristine is None else pristine.weight
            return _matrix(weight.contiguous()).to(device, torch.float32)

        return read

    def _live_weight(
        self, key: WeightKey, entries: Entries, pool: Mapping[str, Adapter]
    ) -> torch.Tensor:
        weight = self._live.get(key)
        if weight is None or weight.ndim < 1:
            name, sha = (pool[entries[0][0]].name, entries[0][0]) if entries else ("", "")
            raise MergeError(
                f"“{name}” changes “{_name(key)}”, which the loaded base does not have; "
                "add the adapter again.",
                subject=sha,
            )
        return weight.detach()

    def _factors_of(
        self, key: WeightKey, entries: Entries, pool: Mapping[str, Adapter], live: torch.Tensor
    ) -> Factors:
        cache_key = (key, tuple(sha for sha, _ in entries))
        known = self._factors.get(cache_key)
        if known is not None and known.up.device == live.device:
            return known
        shape = flat(tuple(live.shape))
        deltas = [pool[sha].weights[key] for sha, _ in entries]
        try:
            factors = Factors.of(deltas, shape, live.device, self._base_reader(live.device))
        except ValueError as error:
            raise self._wrong_shape(key, entries, pool, shape) from error
        if self._factor_bytes + factors.size_bytes <= self._factor_cache_bytes:
            self._factors[cache_key] = factors
            self._factor_bytes += factors.size_bytes
        return factors

    def _wrong_shape(
        self, key: WeightKey, entries: Entries, pool: Mapping[str, Adapter], shape: tuple[int, int]
    ) -> MergeError:
        for sha, _ in entries:
            try:
                check_fit(pool[sha].weights[key], shape)
            except ValueError as error:
                return MergeError(
                    f"“{pool[sha].name}” cannot change “{_name(key)}”: {error}.", subject=sha
                )
        return MergeError(f"“{_name(key)}” cannot be merged.")

    def _check_finite(
        self,
        key: WeightKey,
        entries: Entries,
        pool: Mapping[str, Adapter],
        live: torch.Tensor,
        pristine: _Pristine,
        factors: Factors,
    ) -> None:
        """A bound decides almost always; only where it cannot, the weight is scanned."""
        reach = factors.reach([scale for _, scale in entries])
        if pristine.peak + sum(reach) < 0.5 * torch.finfo(live.dtype).max:
            return
        if bool(torch.isfinite(live).all()):
            return
        worst = max(range(len(reach)), key=lambda i: (math.isnan(reach[i]), reach[i]))
        sha, scale = entries[worst]
        raise MergeError(
            f"“{pool[sha].name}” at strength {scale:g} makes “{_name(key)}” infinite or "
            f"undefined in {str(live.dtype).removeprefix('torch.')}; lower it or remove it.",
            subject=sha,
        )

    def _commit(
        self,
        stack: tuple[AppliedAdapter, ...],
        pool: Mapping[str, Adapter],
        wanted: Mapping[WeightKey, Entries],
        changed: Iterable[WeightKey],
    ) -> None:
        for key in changed:
            if key in wanted:
                self._settled[key] = wanted[key]
            else:
                self._settled.pop(key, None)
                self._pristine.pop(key, None)
        self._applied, self._adapters = stack, dict(pool)
        self._drop_unused_factors()

    def _drop_unused_factors(self) -> None:
        used = {(key, tuple(sha for sha, _ in es or ())) for key, es in self._settled.items()}
        for cache_key in [k for k in self._factors if k not in used]:
            self._factor_bytes -= self._factors.pop(cache_key).size_bytes

    def _roll_back(self, keys: Sequence[WeightKey], is_memory_short: bool) -> None:
        """Recompute the previous weights from W₀ and the previous entries: same sum, same bytes."""
        if is_memory_short:
            self._factors.clear()
            self._factor_bytes = 0
        for key in reversed(keys):
            if key not in self._pristine:
                continue  # it failed before anything was written
            previous = self._settled.get(key, ())
            self._settled[key] = None
            with contextlib.suppress(MergeError, MemoryError, RuntimeError):
                # What cannot be written now stays unknown: `verify` names it, the next merge or
                # `heal` writes it. The first error is the one to report.
                self._write(key, previous or (), self._adapters)
                self._settled[key] = previous
            if self._settled[key] == ():
                del self._settled[key], self._pristine[key]
        self._drop_unused_factors()

    def _expected_digest(self, key: WeightKey) -> bytes | None:
        """What a touched weight must hash to; None if that is unknown or its base copy changed."""
        name, pristine, entries = _name(key), self._pristine[key].weight, self._settled[key]
        is_base_sound = tensor_digest(name, pristine) == self._fingerprint.base[name]
        if entries is None or not is_base_sound:
            return None
        expected = torch.empty_like(pristine)
        factors = self._factors_of(key, entries, self._adapters, expected)
        with torch.no_grad():
            _write_sum(expected, pristine, factors, [s for _, s in entries], self._columns)
        return tensor_digest(name, expected)


class _Transaction:
    """All modules or none: leaving with an exception rolls back every module that was begun."""

    def __init__(self, merger: WeightMerger) -> None:
        self._merger = merger
        self._begun: list[WeightKey] = []

    def add(self, key: WeightKey) -> None:
        self._begun.append(key)

    def __enter__(self) -> "_Transaction":
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._merger._roll_back(self._begun, isinstance(error, MergeOutOfMemory))


def _name(key: WeightKey) -> str:
    return ".".join(key)


def _matrix(weight: torch.Tensor) -> torch.Tensor:
    """(out, n); a vector is one column."""
    return weight.view(len(weight), -1)


def _write_sum(
    live: torch.Tensor,
    base: torch.Tensor,
    factors: Factors,
    scales: Sequence[float],
    columns: ColumnScales,
) -> None:
    """Sum in float32 and round once to the dtype of `live`, in place."""
    flat_base = _matrix(base)
    if live.dtype == torch.float32 and live.is_contiguous():
        sum_into(_matrix(live), flat_base, factors, scales, columns)
        return
    exact = torch.empty(flat_base.shape, dtype=torch.float32, device=live.device)
    sum_into(exact, flat_base.float(), factors, scales, columns)
    live.copy_(exact.view(base.shape))
