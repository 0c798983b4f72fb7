"""Random twins, drawn: an adapter's singular values in every module, on random directions.

What a stack of them does is what strength does; what a stack of the real ones does beyond that was
learnt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import QuantisedWeight
from loraviewer.adapters.placement import BaseReader, WeightDelta
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.experiments.random_twins import twin_sha256
from loraviewer.core.outcome import AdapterError
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.changes import Change, change_of
from loraviewer.lab.weights.intruders import random_factors
from loraviewer.lab.weights.singular import numeric_rank, singular_values


class Reading(Protocol):
    """The part of `engine.stand_ins.Material` that twins need."""

    @property
    def base(self) -> BaseReader: ...


@dataclass(frozen=True)
class DrawnTwin:
    """The twin of the file with the sha256 `of`; see `engine.stand_ins.StandIn`."""

    of: str
    draw: int

    @property
    def sha256(self) -> str:
        return twin_sha256(self.of, self.draw)

    def made(self, adapter: Adapter, material: Reading | None = None) -> Adapter:
        """Factors in float32. Computed on one of torch's threads, so that their number decides
        nothing. material: where W₀ is read, which DoRA, OFT and their like change by what it is;
        their change alone at strength 1 is what the twin is like. Raises `AdapterError` for such a
        kind where it cannot be read, as of a quantised base."""
        read_base = None if material is None else material.base
        with one_thread():
            weights = {key: self._drawn(adapter, key, read_base) for key in adapter.weights}
        name = f"random like {adapter.name}"
        return replace(adapter, sha256=self.sha256, name=name, weights=weights)

    def _drawn(self, adapter: Adapter, key: WeightKey, read_base: BaseReader | None) -> WeightDelta:
        change = self._change(adapter, key, read_base)
        values = singular_values(change)
        values = values[: max(1, numeric_rank(values, change))]  # also of a change of nothing
        up, down = random_factors(values, change.shape, self._seed(key))
        return LowRankDelta(up.float(), down.float(), 1.0)

    def _change(self, adapter: Adapter, key: WeightKey, read_base: BaseReader | None) -> Change:
        try:
            change = change_of(adapter.weights[key], read_base)
        except QuantisedWeight:
            change = None
        if change is None:
            raise AdapterError(
                say(
                    "“{path}” changes weights by what they are, which cannot be read here, so "
                    "it has no random twin; leave the random arm out, or the adapter.",
                    path=str(adapter.path),
                ),
                subject=self.sha256,
            )
        return change

    def _seed(self, key: WeightKey) -> int:
        digest = hashlib.sha256("|".join((self.sha256, *key)).encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1


def drawn_twins(adapters: Iterable[AppliedAdapter], draws: int) -> dict[str, DrawnTwin]:
    """So many of each, by sha256 (`core.experiments.ladder.draws`)."""
    numbers = range(1, draws + 1)
    twins = [DrawnTwin(adapter.sha256, draw) for adapter in adapters for draw in numbers]
    return {twin.sha256: twin for twin in twins}
