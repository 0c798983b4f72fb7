"""BOFT (Liu et al., arXiv:2311.06243) as PEFT stores it: columns are rotated in stages, then rows
scaled.

`boft_R` (m, n, b, b), n · b = in · kh · kw: S = (R − Rᵀ) / 2, Q = (I − S)(I + S)⁻¹. Stage i cuts
the columns into groups of 2^i · b, takes runs of b / 2 from both halves in turn, multiplies
blocks of b by Q, and puts them back. `boft_s` (out, 1), of convolutions (1, out), multiplies the
rows afterwards. W' = (W·M₀ᵀ·M₁ᵀ·…) ⊙ s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, Scaling
from loraviewer.adapters.kinds.oft import cayley_minus_identity, rescaled
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.kinds.tucker import flat, require
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

STAGES, ROW_SCALE = "boft_R", "boft_s"
_MOST_STAGES = 64


class BoftPeftKind:
    name = "boft"
    suffixes: Mapping[str, str] = {".boft_R": STAGES, ".boft_s": ROW_SCALE}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return STAGES in shapes and set(shapes) <= {STAGES, ROW_SCALE}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, {STAGES, ROW_SCALE})
        stages, scale = shapes[STAGES], shapes[ROW_SCALE]
        if len(stages) != 4 or stages[2] != stages[3] or not _is_butterfly(*stages[:3]):
            raise GroupProblem(
                say("rotations of shape {shape} are no butterfly", shape=str(stages))
            )
        if len(scale) != 2 or 1 not in scale:
            raise GroupProblem(
                say("boft_s of shape {shape} is not one number a row", shape=str(scale))
            )

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        _, n, b, _ = shapes[STAGES]
        return math.prod(shapes[ROW_SCALE]), n * b

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> ButterflyColumns:
        stages = tensors[STAGES].double()
        turns = cayley_minus_identity((stages.mT - stages) / 2.0)
        return ButterflyColumns(turns, tensors[ROW_SCALE], flat(weight)[1])


def _is_butterfly(m: int, n: int, b: int) -> bool:
    """One stage may have blocks of any size; more need runs of half of it, in whole groups."""
    if m == 1:
        return n * b > 0
    return 1 < m <= _MOST_STAGES and b > 0 and b % 2 == 0 and n > 0 and n % 2 ** (m - 1) == 0


@dataclass(frozen=True)
class ButterflyColumns:
    """ΔW = (W·M₀ᵀ·M₁ᵀ·…) ⊙ s − W with M = I + turns, in shuffled columns."""

    turns: torch.Tensor  # (m, n, b, b) float64
    scale: torch.Tensor  # (out, 1) or (1, out)
    columns: int
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        weight = wide(base, base)
        change = weight.new_zeros(weight.shape)
        for stage, turns in enumerate(wide(self.turns, base)):
            order = slice(None) if len(self.turns) == 1 else self._order(stage, weight)
            change[:, order] += _turned((weight + change)[:, order], turns)
        return narrow(rescaled(weight, change, self.scale), base)

    def _order(self, stage: int, like: torch.Tensor) -> torch.Tensor:
        """Columns in the order in which a stage takes them."""
        import torch

        run = self.turns.shape[-1] // 2
        runs = torch.arange(self.columns, device=like.device).reshape(-1, 2, 2**stage, run)
        return runs.transpose(1, 2).reshape(-1)


def _turned(weight: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """W·turnsᵀ per block of columns, (out, n·b)."""
    n, b, _ = turns.shape
    blocks = weight.reshape(len(weight), n, b).transpose(0, 1)  # (n, out, b)
    return (blocks @ turns.mT).transpose(0, 1).reshape(weight.shape)
