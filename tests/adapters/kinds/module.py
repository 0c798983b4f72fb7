"""One random adapter module with the float64 formula of what it does."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Formula = Callable[[Tensor], Tensor]
"""W₀ in float64 and its own shape → ΔW in the same shape."""


@dataclass(frozen=True)
class Module:
    """Tensors by suffix, and what they do to a weight (and a bias) at scale 1."""

    kind: str
    tensors: dict[str, Tensor]
    formula: Formula
    bias: Formula | None = None
    """b₀ in float64 → Δb, where the module changes the bias as well."""


class Draw:
    """Random factors, all from one seed; `size` sets how large changes are."""

    def __init__(self, seed: int, size: float = 0.3) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._size = size

    def __call__(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._generator) * self._size


def product(up: Tensor, down: Tensor, shape: tuple[int, ...]) -> Tensor:
    return torch.einsum("or,rn->on", up.double(), down.double().flatten(1)).reshape(shape)
