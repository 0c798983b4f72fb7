"""LoRA (Hu et al., arXiv:2106.09685) and LoCon: convolutions, also with a Tucker core.

Plain:  ΔW = up @ down                     up (out, r[, 1, 1]), down (r, in[, kh, kw])
Tucker: ΔW[i, j, y, x] = Σ up[i, m] · mid[m, n, y, x] · down[n, j], mid (r, r, kh, kw)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, LowRankDelta, Scaling, Shape

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

    def recognises(self, roles: frozenset[str]) -> bool:
        return bool(roles) and roles <= {DOWN, UP, MID}

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        """(out, in) or (out, in, kh, kw)."""
        if missing := {DOWN, UP} - set(shapes):
            raise GroupProblem(f"{' and '.join(sorted(missing))} missing")
        up, down = shapes[UP], shapes[DOWN]
        if len(up) < 2 or len(down) < 2 or math.prod(up[2:]) != 1:
            raise GroupProblem(f"factors of shape {up} and {down} are no LoRA")
        if MID in shapes:
            return self._tucker_shape(up, shapes[MID], down)
        if up[1] != down[0]:
            raise GroupProblem(f"ranks {up[1]} and {down[0]} differ")
        return (up[0], *down[1:])

    def _tucker_shape(self, up: Shape, mid: Shape, down: Shape) -> Shape:
        fits = len(mid) > 2 and mid[0] == up[1] and mid[1] == down[0]
        if not fits or math.prod(down[2:]) != 1:
            raise GroupProblem(f"factors of shape {up}, {mid} and {down} are no Tucker form")
        return (up[0], down[1], *mid[2:])

    def delta(self, tensors: Mapping[str, torch.Tensor], scaling: Scaling) -> LowRankDelta:
        up = tensors[UP].flatten(1)  # (out, r)
        down = tensors[DOWN].flatten(1)  # (r, n)
        value = scaling.of_rank(tensors[DOWN].shape[0])
        if MID in tensors:
            down = _through_core(tensors[MID], down)
        return LowRankDelta(up, down, value)


def _through_core(mid: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    """Fold the Tucker core into the down factor: (m, n, y, x), (n, in) -> (m, in · y · x)."""
    core = mid.float().flatten(2).transpose(1, 2)  # (m, k, n)
    folded = core @ down.float()  # (m, k, n) @ (n, j)
    return folded.transpose(1, 2).flatten(1)  # (m, j · k)
