"""Random stacks with dense float64 twins, for tests of what is measured of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.targets import WeightKey
from loraviewer.lab.weights.geometry import StackGeometry
from loraviewer.lab.weights.gram import GramCache, measure_stack
from tests.adapters.toys import TOY_KEYS, toy_adapter, toy_components

NETWORKS = toy_components()


def read_base(key: WeightKey) -> Tensor:
    weight = NETWORKS[key[0]].get_parameter(key[1]).detach().float()
    return weight.reshape(len(weight), -1)


def measured(*adapters: Adapter, cache: GramCache | None = None) -> StackGeometry:
    return measure_stack(adapters, read_base, "toy", cache)


def dense(adapter: Adapter, key: WeightKey) -> NDArray[np.float64]:
    """ΔW at strength 1 in float64; zeros where the adapter leaves the weight alone."""
    delta = adapter.weights.get(key)
    if delta is None:
        return np.zeros(read_base(key).shape)
    if isinstance(delta, LowRankDelta):
        return (delta.scaling * (delta.up.double() @ delta.down.double())).numpy()
    return delta.dense(read_base).double().numpy()


def stack_sum(
    adapters: Sequence[Adapter], key: WeightKey, scale: Sequence[float], text: Sequence[float]
) -> NDArray[np.float64]:
    """S in one weight."""
    faders = text if key[0] == "text_encoder" else scale
    terms = [s * dense(adapter, key) for adapter, s in zip(adapters, faders, strict=True)]
    return np.sum(terms, axis=0)


def some(count: int, rank: int = 3) -> list[Adapter]:
    """Adapters that change different weights each, most of them in common."""
    return [
        toy_adapter("0123456789"[i], 10 + i, [k for j, k in enumerate(TOY_KEYS) if j != i], rank)
        for i in range(count)
    ]


def copied(adapter: Adapter, name: str, factor: float = 1.0) -> Adapter:
    """The same change times `factor` under another hash."""
    weights = {}
    for key, delta in adapter.weights.items():
        assert isinstance(delta, LowRankDelta)
        weights[key] = LowRankDelta(delta.up, delta.down, delta.scaling * factor)
    return Adapter(name * 64, name, f"{name}.safetensors", weights)


def halves(adapter: Adapter) -> tuple[Adapter, Adapter]:
    """Two adapters whose factors are the first and the other columns of one."""
    parts = []
    for name, ranks in (("x", slice(0, 2)), ("y", slice(2, None))):
        weights = {}
        for key, delta in adapter.weights.items():
            assert isinstance(delta, LowRankDelta)
            weights[key] = LowRankDelta(delta.up[:, ranks], delta.down[ranks], delta.scaling)
        parts.append(Adapter(name * 64, name, "", weights))
    return parts[0], parts[1]
