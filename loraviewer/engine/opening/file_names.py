"""What a file calls the parameters of a network.

Releases of transformers and diffusers rename modules, and their loaders rename the tensors of older
files to match. Everything that goes back from a parameter to its tensor asks here, so that it finds
what loading found. Tables: `transformers.conversion_mapping`; diffusers' `ModelMixin`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from torch import nn


def parameter_names(network: nn.Module, keys: Iterable[str]) -> dict[str, str]:
    """Key of a file → name of the parameter or buffer that loading makes of this tensor alone.

    Keys that the network does not take are left out, and so are tensors that are fused, split or
    turned on loading. Pass all keys of a component at once: some renames depend on other keys.
    """
    if is_transformers(type(network)):
        return dict(_renamed_by_transformers(network, keys))
    own = {key: key for key in keys}
    if hasattr(network, "_fix_state_dict_keys_on_load"):
        network._fix_state_dict_keys_on_load(own)  # type: ignore[operator]
    return {key: name for name, key in own.items()}


def tied_names(network: nn.Module) -> list[tuple[str, ...]]:
    """The names of each parameter: several where modules share one, of which files keep any."""
    names: dict[int, list[str]] = {}
    for name, parameter in network.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return [tuple(same) for same in names.values()]


def is_transformers(network_class: Any) -> bool:
    return hasattr(network_class, "config_class")


def _renamed_by_transformers(network: Any, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import (
        WeightConverter,
        WeightRenaming,
        dot_natural_key,
        rename_source_key,
    )

    changes = get_model_conversion_mapping(network)
    renamings = [change for change in changes if isinstance(change, WeightRenaming)]
    converters = [change for change in changes if isinstance(change, WeightConverter)]
    prefix, own = network.base_model_prefix, network.state_dict()
    for key in sorted(keys, key=dot_natural_key):  # the order in which some renames are decided
        name, fused = rename_source_key(key, renamings, converters, prefix, own)
        if name not in own and key in own:
            name, fused = key, None
        if name in own and fused is None:
            yield key, name
