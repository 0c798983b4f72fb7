"""The layers whose outputs a disturbance is added to: those that adapters would change."""

from collections.abc import Collection, Iterator, Mapping, MutableMapping

import torch
from torch import nn

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import Merger
from loraviewer.adapters.naming.base import DENOISERS
from loraviewer.adapters.targets import WEIGHT, WeightKey
from loraviewer.adapters.unmerged.branch import has_branch_form
from loraviewer.engine.rendering.output_noise import NoisyLayer


def layer_keys(adapters: Collection[Adapter]) -> tuple[WeightKey, ...]:
    """Weights of the denoiser's layers that any of them changes, sorted. Text encoders run once
    for each prompt, so that nothing of them could be fresh at a step."""
    keys = {key for adapter in adapters for key in adapter.weights}
    return tuple(sorted(key for key in keys if key[0] in DENOISERS and _is_weight(key)))


def noisy_layers(
    adapters: Collection[Adapter],
    networks: Mapping[str, nn.Module],
    merger: Merger,
    energies: MutableMapping[WeightKey, float],
) -> tuple[NoisyLayer, ...]:
    """Those of them whose computation is known. energies: ‖W₀‖² that are known already; those that
    are not are added. Raises `MergeError` where a weight cannot be had."""
    found = _modules(layer_keys(adapters), networks)
    return tuple(_layer(key, module, merger, energies) for key, module in found)


def _modules(
    keys: Collection[WeightKey], networks: Mapping[str, nn.Module]
) -> Iterator[tuple[WeightKey, nn.Module]]:
    for component, name in keys:
        module = networks[component].get_submodule(name.rpartition(".")[0])
        if has_branch_form(module):
            yield (component, name), module


def _layer(
    key: WeightKey, module: nn.Module, merger: Merger, energies: MutableMapping[WeightKey, float]
) -> NoisyLayer:
    if key not in energies:
        energies[key] = base_energy(merger.base_weight(key))
    return NoisyLayer(".".join(key), module, energies[key])


def base_energy(weight: torch.Tensor) -> float:
    """‖W₀‖²."""
    return weight.detach().float().square().sum(dtype=torch.float64).item()


def _is_weight(key: WeightKey) -> bool:
    return key[1].rpartition(".")[2] == WEIGHT
