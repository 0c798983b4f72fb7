"""What quantisation libraries put in place of linear layers, as far as adapters can see."""

from typing import Any

import torch
from torch import nn


class Int8Linear(nn.Linear):
    """Rows of whole numbers, turned back into floats by its own forward."""

    weight: Any
    step: torch.Tensor  # (out, 1)

    @classmethod
    def of(cls, plain: nn.Linear) -> "Int8Linear":
        made = cls(plain.in_features, plain.out_features, plain.bias is not None)
        made.step = plain.weight.detach().abs().amax(1, keepdim=True) / 127
        rounded = (plain.weight.detach() / made.step).round().to(torch.int8)
        made.weight = nn.Parameter(rounded, requires_grad=False)
        made.bias = plain.bias
        return made

    def floats(self) -> torch.Tensor:
        """W₀ as the forward computes with it."""
        return self.weight * self.step

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(input, self.floats(), self.bias)


class PackedLinear(Int8Linear):
    """The same numbers in one column of bytes, as 4-bit libraries pack theirs."""

    @classmethod
    def of(cls, plain: nn.Linear) -> "PackedLinear":
        made = super().of(plain)
        packed = made.weight.view(torch.uint8).reshape(-1, 1)
        made.weight = nn.Parameter(packed, requires_grad=False)
        assert isinstance(made, PackedLinear)
        return made

    def floats(self) -> torch.Tensor:
        rows = self.weight.view(torch.int8).view(self.out_features, self.in_features)
        return rows * self.step


class WrappedTensor(torch.Tensor):
    """A tensor subclass that calls itself float32, as torchao's and quanto's do."""
