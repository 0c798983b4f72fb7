"""In which precision changes without a low-rank form are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def wide(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """`tensor` in float64 on the device of `like`, or on the CPU where that device has no float64.

    Norms, inverses and products of several factors lose more than the last bits in float32.
    """
    device = "cpu" if like.device.type == "mps" else like.device
    return tensor.to(device).double()


def narrow(exact: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """`exact` rounded to float32 on the device of `like`."""
    return exact.float().to(like.device)
