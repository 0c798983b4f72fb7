"""Adapters of several kinds on the demo's UNet and text encoder, trained by the chain rule.

The merged weights W = W0 + s * dW are written into the network before each step; its ordinary
gradient is then carried back through dW to the factors. So training runs at the plain network's
speed, and what is trained is exactly what is merged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from resources.demo.train.networks.unet import Pair

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
FEED_FORWARD = ("net.0.proj", "net.2")
PROJECTIONS = ("proj_in", "proj_out")
CONVOLUTIONS = ("conv1", "conv2", "conv_shortcut")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
LINEAR = (*ATTENTION, *FEED_FORWARD, *PROJECTIONS)
EVERYTHING = (*LINEAR, *CONVOLUTIONS)
BLOCKS = 8  # LoKr: rows and columns of the left factor

Parts = dict[str, torch.Tensor]  # by the last part of their names in a file


def _fan(*shape: int) -> torch.Tensor:
    """Random rows of about length 1."""
    return torch.randn(shape) / shape[-1] ** 0.5


def _low_rank(weight: torch.Tensor, rank: int) -> Parts:
    out, inner = weight.shape[0], weight[0].numel()
    return {"down": _fan(rank, inner), "up": torch.zeros(out, rank)}


def _low_rank_delta(parts: Parts, scale: float, base: torch.Tensor) -> torch.Tensor:
    return scale * (parts["up"] @ parts["down"]).view(base.shape)


def _hadamard(weight: torch.Tensor, rank: int) -> Parts:
    """LoHa (arXiv:2108.06098): the product, number by number, of two low-rank matrices."""
    out, inner = weight.shape[0], weight[0].numel()
    return {
        "hada_w1_a": 0.1 * torch.randn(out, rank),
        "hada_w1_b": torch.randn(rank, inner),
        "hada_w2_a": torch.zeros(out, rank),
        "hada_w2_b": torch.randn(rank, inner),
    }


def _hadamard_delta(parts: Parts, scale: float, base: torch.Tensor) -> torch.Tensor:
    first = parts["hada_w1_a"] @ parts["hada_w1_b"]
    return scale * (first * (parts["hada_w2_a"] @ parts["hada_w2_b"])).view(base.shape)


def _kronecker(weight: torch.Tensor, rank: int) -> Parts:
    """LoKr (arXiv:2212.10650's Kronecker product with a low-rank right factor)."""
    out, inner = weight.shape[0] // BLOCKS, weight[0].numel() // BLOCKS
    return {
        "lokr_w1": _fan(BLOCKS, BLOCKS),
        "lokr_w2_a": torch.zeros(out, rank),
        "lokr_w2_b": _fan(rank, inner),
    }


def _kronecker_delta(parts: Parts, scale: float, base: torch.Tensor) -> torch.Tensor:
    out, inner = base.shape[0] // BLOCKS, base.shape[1] // BLOCKS
    kernel = base.shape[2:]
    right = (parts["lokr_w2_a"] @ parts["lokr_w2_b"]).view(out, inner, *kernel)
    left = parts["lokr_w1"].view(BLOCKS, BLOCKS, *[1] * len(kernel))
    return scale * torch.kron(left, right)


def _decomposed(weight: torch.Tensor, rank: int) -> Parts:
    """DoRA (arXiv:2402.09353): a low-rank change of direction, and each row's length."""
    lengths = weight.detach().flatten(1).norm(dim=1).view(-1, *[1] * (weight.dim() - 1))
    return {**_low_rank(weight, rank), "dora_scale": lengths}


def _decomposed_delta(parts: Parts, scale: float, base: torch.Tensor) -> torch.Tensor:
    turned = base + _low_rank_delta(parts, scale, base)
    lengths = turned.flatten(1).norm(dim=1).view(parts["dora_scale"].shape)
    return parts["dora_scale"] * turned / lengths - base


@dataclass(frozen=True)
class Kind:
    """How an adapter's parts start, with dW = 0, and make dW."""

    start: Callable[[torch.Tensor, int], Parts]
    delta: Callable[[Parts, float, torch.Tensor], torch.Tensor]


KINDS = {
    "LoRA": Kind(_low_rank, _low_rank_delta),
    "LoHa": Kind(_hadamard, _hadamard_delta),
    "LoKr": Kind(_kronecker, _kronecker_delta),
    "DoRA": Kind(_decomposed, _decomposed_delta),
}


@dataclass
class Factor:
    """One module's factors; weight is the network's own."""

    name: str  # "unet.down_blocks.1..." or "text_encoder.encoder.layers.0..."
    weight: nn.Parameter
    pristine: torch.Tensor
    kind: Kind
    parts: Parts
    rank: int
    scale: float  # alpha / r
    _merged: torch.Tensor | None = field(default=None, repr=False)

    @classmethod
    def new(cls, name: str, weight: nn.Parameter, kind: str, rank: int, alpha: float) -> Factor:
        rank = min(rank, weight.shape[0], weight[0].numel())
        parts = {
            key: part.requires_grad_() for key, part in KINDS[kind].start(weight, rank).items()
        }
        return cls(name, weight, weight.detach().clone(), KINDS[kind], parts, rank, alpha / rank)

    def merge(self, strength: float = 1.0) -> None:
        """Write W0 + strength * dW into the network."""
        delta = self.kind.delta(self.parts, self.scale, self.pristine)
        self._merged = self.pristine + strength * delta
        with torch.no_grad():
            self.weight.copy_(self._merged)

    def pull(self) -> None:
        """Turn the network's gradient of the weights merged last into the factors'."""
        self._merged.backward(self.weight.grad)


def _wanted(name: str, parts: tuple[str, ...]) -> bool:
    return name.endswith(tuple(f".{part}.weight" for part in parts))


def attach(
    pair: Pair, kind: str, rank: int, alpha: float, parts: tuple[str, ...], *, text: bool
) -> list[Factor]:
    """Fresh factors for the UNet's modules of those names and, with text, for the text encoder's,
    in the network's order.
    """
    found = []
    for name, weight in pair.named_parameters():
        group = parts if name.startswith("unet.") else (TEXT if text else ())
        if _wanted(name, group):
            found.append(Factor.new(name.removesuffix(".weight"), weight, kind, rank, alpha))
    return found


@torch.no_grad()
def restore(factors: list[Factor]) -> None:
    """Put the network's own weights back."""
    for factor in factors:
        factor.weight.copy_(factor.pristine)
