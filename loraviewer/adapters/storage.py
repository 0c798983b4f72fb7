"""How the weight of a module is stored: as plain floats, or packed so that only the module's own
forward can read it (int8, 4-bit, tensor subclasses of quantisation libraries)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from loraviewer.adapters.naming.base import Shape

if TYPE_CHECKING:
    import torch
    from torch import nn


def packing_of(module: nn.Module) -> str:
    """What its weight is stored as ("int8", "GGUF Q4_K", "AffineQuantizedTensor"); "" for plain
    floats and for modules without a weight."""
    import torch

    weight = getattr(module, "weight", None)
    if not isinstance(weight, torch.Tensor):
        return ""
    if (form := getattr(module, "packed_form", None)) is not None:
        return form.kind
    if (blocks := getattr(weight, "quant_type", None)) is not None:
        return f"GGUF {blocks.name}"
    if not weight.dtype.is_floating_point:
        return str(weight.dtype).removeprefix("torch.")
    is_plain = type(weight) in (torch.Tensor, torch.nn.Parameter)
    return "" if is_plain else type(weight).__name__


def weight_numbers(module: nn.Module) -> torch.Tensor | None:
    """Its weight; a new tensor if it is packed, as it would be if it were not. None where only the
    module's own forward can read it."""
    if not packing_of(module):
        return module.weight.detach()  # type: ignore[union-attr, operator]
    read = getattr(module, "weight_numbers", None)
    return read() if read is not None else None


def weight_shape(module: nn.Module) -> Shape | None:
    """Shape of the weight as the module computes with it, however it is packed; None unless it is
    a linear layer or a convolution."""
    from torch import nn

    if isinstance(module, nn.Linear):
        return (module.out_features, module.in_features)
    if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
        return (module.out_channels, module.in_channels // module.groups, *module.kernel_size)
    return None


def parameter_shapes(network: nn.Module) -> dict[str, Shape]:
    """Every parameter's shape by name; packed weights have the shape they stand for."""
    parameters = network.named_parameters(remove_duplicate=False)
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters}
    return shapes | dict(_packed_shapes(network))


def parameter_count(network: nn.Module) -> int:
    """Numbers that it computes with, however they are packed; shared ones once."""
    packed = dict(_packed_shapes(network))
    return sum(
        math.prod(packed.get(name, parameter.shape))
        for name, parameter in network.named_parameters()
    )


def _packed_shapes(network: nn.Module) -> Iterator[tuple[str, Shape]]:
    for path, module in network.named_modules(remove_duplicate=False):
        shape = weight_shape(module) if path and packing_of(module) else None
        if shape is not None:
            yield f"{path}.weight", shape
