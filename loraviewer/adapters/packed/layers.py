"""Linear layers and convolutions whose weight is packed: multiplied out in each call, in the
precision of their inputs, so that the numbers of one layer at a time take memory."""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear

from loraviewer.adapters.packed.forms import BytePlace, PackedForm, PackedWeight, as_bytes, parts_of


class PackedLayer(nn.Module):
    """What those layers have in common. `weight` is all of it in bytes, int8, whatever its shape
    stands for; `packed_form` says how to read it, `packed_dtype` in what the layer computes."""

    packed_form: PackedForm
    packed_places: tuple[BytePlace, ...]
    packed_dtype: torch.dtype
    weight: Any
    bias: Any

    def numbers(self, dtype: torch.dtype) -> torch.Tensor:
        """A new tensor, of the shape that the weight stands for."""
        return self.packed_form.numbers(parts_of(self.weight.detach(), self.packed_places), dtype)

    def weight_numbers(self) -> torch.Tensor:
        """A new tensor: what the weight would be if it were not packed."""
        return self.numbers(self.packed_dtype)

    def _bias(self, dtype: torch.dtype) -> torch.Tensor | None:
        return None if self.bias is None else self.bias.to(dtype)


class PackedLinear(PackedLayer, nn.Linear):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return linear(input, self.numbers(input.dtype), self._bias(input.dtype))


class PackedConv1d(PackedLayer, nn.Conv1d):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(input, self.numbers(input.dtype), self._bias(input.dtype))


class PackedConv2d(PackedLayer, nn.Conv2d):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(input, self.numbers(input.dtype), self._bias(input.dtype))


class PackedConv3d(PackedLayer, nn.Conv3d):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(input, self.numbers(input.dtype), self._bias(input.dtype))


_PACKED: dict[type[nn.Module], type[Any]] = {
    nn.Linear: PackedLinear,
    nn.Conv1d: PackedConv1d,
    nn.Conv2d: PackedConv2d,
    nn.Conv3d: PackedConv3d,
}


def can_pack(module: nn.Module | None) -> bool:
    """Whether it is one of torch's own layers, whose weight nobody else reads."""
    return type(module) in _PACKED


def pack(module: Any, weight: PackedWeight) -> None:
    """The same module, for whoever holds it already, computes with packed weights from now on."""
    packed, places = as_bytes(weight.parts)
    module.__class__ = _PACKED[type(module)]
    module.packed_form, module.packed_places = weight.form, places
    module.packed_dtype = weight.dtype
    module.weight = nn.Parameter(packed, requires_grad=False)


def packed_weights(network: nn.Module) -> dict[str, PackedLayer]:
    """Name of a weight → its layer, of all that `pack` has changed."""
    modules = network.named_modules(remove_duplicate=False)
    return {f"{path}.weight": one for path, one in modules if isinstance(one, PackedLayer)}
