"""Packed weights of a file in the layers of a network, where they stay as they are."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from loraviewer.adapters.originals.stored import StoredWeight
from loraviewer.adapters.originals.tensors import as_parameter
from loraviewer.adapters.packed.forms import PackedWeight
from loraviewer.adapters.packed.layers import can_pack, pack
from loraviewer.adapters.storage import weight_shape
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say


def placed(weight: PackedWeight, stored: StoredWeight) -> PackedWeight | torch.Tensor:
    """As `as_parameter`: own rows and another shape leave it packed where they can; what turns or
    swaps rows is multiplied out."""
    rows = weight.rows(*stored.rows) if stored.rows else weight
    if rows is None or stored.is_transposed or stored.is_half_swapped:
        return as_parameter(weight.numbers(), stored)
    return rows if rows.shape == stored.shape else rows.of_shape(stored.shape)


def take_kept(network: nn.Module, tensors: dict[str, Any], source: Path) -> set[str]:
    """Put the packed weights of linear layers and convolutions into a network without weights, and
    out of `tensors`; those of other modules become numbers there. Returns the names of what was
    put. Raises `CheckpointError` that names `source` for a weight of another shape."""
    taken: set[str] = set()
    modules = dict(network.named_modules())
    for name in [name for name, weight in tensors.items() if isinstance(weight, PackedWeight)]:
        path, _, role = name.rpartition(".")
        module, weight = modules.get(path), tensors[name]
        if module is None or role != "weight" or not can_pack(module):
            tensors[name] = weight.numbers()
            continue
        if weight.shape != weight_shape(module):
            raise CheckpointError(
                say(
                    "{path}: the weight “{name}” has another shape than expected.",
                    path=str(source),
                    name=name,
                )
            )
        pack(module, tensors.pop(name))
        taken.add(name)
    return taken
