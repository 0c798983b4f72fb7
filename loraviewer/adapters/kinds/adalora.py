"""AdaLoRA (Zhang et al., arXiv:2303.10512) as PEFT stores it: factors around singular values.

ΔW = alpha / (ranknum + 1e-5) · B·(E ⊙ A), A (r, in·kh·kw), E (r, 1), B (out, r), no alpha or one
that is not positive → alpha = r. PEFT drops pruned rows when it saves, but goes on dividing by the
rank before pruning: `ranknum` where it is stored, else the configured `init_r`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, LowRankDelta, Scaling
from loraviewer.adapters.kinds.lora import DOWN, UP
from loraviewer.adapters.kinds.tucker import flat, require
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

VALUES, RANKNUM = "singular_values", "ranknum"
_PEFT_EPSILON = 1e-5


class AdaloraKind:
    name = "adalora"
    suffixes: Mapping[str, str] = {
        ".lora_A": DOWN,
        ".lora_B": UP,
        ".lora_E": VALUES,
        ".ranknum": RANKNUM,
    }

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return VALUES in shapes and set(shapes) <= {DOWN, UP, VALUES, RANKNUM}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, {DOWN, UP, VALUES})
        down, up, values = shapes[DOWN], shapes[UP], shapes[VALUES]
        if len(down) != 2 or len(up) != 2 or values != (down[0], 1) or up[1] != down[0]:
            raise GroupProblem(
                say(
                    "factors {up}, {values} and {down} do not fit together",
                    up=str(up),
                    values=str(values),
                    down=str(down),
                )
            )
        if shapes.get(RANKNUM, (1,)) not in ((1,), ()):
            raise GroupProblem(say("ranknum is not one number"))

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return shapes[DOWN][0] if shapes.get(DOWN) else None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        return shapes[UP][0], flat(shapes[DOWN])[1]

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> LowRankDelta:
        down = (tensors[VALUES].double() * tensors[DOWN].double()).float()
        return LowRankDelta(tensors[UP], down, _factor(tensors, scaling))


def _factor(tensors: Mapping[str, torch.Tensor], scaling: Scaling) -> float:
    rows = tensors[DOWN].shape[0]
    if scaling.fixed is not None:
        return scaling.fixed
    before_pruning = float(scaling.initial_rank or rows)
    if RANKNUM in tensors:
        before_pruning = float(tensors[RANKNUM].flatten()[0])
        if before_pruning < 0:
            raise GroupProblem(
                say(
                    "a rank of {rank:g} before pruning is none",
                    rank=before_pruning,
                )
            )
    alpha = scaling.alpha if scaling.alpha is not None and scaling.alpha > 0 else float(rows)
    return alpha / (before_pruning + _PEFT_EPSILON)
