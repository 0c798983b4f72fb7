"""Whole weights: differences and replacements. Neither has an alpha.

`diff` (shape of W): ΔW = diff. `set_weight` (shape of W), and the bare `.scale` of a norm in Flux
control files: the new weight itself, ΔW = V − W₀. `w_norm`: the difference of a norm's weight.
`diff_b` and `b_norm` change biases and are read by `kinds.extras`.
"""

from __future__ import annotations

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

DIFFERENCE, REPLACEMENT, NORM_SCALE = "diff", "set_weight", "scale"


@dataclass(frozen=True)
class WholeWeightKind:
    """A kind whose one tensor has the shape of the weight."""

    name: str
    role: str
    suffixes: Mapping[str, str]
    is_replacement: bool = False

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return set(shapes) == {self.role}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        if not shapes[self.role]:
            raise GroupProblem(say("a single number is no weight"))

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        return flat(shapes[self.role])

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> Difference | Replacement:
        tensor = tensors[self.role]
        value = tensor.flatten(1) if tensor.ndim > 1 else tensor.reshape(-1, 1)
        return Replacement(value) if self.is_replacement else Difference(value)


def full_kinds() -> tuple[WholeWeightKind, ...]:
    return (
        WholeWeightKind("full", DIFFERENCE, {".diff": DIFFERENCE}),
        WholeWeightKind("full", REPLACEMENT, {".set_weight": REPLACEMENT}, is_replacement=True),
        WholeWeightKind("full", NORM_SCALE, {".scale": NORM_SCALE}, is_replacement=True),
        WholeWeightKind("norm", "w_norm", {".w_norm": "w_norm"}),
    )


@dataclass(frozen=True)
class Difference:
    value: torch.Tensor  # (out, n)
    needs_base = False

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        return self.value.to(base.device).float()


@dataclass(frozen=True)
class Replacement:
    value: torch.Tensor  # (out, n)
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        return narrow(wide(self.value, base) - wide(base, base), base)
