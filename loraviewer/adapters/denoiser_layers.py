"""The layers of the denoiser that adapters change."""

from collections.abc import Iterable

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.naming.base import DENOISERS
from loraviewer.adapters.targets import WEIGHT, WeightKey


def layer_keys(adapters: Iterable[Adapter]) -> tuple[WeightKey, ...]:
    """Their weights, sorted; no biases."""
    keys = {key for adapter in adapters for key in adapter.weights}
    return tuple(sorted(key for key in keys if key[0] in DENOISERS and _is_weight(key)))


def _is_weight(key: WeightKey) -> bool:
    return key[1].rpartition(".")[2] == WEIGHT
