"""LoRA (Hu et al., arXiv:2106.09685) and LoCon: convolutions, also with a Tucker core.

Plain:  ΔW = up @ down                     up (out, r[, 1, 1]), down (r, in[, kh, kw])
Tucker: ΔW[i, j, y, x] = Σ up[i, m] · mid[m, n, y, x] · down[n, j], mid (r, r, kh, kw)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, LowRankDelta, Scaling
from loraviewer.adapters.kinds.tucker import check_core, flat, fold_core, require
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

DOWN, UP, MID = "down", "up", "mid"


class LoraKind:
    name = "lora"
    suffixes: Mapping[str, str] = {
        ".lora_down.weight": DOWN,
        ".lora_up.weight": UP,
        ".lora_mid.weight": MID,
        ".lora_A.weight": DOWN,
        ".lora_B.weight": UP,
        ".lora_A": DOWN,
        ".lora_B": UP,
        "_lora.down.weight": DOWN,
        "_lora.up.weight": UP,
        ".lora.down.weight": DOWN,
        ".lora.up.weight": UP,
        ".lora_linear_layer.down.weight": DOWN,
        ".lora_linear_layer.up.weight": UP,
    }

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return bool(shapes) and set(shapes) <= {DOWN, UP, MID}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, {DOWN, UP})
        up, down = shapes[UP], shapes[DOWN]
        if math.prod(up[2:]) != 1:
            raise GroupProblem(
                say("factors of shape {up} and {down} are no LoRA", up=str(up), down=str(down))
            )
        if MID in shapes:
            check_core(shapes[MID], up[1], down[0])
            if math.prod(down[2:]) != 1:
                raise GroupProblem(
                    say(
                        "{down} cannot lie below a core of shape {shape}",
                        down=str(down),
                        shape=str(shapes[MID]),
                    )
                )
        elif up[1] != down[0]:
            raise GroupProblem(say("ranks {up} and {down} differ", up=up[1], down=down[0]))

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return shapes[DOWN][0] if shapes.get(DOWN) else None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        kernel = math.prod(shapes[MID][2:]) if MID in shapes else 1
        return shapes[UP][0], flat(shapes[DOWN])[1] * kernel

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> LowRankDelta:
        up = tensors[UP].flatten(1)  # (out, r)
        down = tensors[DOWN].flatten(1)  # (r, n)
        value = scaling.of_rank(tensors[DOWN].shape[0])
        if MID in tensors:
            down = fold_core(tensors[MID], down).float()
        return LowRankDelta(up, down, value)
