"""The two forms of a placed change, for tests that know which one it must be."""

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.placement import PlacedDelta, WeightDelta


def low_rank(delta: WeightDelta) -> LowRankDelta:
    assert isinstance(delta, LowRankDelta)
    return delta


def placed(delta: WeightDelta) -> PlacedDelta:
    assert isinstance(delta, PlacedDelta)
    return delta
