"""IA³ (Liu et al., arXiv:2205.05638) as PEFT stores it: a vector that a layer is multiplied with.

`ia3_l` of linears: (out, 1) on what the layer gives, (1, in) on what a feed-forward layer reads; of
convolutions (1, n, 1, 1) for both. W' = W ⊙ l, so ΔW = W₀ ⊙ (l − 1), and on outputs the bias is
multiplied as well. Where a vector of a convolution fits both sides, PEFT's configuration decides
(`feedforward_modules`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, Scaling
from loraviewer.adapters.kinds.ia3 import ScaledWeight
from loraviewer.adapters.kinds.tucker import flat, require
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

VECTOR = "ia3_vector"
_ROWS, _COLUMNS = 0, 1


class Ia3PeftKind:
    name = "ia3"
    suffixes: Mapping[str, str] = {".ia3_l": VECTOR}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return set(shapes) == {VECTOR}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, {VECTOR})
        shape = shapes[VECTOR]
        side = 0 if len(shape) == 2 and shape[1] == 1 else 1
        if math.prod(shape) != shape[side]:
            raise GroupProblem(
                say("a vector of shape {shape} lies on more than one axis", shape=str(shape))
            )

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        return flat(weight) if _sides(shapes[VECTOR], weight) else None

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> ScaledWeight:
        side = side_of(tuple(tensors[VECTOR].shape), weight, scaling.is_feedforward)
        factors = tensors[VECTOR].double().flatten() - 1.0
        if side == _COLUMNS:
            return ScaledWeight(factors.repeat_interleave(math.prod(weight[2:])), axis=1)
        return ScaledOutputs(factors, axis=0)


class ScaledOutputs(ScaledWeight):
    """All that a layer gives is multiplied, its bias too."""

    def of_bias(self) -> ScaledWeight:
        """Δb = b₀ ⊙ (l − 1), (out, 1)."""
        return ScaledWeight(self.factors, axis=0)


def may_scale_bias(shapes: Mapping[str, Shape]) -> bool:
    """Whether the vector can lie on the outputs, as far as its shape alone tells."""
    shape = shapes.get(VECTOR, ())
    return len(shape) > 2 or shape[1:] == (1,)


def _sides(vector: Shape, weight: Shape) -> tuple[int, ...]:
    """The axes of the weight that the vector fits."""
    n, sizes = math.prod(vector), dict(enumerate(weight[:2]))
    if len(vector) == 2 and n != 1:
        sizes.pop(_COLUMNS if vector[0] == n else _ROWS, None)
    return tuple(side for side, size in sizes.items() if size == n)


def side_of(vector: Shape, weight: Shape, is_feedforward: bool | None) -> int:
    """The axis of the weight that the vector means. Raises `GroupProblem` where that is not clear;
    `is_feedforward`: what a configuration says."""
    sides = _sides(vector, weight)
    if is_feedforward is not None and len(vector) > 2:
        wanted = _COLUMNS if is_feedforward else _ROWS
        if wanted not in sides:
            words = say("inputs") if is_feedforward else say("outputs")
            raise GroupProblem(
                say(
                    "its configuration says {words}, which {vector} does not fit",
                    words=words,
                    vector=str(vector),
                )
            )
        return wanted
    if len(sides) > 1 and is_feedforward is None:
        raise GroupProblem(
            say(
                "its vector fits inputs and outputs alike; put PEFT’s adapter_config.json with its "
                "feedforward_modules beside the file"
            )
        )
    return sides[0] if len(sides) == 1 else int(bool(is_feedforward))
