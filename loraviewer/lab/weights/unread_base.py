"""What is known of adapters where no value of the base is read, or not of all weights, as of those
that are quantised: all that does not depend on W₀."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import QuantisedWeight
from loraviewer.adapters.placement import BaseReader, WeightDelta
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import say
from loraviewer.lab.weights.kind_names import kind_name


@dataclass(frozen=True)
class LeftOut:
    """A change that only W₀ would tell."""

    key: WeightKey
    kind: str


def needs_base(delta: WeightDelta) -> bool:
    return not isinstance(delta, LowRankDelta) and delta.delta.needs_base


def known_without_base(adapter: Adapter) -> tuple[Adapter, tuple[LeftOut, ...]]:
    """The adapter without its changes that depend on W₀, and those."""
    left_out = tuple(
        LeftOut(key, kind_name(delta if isinstance(delta, LowRankDelta) else delta.delta))
        for key, delta in sorted(adapter.weights.items(), key=lambda item: item[0])
        if needs_base(delta)
    )
    gone = {one.key for one in left_out}
    weights = {key: delta for key, delta in adapter.weights.items() if key not in gone}
    return Adapter(adapter.sha256, adapter.name, adapter.path, weights), left_out


def base_if_known(read_base: BaseReader, key: WeightKey) -> Tensor | None:
    """W₀ as it is read; None where it is quantised. Whatever else fails is raised."""
    try:
        return read_base(key)
    except QuantisedWeight:
        return None


@contextmanager
def reading_base_for(adapter: Adapter, key: WeightKey) -> Iterator[None]:
    """Around what computes a change: where that takes a W₀ that is quantised, `MergeError` names
    the adapter, too."""
    try:
        yield
    except QuantisedWeight as quantised:
        raise MergeError(
            say(
                "“{adapter}” changes “{weight}” relative to base weights that are quantised and "
                "cannot be read here; what it does to them cannot be measured.",
                adapter=adapter.name,
                weight=".".join(key),
            ),
            subject=adapter.sha256,
        ) from quantised
