"""The two forms in which a summed stack is written: kohya's flat names, and PEFT's dotted ones."""

import re
from collections.abc import Collection, Mapping
from typing import Literal

import torch
from torch import nn

from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.naming.base import TEXT_ENCODERS, canonical_path
from loraviewer.adapters.naming.kohya import kohya_name
from loraviewer.adapters.targets import BIAS, WeightKey

_KOLORS_PROJECTION = "encoder_hid_proj"
"""What its UNet has beyond that of SDXL."""

AdapterNames = Literal["kohya", "peft"]
NamesChoice = Literal["auto", "kohya", "peft"]


def chosen_names(choice: NamesChoice, components: Mapping[str, nn.Module]) -> AdapterNames:
    """auto: PEFT's for transformers, whose flat names diffusers does not read, and for Kolors, of
    whose UNet it reads those in part; else kohya's."""
    if choice != "auto":
        return choice
    is_kolors = getattr(components.get("unet"), _KOLORS_PROJECTION, None) is not None
    return "peft" if "transformer" in components or is_kolors else "kohya"


def has_place(names: AdapterNames, key: WeightKey, components: Mapping[str, nn.Module]) -> bool:
    """Whether these names can say a change of this parameter. PEFT's know nothing but factors."""
    return names == "kohya" or has_factors(key, components)


def has_factors(key: WeightKey, components: Mapping[str, nn.Module]) -> bool:
    """Whether every reader takes factors for this parameter.

    They do for linear modules and for convolutions whose channels are not in groups (for those PEFT
    builds factors of other shapes); biases, norms and embeddings have none.
    """
    path, _, role = key[1].rpartition(".")
    module = components[key[0]].get_submodule(path)
    is_conv = isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d) and module.groups == 1
    return role == "weight" and (is_conv or isinstance(module, nn.Linear))


_CLIP_LAYER = re.compile(r"\.(mlp\.fc[12]|self_attn\.(q|k|v|out)_proj)\.|^text_projection\.")


def is_read_elsewhere(key: WeightKey) -> bool:
    """Whether ComfyUI looks for this parameter's names: of text encoders only for their layers."""
    return key[0] not in TEXT_ENCODERS or _CLIP_LAYER.search(key[1]) is not None


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


def is_unknown_to_diffusers(key: WeightKey, components: Mapping[str, nn.Module]) -> bool:
    """Whether diffusers refuses a file that changes this parameter, in whichever names: any of
    ChatGLM's, for which it has no loader."""
    return type(components[key[0]]).__name__ == "ChatGLMModel"


_OUT_PROJECTION = ".self_attn.out_proj"
"""Of CLIP, and the only name by which diffusers 0.42 knows how a text encoder's others are meant:
without one it drops other attention layers, or refuses the file."""


def companions(
    names: AdapterNames, keys: Collection[WeightKey], components: Mapping[str, nn.Module]
) -> dict[str, torch.Tensor]:
    """Factors of zero for one output projection of each CLIP encoder among `keys` that has none."""
    tensors: dict[str, torch.Tensor] = {}
    for component in sorted({component for component, _ in keys} & set(TEXT_ENCODERS)):
        ends = _OUT_PROJECTION + ".weight"
        if any(key[0] == component and key[1].endswith(ends) for key in keys):
            continue
        modules = components[component].named_modules()
        found = next((path for path, _ in modules if path.endswith(_OUT_PROJECTION)), None)
        if found is None:
            continue
        key = (component, f"{found}.weight")
        out, n = components[component].get_parameter(key[1]).shape
        nothing = LowRank(torch.zeros(out, 1), torch.zeros(1, n))
        tensors |= named_tensors(names, key, nothing, components)
    return tensors
