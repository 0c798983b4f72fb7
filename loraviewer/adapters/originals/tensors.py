"""Between a tensor as a checkpoint file keeps it and the parameter of a network that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loraviewer.adapters.originals.stored import StoredWeight

if TYPE_CHECKING:
    import torch


def as_parameter(tensor: torch.Tensor, stored: StoredWeight) -> torch.Tensor:
    """The parameter, from the whole tensor of the file. A view of it where that is possible."""
    tensor = tensor[slice(*stored.rows)] if stored.rows else tensor
    tensor = _swapped(tensor) if stored.is_half_swapped else tensor
    tensor = tensor.T if stored.is_transposed else tensor
    return tensor.reshape(stored.shape)


def as_stored(parameter: torch.Tensor, stored: StoredWeight) -> torch.Tensor:
    """The inverse: contiguous, and only the parameter's own rows of the file's tensor."""
    parameter = parameter.T if stored.is_transposed else parameter
    return (_swapped(parameter) if stored.is_half_swapped else parameter).contiguous()


def _swapped(rows: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.cat(rows.chunk(2)[::-1])
