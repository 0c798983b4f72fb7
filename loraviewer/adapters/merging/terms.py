"""The terms of a weight's sum: c·ΔW of each adapter, as factors or as a whole matrix."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.placement import BaseReader, WeightDelta
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.sentences import say


@dataclass(frozen=True)
class Bound:
    """`change`: at least max |ΔW|, also of every partial sum on the way to it. `steepest`: at least
    what else meets a coefficient on that way, the elements of `up` and 1."""

    change: float
    steepest: float = 1.0


@dataclass(frozen=True)
class Term:
    """`coefficient` · ΔW. A delta without low-rank form is a float32 matrix, (out, n)."""

    delta: LowRankDelta | torch.Tensor
    coefficient: float
    bound: Bound

    @property
    def reach(self) -> float:
        """A bound of max |c · ΔW|."""
        return abs(self.coefficient) * self.bound.change

    @property
    def peak(self) -> float:
        """A bound of every number on the way to c · ΔW: float32 may not know c where it would know
        the product."""
        return max(self.reach, abs(self.coefficient) * self.bound.steepest)


@dataclass(frozen=True)
class _Known:
    delta: LowRankDelta | torch.Tensor | None  # None: too large to keep
    bound: Bound
    size_bytes: int


class DeltaCache:
    """What is worth keeping of the deltas of a stack, up to so many bytes.

    Matrices of deltas without low-rank form, which against W₀ never change; factors that had to be
    moved to another device. Factors on the CPU are the adapter's own and cost nothing here.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._known: dict[tuple[WeightKey, str], _Known] = {}
        self.size_bytes = 0

    def term(
        self,
        key: WeightKey,
        entry: tuple[str, float],
        delta: WeightDelta,
        shape: tuple[int, int],
        read_base: BaseReader,
        device: torch.device,
    ) -> Term:
        """The term of one adapter, (sha256, scale). `ValueError` where the delta does not fit a
        weight of `shape`, (out, n)."""
        sha256, scale = entry
        known = self._known.get((key, sha256))
        if known is not None and known.delta is not None and _device(known.delta) == device:
            return _term(known.delta, scale, known.bound)
        check_fit(delta, shape)
        computed, is_own = _computed(delta, read_base, device)
        # Factors are looked at where they are: from a card they would only come back for that.
        source = delta if isinstance(delta, LowRankDelta) else computed
        bound = known.bound if known else bound_of(source)
        self._keep((key, sha256), computed, bound, 0 if is_own else _size_bytes(computed))
        return _term(computed, scale, bound)

    def keep_only(self, used: Collection[tuple[WeightKey, str]]) -> None:
        """Forget all deltas but these: (weight, sha256)."""
        for place in [place for place in self._known if place not in used]:
            self.size_bytes -= self._known.pop(place).size_bytes

    def clear(self) -> None:
        self._known.clear()
        self.size_bytes = 0

    def _keep(
        self,
        place: tuple[WeightKey, str],
        delta: LowRankDelta | torch.Tensor,
        bound: Bound,
        size_bytes: int,
    ) -> None:
        if former := self._known.pop(place, None):
            self.size_bytes -= former.size_bytes
        if self.size_bytes + size_bytes > self._limit_bytes:
            self._known[place] = _Known(None, bound, 0)
            return
        self._known[place] = _Known(delta, bound, size_bytes)
        self.size_bytes += size_bytes


def check_fit(delta: WeightDelta, shape: tuple[int, int]) -> None:
    """Raise `ValueError` where a delta does not fit a weight of `shape`, (out, n)."""
    if isinstance(delta, LowRankDelta):
        up, down = tuple(delta.up.shape), tuple(delta.down.shape)
        if up != (shape[0], delta.rank) or down != (delta.rank, shape[1]):
            raise ValueError(
                say(
                    "its factors {up} and {down} do not fit a weight of {shape}",
                    up=str(up),
                    down=str(down),
                    shape=str(shape),
                )
            )


def _term(delta: LowRankDelta | torch.Tensor, scale: float, bound: Bound) -> Term:
    scaling = delta.scaling if isinstance(delta, LowRankDelta) else 1.0
    return Term(delta, scale * scaling, bound)


def _computed(
    delta: WeightDelta, read_base: BaseReader, device: torch.device
) -> tuple[LowRankDelta | torch.Tensor, bool]:
    """On `device`; and whether it is the adapter's own memory."""
    if not isinstance(delta, LowRankDelta):
        return delta.dense(read_base), False
    if delta.up.device == device:
        return delta, True
    return replace(delta, up=delta.up.to(device), down=delta.down.to(device)), False


def _device(delta: LowRankDelta | torch.Tensor) -> torch.device:
    return delta.up.device if isinstance(delta, LowRankDelta) else delta.device


def _size_bytes(delta: LowRankDelta | torch.Tensor) -> int:
    if isinstance(delta, LowRankDelta):
        return delta.up.nbytes + delta.down.nbytes
    return delta.nbytes


def bound_of(delta: LowRankDelta | torch.Tensor) -> Bound:
    """max |ΔW|, or by Cauchy and Schwarz the largest ‖row of up‖ · ‖column of down‖."""
    if not isinstance(delta, LowRankDelta):
        return Bound(delta.abs().max().item() if delta.numel() else 0.0)
    if delta.up.numel() == 0 or delta.down.numel() == 0:
        return Bound(0.0)
    rows = torch.linalg.vector_norm(delta.up.double().cpu(), dim=1).max().item()
    columns = torch.linalg.vector_norm(delta.down.double().cpu(), dim=0).max().item()
    return Bound(rows * columns, max(1.0, rows))
