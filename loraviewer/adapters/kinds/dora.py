"""DoRA (Liu et al., arXiv:2402.09353): a magnitude beside any additive kind.

V = W₀ + ΔV, W' = m ⊙ V / ‖V‖, ΔW = W' − W₀: against the base and at full strength, so that it is
linear in the scale and 0 leaves the base. The norm runs over each row where m has one number a row,
over each input channel where it is (1, in[, 1, 1]), as LyCORIS' older files have it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import DenseDelta, LowRankDelta
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.naming.base import Shape

if TYPE_CHECKING:
    import torch

ROWS, CHANNELS = "rows", "channels"


def magnitude_axis(magnitude: Shape, weight: Shape) -> str | None:
    """Over what the magnitude runs, by its shape alone; None where it does not fit.

    A vector has one number a row. (1, n[, 1, 1]) is read as LyCORIS writes it, with one number an
    input channel.
    """
    n = math.prod(magnitude)
    out, channels = (*weight, 0, 0)[:2]
    if len(magnitude) <= 1:
        return ROWS if n == out else None
    if magnitude[0] == out == n:
        return ROWS
    return CHANNELS if magnitude[:2] == (1, n) and n == channels else None


@dataclass(frozen=True)
class DoraDelta:
    inner: LowRankDelta | DenseDelta
    magnitude: torch.Tensor
    axis: str
    kernel: int
    """Elements of a kernel, kh · kw."""
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        weight = wide(base, base)
        directed = weight + _wide_delta(self.inner, base)
        shape = (len(weight), -1, self.kernel)  # (out, in, k)
        axes = (1, 2) if self.axis == ROWS else (0, 2)
        norm = directed.reshape(shape).square().sum(axes, keepdim=True).sqrt()
        norm = norm.clamp_min(1e-30)  # a row of zeros stays one
        magnitude = wide(self.magnitude, base).reshape(norm.shape)
        new = (directed.reshape(shape) * (magnitude / norm)).reshape(weight.shape)
        return narrow(new - weight, base)


def _wide_delta(delta: LowRankDelta | DenseDelta, base: torch.Tensor) -> torch.Tensor:
    if isinstance(delta, LowRankDelta):
        return delta.scaling * (wide(delta.up, base) @ wide(delta.down, base))
    return wide(delta.dense(base), base)
