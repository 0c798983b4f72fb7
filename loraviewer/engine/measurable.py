"""A stack and as much of its base as measuring it needs: its weights, or their shapes alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loraviewer.adapters.inspection.base_index import base_places, index_of_places
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.fingerprints import LiveFingerprint
from loraviewer.adapters.merging.live_weights import live_weights
from loraviewer.adapters.merging.tied import TiedNames
from loraviewer.adapters.placement import BaseReader
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.landing import Landing
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.resources import checkpoint_path
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.baking import Workbench, landings_of
from loraviewer.engine.loaded_adapters import LoadedAdapters


@dataclass(frozen=True)
class Measurable:
    """`adapters` by sha256, of tied weights under one name. `read_base`: None where only headers
    were read. `shapes`: of the base's weights. `fingerprint` reckons that of all of them, as
    pictures record it; "" where only headers were read."""

    adapters: Mapping[str, Adapter]
    landings: tuple[Landing, ...]
    shapes: Mapping[WeightKey, tuple[int, ...]]
    read_base: BaseReader | None = None
    fingerprint: Callable[[], str] = str


def measurable_weights(bench: Workbench) -> Measurable:
    """With the base's values."""
    live = live_weights(bench.networks)
    return Measurable(
        TiedNames(live).untied(bench.adapters),
        bench.landings,
        {key: tuple(weight.shape) for key, weight in live.items()},
        lambda key: live[key].detach().float().reshape(len(live[key]), -1),
        lambda: LiveFingerprint(bench.networks).identity,
    )


def measurable_headers(
    base: str, applied: tuple[AppliedAdapter, ...], token: CancelToken
) -> Measurable:
    """From the headers of a base's files, however large it is. Raises as `baking.open_workbench`
    does."""
    path = checkpoint_path(base)
    if not path.exists():
        raise CheckpointError(say("{path}: there is no such file or folder.", path=str(path)))
    places = base_places(path)
    loaded = LoadedAdapters(index_of_places(path, places))
    adapters = loaded.adapters(applied, token)
    stored = {
        (component, name): place.stored
        for component, weights in places.items()
        for name, place in weights.items()
    }
    return Measurable(
        TiedNames(stored).untied(adapters),
        landings_of(loaded, applied, token),
        {key: weight.shape for key, weight in stored.items()},
    )
