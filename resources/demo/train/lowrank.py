"""Low-rank adapters on the demo's UNet and text encoder, trained by the chain rule.

The merged weights W = W0 + alpha / r * up @ down are written into the network before each
step; its ordinary gradient dW then gives d(up) = dW @ down.T and d(down) = up.T @ dW. So
training runs at the plain network's speed, and what is trained is exactly what is merged.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from .unet import Pair

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
FEED_FORWARD = ("net.0.proj", "net.2")
PROJECTIONS = ("proj_in", "proj_out")
CONVOLUTIONS = ("conv1", "conv2", "conv_shortcut")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


@dataclass
class Factor:
    """One module's factors. down (r, in * k), up (out, r); weight is the network's own."""

    name: str  # "unet.down_blocks.1..." or "text_encoder.encoder.layers.0..."
    weight: nn.Parameter
    pristine: torch.Tensor
    down: torch.Tensor
    up: torch.Tensor
    scale: float  # alpha / r

    @classmethod
    def new(cls, name: str, weight: nn.Parameter, rank: int, alpha: float) -> Factor:
        out, inner = weight.shape[0], weight[0].numel()
        rank = min(rank, out, inner)
        down = torch.randn(rank, inner) / inner**0.5
        up = torch.zeros(out, rank)
        down.grad, up.grad = torch.zeros_like(down), torch.zeros_like(up)
        return cls(name, weight, weight.detach().clone(), down, up, alpha / rank)

    def delta(self) -> torch.Tensor:
        """The weight's change at strength 1, in the weight's shape."""
        return self.scale * (self.up @ self.down).view(self.weight.shape)

    @torch.no_grad()
    def merge(self) -> None:
        """Write W0 + delta into the network."""
        self.weight.copy_(self.pristine + self.delta())

    @torch.no_grad()
    def pull(self) -> None:
        """Turn the network's gradient into the factors'."""
        full = self.scale * self.weight.grad.reshape(len(self.up), -1)  # (out, in * k)
        self.up.grad.copy_(full @ self.down.T)
        self.down.grad.copy_(self.up.T @ full)


def _wanted(name: str, parts: tuple[str, ...]) -> bool:
    return name.endswith(tuple(f".{part}.weight" for part in parts))


def attach(
    pair: Pair, rank: int, alpha: float, *, conv: bool, text: bool, parts: tuple[str, ...] = ()
) -> list[Factor]:
    """Fresh factors for the chosen modules of a pair, in the network's order."""
    inside = parts or (*ATTENTION, *FEED_FORWARD, *PROJECTIONS)
    inside += CONVOLUTIONS if conv else ()
    found = []
    for name, weight in pair.named_parameters():
        group = inside if name.startswith("unet.") else (TEXT if text else ())
        if _wanted(name, group):
            found.append(Factor.new(name.removesuffix(".weight"), weight, rank, alpha))
    return found
