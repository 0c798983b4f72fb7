"""What is known of adapters where no value of the base is read: all that does not depend on W₀."""

from dataclasses import dataclass

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import WeightDelta
from loraviewer.adapters.targets import WeightKey
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
