"""The two forms in which a summed stack is written: kohya's flat names, and PEFT's dotted ones."""

from collections.abc import Collection, Mapping
from typing import Literal

import torch
from torch import nn

from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.naming.base import canonical_path
from loraviewer.adapters.naming.kohya import kohya_name
from loraviewer.adapters.targets import BIAS, WeightKey

AdapterNames = Literal["kohya", "peft"]
NamesChoice = Literal["auto", "kohya", "peft"]


def chosen_names(choice: NamesChoice, components: Collection[str]) -> AdapterNames:
    """auto: PEFT's for transformers, whose flat names diffusers does not read; else kohya's."""
    if choice != "auto":
        return choice
    return "peft" if "transformer" in components else "kohya"


def has_place(names: AdapterNames, key: WeightKey, components: Mapping[str, nn.Module]) -> bool:
    """Whether these names can say a change of this parameter.

    PEFT's know only factors of linear modules and of convolutions whose channels are not in groups
    (for those PEFT builds factors of other shapes): biases, norms and embeddings have none.
    """
    if names == "kohya":
        return True
    path, _, role = key[1].rpartition(".")
    module = components[key[0]].get_submodule(path)
    is_conv = isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d) and module.groups == 1
    return role == "weight" and (is_conv or isinstance(module, nn.Linear))


def named_tensors(
    names: AdapterNames,
    key: WeightKey,
    change: LowRank | torch.Tensor,
    components: Mapping[str, nn.Module],
) -> dict[str, torch.Tensor]:
    """The float32 entries of one weight (out, …); `change` is LowRank wherever `names` is peft."""
    path, _, role = key[1].rpartition(".")
    shape = components[key[0]].get_parameter(key[1]).shape
    path = canonical_path(key[0], path)
    flat = kohya_name(key[0], path, "text_encoder_2" in components)
    if isinstance(change, torch.Tensor):
        return {f"{flat}.{'diff_b' if role == BIAS else 'diff'}": change.reshape(shape)}
    ones = (1,) * (len(shape) - 2)
    up = change.up.reshape(shape[0], change.rank, *ones).float().contiguous()
    down = change.down.reshape(change.rank, *shape[1:]).float().contiguous()
    if names == "peft":
        return {f"{key[0]}.{path}.lora_A.weight": down, f"{key[0]}.{path}.lora_B.weight": up}
    # No alpha, which means scale 1 everywhere: with one, diffusers 0.42 takes that of most modules
    # for all attention layers of Stable Diffusion, whatever their rank.
    return {f"{flat}.lora_up.weight": up, f"{flat}.lora_down.weight": down}
