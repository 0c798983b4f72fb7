"""IA³ (Liu et al., arXiv:2205.05638) as LyCORIS stores it: one factor per row or per column.

ΔW = W₀ ⊙ weight, over the columns where `on_input` is not 0, else over the rows. weight (n) for
linears, (1, n, 1, 1) for convolutions. There is no alpha.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, Scaling
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

FACTORS, ON_INPUT = "factors", "on_input"


class Ia3Kind:
    name = "ia3"
    suffixes: Mapping[str, str] = {".weight": FACTORS, ".on_input": ON_INPUT}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return ON_INPUT in shapes and set(shapes) <= {FACTORS, ON_INPUT}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        if FACTORS not in shapes:
            raise GroupProblem(say("weight missing"))
        if math.prod(shapes[ON_INPUT]) != 1:
            raise GroupProblem(say("on_input is not one number"))
        if math.prod(shapes[FACTORS]) != max(shapes[FACTORS], default=1):
            raise GroupProblem(
                say(
                    "factors of shape {shape} lie on more than one axis",
                    shape=str(shapes[FACTORS]),
                )
            )

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        """Which axis is meant stands in a value; either one has to fit."""
        n = math.prod(shapes[FACTORS])
        return flat(weight) if n in weight[:2] else None

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> ScaledWeight:
        factors = tensors[FACTORS].double().flatten()
        if not bool(tensors[ON_INPUT].flatten()[0]):
            axis, expected = 0, weight[0]
        else:
            axis, expected = 1, weight[1] if len(weight) > 1 else 1
        if len(factors) != expected:
            raise GroupProblem(
                say(
                    "{factors} factors do not fit axis {axis} of {weight}",
                    factors=len(factors),
                    axis=axis,
                    weight=str(weight),
                )
            )
        if axis == 1:
            factors = factors.repeat_interleave(math.prod(weight[2:]))
        return ScaledWeight(factors, axis)


@dataclass(frozen=True)
class ScaledWeight:
    """ΔW = W₀ ⊙ factors, one a row (axis 0) or one a flat column (axis 1)."""

    factors: torch.Tensor  # (out,) or (n,) float64
    axis: int
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        shape = (-1, 1) if self.axis == 0 else (1, -1)
        return narrow(wide(base, base) * wide(self.factors, base).reshape(shape), base)
