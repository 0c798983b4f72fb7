"""Merge/unmerge drift: what many cycles leave behind in the base weights.

Five ways of merging a stack and taking it out again, for N cycles:

ours       `WeightMerger`: computed from the base weights, which are put back. Exactly 0.
subtract   in place W ← round(W + ΔW), then W ← round(W − round(ΔW)): the sum is rounded once, what
           is taken away is rounded before. A ratchet: it creeps on for ever.
symmetric  in place, the same rounded ΔW added and taken away. Wrong once, and then the same for
           ever (Reiser and Knuth 1975).
drag       in place, a slider moved to and fro and back to 0, each of ten moves adding its part.
fresh      as subtract, another random adapter of the same size in every cycle: a random walk.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.recipes import (
    Entries,
    canonical,
    entries_by_weight,
    pick_adapters,
)
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.one_thread import one_thread

OURS = "ours"
IN_PLACE = ("subtract", "symmetric", "drag", "fresh")
ARMS = (OURS, *IN_PLACE)

_MOVES = 10
_FRESH_RANK = 16

Networks = Mapping[str, nn.Module]


@dataclass(frozen=True)
class DriftRow:
    """After `cycles` cycles: ‖W − W₀‖_F / ‖W₀‖_F, max |W − W₀| and the share of weights that
    differ, over all weights that the stack touches."""

    arm: str
    dtype: str
    cycles: int
    relative: float
    largest: float
    changed_share: float


@dataclass
class _Tally:
    """Sums over weights, for one arm after so many cycles."""

    error: float = 0.0
    energy: float = 0.0
    largest: float = 0.0
    changed: int = 0
    weights: int = 0

    def add(self, now: torch.Tensor, base: torch.Tensor) -> None:
        moved = now.double() - base.double()
        self.error += moved.square().sum().item()
        self.energy += base.double().square().sum().item()
        self.largest = max(self.largest, moved.abs().max().item() if moved.numel() else 0.0)
        self.changed += int((now != base).sum().item())
        self.weights += base.numel()

    def row(self, arm: str, dtype: torch.dtype, cycles: int) -> DriftRow:
        name = str(dtype).removeprefix("torch.")
        if not math.isfinite(self.error):
            raise MergeError(
                say(
                    "This stack overflows {name} when it is merged in place ({arm}); lower a "
                    "strength or choose another precision.",
                    name=name,
                    arm=arm,
                )
            )
        relative = math.sqrt(self.error / self.energy) if self.energy else 0.0
        share = self.changed / self.weights if self.weights else 0.0
        return DriftRow(arm, name, cycles, relative, self.largest, share)


Tallies = Mapping[tuple[str, int], _Tally]
"""By arm and number of cycles."""


@dataclass(frozen=True)
class Stack:
    """What is merged: `applied` entries and their adapters by sha256."""

    applied: Sequence[AppliedAdapter]
    adapters: Mapping[str, Adapter]
    entries: Mapping[WeightKey, Entries] = field(init=False)

    def __post_init__(self) -> None:
        heard = canonical(self.applied)
        pool = pick_adapters(heard, self.adapters)
        object.__setattr__(self, "entries", entries_by_weight(heard, pool))


def measure_drift(
    networks: Networks,
    stack: Stack,
    cycles: int,
    token: CancelToken | None = None,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> list[DriftRow]:
    """One row for each arm and each of `marks(cycles)`, in the dtype of the networks.

    networks: component → network holding base weights on the CPU; they hold them again afterwards,
    whatever happens. The in-place arms work on copies of one weight at a time. on_progress gets
    what share is done. Computes on one of torch's threads. Raises `MergeError`, also where an
    in-place arm overflows, and `Cancelled` between cycles.
    """
    token = token or CancelToken()
    told = marks(cycles)
    tallies = {(arm, count): _Tally() for arm in ARMS for count in told}
    keys = sorted(stack.entries)
    with one_thread():
        _merge_and_restore(
            networks, stack, keys, tallies, token, lambda share: on_progress(share / len(ARMS))
        )
        for done, key in enumerate(keys, 1):
            base, change = _weight(networks, key), _change(networks, stack, key)
            _drift_in_place(base, change, tallies, _seed(key), token)
            on_progress((1 + len(IN_PLACE) * done / len(keys)) / len(ARMS))
    dtype = _weight(networks, keys[0]).dtype if keys else torch.float32
    return [tally.row(arm, dtype, count) for (arm, count), tally in tallies.items()]


def marks(cycles: int) -> list[int]:
    """1, 3, 10, 30 … up to `cycles`, which is the last."""
    steps = (base * 10**power for power in range(7) for base in (1, 3))
    return [count for count in steps if count < cycles] + [cycles]


def _merge_and_restore(
    networks: Networks,
    stack: Stack,
    keys: Sequence[WeightKey],
    tallies: Tallies,
    token: CancelToken,
    on_progress: Callable[[float], None],
) -> None:
    """Our own arm, with the merger that renders."""
    touched = {component: networks[component] for component in {key[0] for key in keys}}
    base = {key: _weight(networks, key).clone() for key in keys}
    merger, last = WeightMerger(touched), _last(tallies)
    try:
        for cycle in range(1, last + 1):
            merger.apply(stack.applied, stack.adapters, token)
            merger.restore()
            if (OURS, cycle) in tallies:
                for key in keys:
                    tallies[OURS, cycle].add(_weight(networks, key), base[key])
            on_progress(cycle / last)
    finally:
        merger.restore()


def _drift_in_place(
    base: torch.Tensor, change: torch.Tensor, tallies: Tallies, seed: int, token: CancelToken
) -> None:
    """All in-place arms of one weight. change: ΔW in float32, shaped as `base`."""
    last = _last(tallies)
    for arm in IN_PLACE:
        weights = itertools.islice(_cycling(arm, base, change, seed), last)
        for cycle, weight in enumerate(weights, 1):
            token.raise_if_cancelled()
            if (arm, cycle) in tallies:
                tallies[arm, cycle].add(weight, base)


def _last(tallies: Tallies) -> int:
    return max(count for _, count in tallies)


def _cycling(
    arm: str, base: torch.Tensor, change: torch.Tensor, seed: int
) -> Iterator[torch.Tensor]:
    """The weight after each cycle, for ever; always the same tensor.

    A float32 tensor added in place to a narrower one is summed in float32 and rounded once.
    """
    generator = torch.Generator().manual_seed(seed)
    weight, rounded = base.clone(), change.to(base.dtype)
    while True:
        if arm == "subtract":
            weight.add_(change).sub_(rounded)
        elif arm == "symmetric":
            weight.add_(rounded).sub_(rounded)
        elif arm == "drag":
            _drag(weight, change, generator)
        else:
            moved = _fresh(change, generator)
            weight.add_(moved).sub_(moved.to(weight.dtype))
        yield weight


def _drag(weight: torch.Tensor, change: torch.Tensor, generator: torch.Generator) -> None:
    """From 0 over some places of a slider from 0 to 1 and back to 0."""
    places = [0.0, *torch.rand(_MOVES - 1, generator=generator).tolist(), 0.0]
    for before, after in itertools.pairwise(places):
        weight.add_(change, alpha=after - before)


def _fresh(change: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A random ΔW of low rank with the norm of `change`."""
    rows, columns = len(change), change[0].numel()
    rank = min(_FRESH_RANK, rows, columns)
    up = torch.randn(rows, rank, generator=generator)
    product = up @ torch.randn(rank, columns, generator=generator)
    scale = change.norm() / product.norm().clamp(min=1e-30)
    return product.mul_(scale).view(change.shape)


def _change(networks: Networks, stack: Stack, key: WeightKey) -> torch.Tensor:
    """Σ c·ΔW of one weight in float32, in the weight's shape."""

    def read_base(of: WeightKey) -> torch.Tensor:
        weight = _weight(networks, of).float()
        return weight.reshape(len(weight), -1)

    total = torch.zeros_like(read_base(key))
    for sha256, scale in stack.entries[key]:
        delta = stack.adapters[sha256].weights[key]
        if isinstance(delta, LowRankDelta):
            total += scale * delta.scaling * (delta.up.float() @ delta.down.float())
        else:
            total += scale * delta.dense(read_base)
    return total.view(_weight(networks, key).shape)


def _weight(networks: Networks, key: WeightKey) -> torch.Tensor:
    return networks[key[0]].get_parameter(key[1]).detach()


def _seed(key: WeightKey) -> int:
    return sum(ord(c) * 31**i for i, c in enumerate(".".join(key))) % 2**31
