"""One module's branch: y = W₀·x + up @ (c ∘ (down @ x)), beside the weight instead of in it.

Two skinny products, whatever the number of adapters: their factors are concatenated.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import nn
from torch.nn.modules.linear import NonDynamicallyQuantizableLinear

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.storage import packing_of

_FORMS: tuple[type[nn.Module], ...] = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def has_branch_form(module: nn.Module) -> bool:
    """Whether what the module computes is known: a linear layer or a convolution with torch's own
    forward, or one of its packed stand-ins, which compute the same from other storage."""
    # Its weight is read by the attention around it, which never calls it.
    if isinstance(module, NonDynamicallyQuantizableLinear):
        return False
    form = next((form for form in _FORMS if isinstance(module, form)), None)
    if form is None:
        return False
    return type(module).forward is form.forward or packing_of(module) != ""


def compute_dtype(module: nn.Module, usual: torch.dtype) -> torch.dtype:
    """The precision in which a module computes, also where its weight does not show it. usual: that
    of its network."""
    if (packed := getattr(module, "packed_dtype", None)) is not None:
        return packed
    name = "weight" if packing_of(module) == "" else "bias"
    shown = getattr(module, name, None)
    return usual if shown is None else _computed_in([shown]) or usual


def usual_dtype(network: nn.Module) -> torch.dtype:
    """The precision of the first of its weights that it can be computed in."""
    return _computed_in(network.parameters()) or torch.float32


def _computed_in(tensors: Iterable[torch.Tensor]) -> torch.dtype | None:
    """Of the first that is not packed."""
    dtypes = (tensor.dtype for tensor in tensors)
    return next((d for d in dtypes if d.is_floating_point and d.itemsize >= 2), None)


@dataclass(frozen=True)
class Branch:
    """A forward hook of a module of `has_branch_form`. The tensors lie on the module's device.

    `scales` are the coefficients of the columns of `up`, shared by all modules of one rank layout;
    whoever writes to it moves them all.
    """

    up: torch.Tensor  # (out, Σrank)
    down: torch.Tensor  # (Σrank, *weight.shape[1:])
    scales: torch.Tensor  # (Σrank,)
    dense: torch.Tensor | None  # the weight's shape: Σ c·ΔW of what has no low-rank form

    @property
    def size_bytes(self) -> int:
        """Without the shared scales."""
        dense = 0 if self.dense is None else self.dense.nbytes
        return self.up.nbytes + self.down.nbytes + dense

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], output: Any
    ) -> torch.Tensor:
        """What the module gives instead of `output`, which stays as it is."""
        x = args[0] if args else next(iter(kwargs.values()))
        x = x.to(self.up.dtype)
        if isinstance(module, nn.Linear):
            return self._beside_linear(x, output)
        assert isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d)
        return self._beside_convolution(module, x, output)

    def _beside_linear(self, x: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
        rows = output.reshape(-1, output.shape[-1])  # (batch, out)
        if self.up.shape[1]:
            inner = F.linear(x, self.down).mul_(self.scales)  # (…, Σrank)
            rows = _plus(rows, inner.reshape(-1, inner.shape[-1]), self.up.T)
        if self.dense is not None:
            rows = _plus(rows, x.reshape(-1, x.shape[-1]), self.dense.T)
        return rows.view(output.shape)

    def _beside_convolution(
        self, module: nn.Conv1d | nn.Conv2d | nn.Conv3d, x: torch.Tensor, output: torch.Tensor
    ) -> torch.Tensor:
        """`_conv_forward` is the module's own padding, stride and dilation."""
        groups, result = module.groups, output
        if self.up.shape[1]:
            kernel = self.down if groups == 1 else self.down.repeat(groups, *_ones(self.down))
            inner = module._conv_forward(x, kernel, None)  # type: ignore[arg-type]
            result = self._through_up(inner, output, groups)
        if self.dense is not None:
            change = module._conv_forward(x, self.dense, None)  # type: ignore[arg-type]
            result = result + change.to(result.dtype)
        return result

    def _through_up(self, inner: torch.Tensor, output: torch.Tensor, groups: int) -> torch.Tensor:
        """Every group has all ranks of its own input channels, and its own rows of `up`."""
        out, rank = self.up.shape
        batch = output.shape[0] if output.dim() == self.down.dim() else 1
        length = math.prod(output.shape[-(self.down.dim() - 2) :])
        inner = inner.reshape(batch * groups, rank, length).mul_(self.scales[:, None])
        up = self.up.view(1, groups, out // groups, rank).expand(batch, -1, -1, -1)
        rows = output.reshape(batch * groups, out // groups, length)
        return _plus(rows, up.flatten(0, 1), inner).view(output.shape)


def _ones(tensor: torch.Tensor) -> tuple[int, ...]:
    return (1,) * (tensor.dim() - 1)


def _plus(output: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """output + left @ right, accumulated in one product where the precisions agree."""
    if output.dtype != left.dtype:
        return output + (left @ right).to(output.dtype)
    add_product = torch.addmm if output.dim() == 2 else torch.baddbmm
    return add_product(output, left, right)


def concatenated(
    deltas: Sequence[LowRankDelta], shape: tuple[int, ...], dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """[up₁ | up₂ | …] (out, Σrank) and [down₁; down₂; …] (Σrank, n) of deltas that fit a weight of
    `shape`, unscaled, on the CPU: a device only ever holds the result."""
    ups, downs = [d.up.to(dtype) for d in deltas], [d.down.to(dtype) for d in deltas]
    up = torch.cat(ups, 1) if ups else torch.empty(shape[0], 0, dtype=dtype)
    down = torch.cat(downs, 0) if downs else torch.empty(0, math.prod(shape[1:]), dtype=dtype)
    return up, down


def product_bound(up: torch.Tensor, down: torch.Tensor) -> float:
    """A bound of max |up @ down| from the largest elements; not finite where one is not."""
    if up.numel() == 0 or down.numel() == 0:
        return 0.0
    return up.shape[1] * up.abs().max().item() * down.abs().max().item()
