"""What the bytes of each weight depend on: a stack, seen from the weights."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.naming.base import TEXT_ENCODERS
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.blocks import block_of, factor_of
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter, in_canonical_order

Entries = tuple[tuple[str, float], ...]
"""(sha256, effective scale) of every adapter of a weight, sorted."""


@dataclass(frozen=True)
class Ground:
    """What the ticks of a held fader stand on at one weight: the canonical sum of `start`, rounded,
    in which the held adapter has the strength `offset`; and where other adapters have other
    strengths by now, their differences `moved` on top of it, rounded once more."""

    start: Entries
    moved: Entries = ()
    offset: float = 0.0


@dataclass(frozen=True)
class HeldAt:
    """The held adapter, its strength now, and what that is counted from."""

    sha256: str
    scale: float
    ground: Ground

    @property
    def distance(self) -> float:
        """By how much its strength differs from that in the ground."""
        return self.scale - self.ground.offset


@dataclass(frozen=True)
class Recipe:
    """How one weight is made from its base weight.

    Settled: what `rule` makes of `entries`, by default their canonical sum. Draft, while a fader is
    `held`: its ground, plus the distance times the held change (rounded), rounded; `entries` are
    then those of the others, and nothing but their sum is meant.
    """

    entries: Entries = ()
    held: HeldAt | None = None
    rule: MergeRule = SUM

    def adapters(self) -> Iterator[tuple[str, float]]:
        yield from self.entries
        if self.held is not None:
            yield self.held.sha256, self.held.scale


BASE = Recipe()


def canonical(stack: Iterable[AppliedAdapter]) -> tuple[AppliedAdapter, ...]:
    """In order of content, without those that change nothing."""
    return in_canonical_order(entry for entry in stack if not entry.is_silent)


def pick_adapters(
    stack: Iterable[AppliedAdapter], adapters: Mapping[str, Adapter]
) -> dict[str, Adapter]:
    """The adapters of a stack by hash; `MergeError` if one is missing or a scale not finite."""
    pool: dict[str, Adapter] = {}
    for entry in stack:
        if entry.sha256 not in adapters:
            raise MergeError(
                say(
                    "The adapter “{name}” is not loaded; add it again.",
                    name=entry.name or entry.sha256[:12],
                ),
                subject=entry.sha256,
            )
        if not (math.isfinite(entry.scale) and math.isfinite(entry.text_scale)):
            raise MergeError(
                say(
                    "The strength of “{name}” is not a finite number.",
                    name=adapters[entry.sha256].name,
                ),
                subject=entry.sha256,
            )
        pool[entry.sha256] = adapters[entry.sha256]
    return pool


def entries_by_weight(
    stack: Iterable[AppliedAdapter], pool: Mapping[str, Adapter]
) -> dict[WeightKey, Entries]:
    """What every touched weight depends on; adapters that are silent there leave no trace."""
    found: dict[WeightKey, list[tuple[str, float]]] = {}
    for entry in stack:
        for key in pool[entry.sha256].weights:
            scale = scale_at(key, entry)
            if scale != 0.0:
                found.setdefault(key, []).append((entry.sha256, scale))
    return {key: tuple(sorted(entries)) for key, entries in found.items()}


def scale_at(key: WeightKey, entry: AppliedAdapter) -> float:
    """Text encoders have a scale of their own, and single blocks a factor."""
    scale = entry.text_scale if key[0] in TEXT_ENCODERS else entry.scale
    return scale * factor_of(entry.block_scales, block_of(*key)) if entry.block_scales else scale


def settled_recipes(
    stack: Iterable[AppliedAdapter], pool: Mapping[str, Adapter], rule: MergeRule = SUM
) -> dict[WeightKey, Recipe]:
    """The recipe of every weight that the stack changes."""
    found = entries_by_weight(stack, pool)
    return {key: Recipe(entries, rule=rule) for key, entries in found.items()}
