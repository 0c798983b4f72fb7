"""VeRA (Kopiczko et al., arXiv:2310.11454) as PEFT stores it: two vectors of each module around two
projections that all modules share.

ΔW = diag(λ_b)·B[:out]·diag(λ_d)·A[:, :in], `vera_lambda_b` (out), `vera_lambda_d` (r), shared
`vera_A` (r, most in), `vera_B` (most out, r), of which a module takes the first rows and columns.
There is no alpha. Files without projections leave them to random numbers, which differ from one
machine to another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, LowRankDelta, Scaling
from loraviewer.adapters.kinds.tucker import flat, require
from loraviewer.adapters.name_lists import all_of
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

ROW_FACTORS, RANK_FACTORS = "vera_lambda_b", "vera_lambda_d"
DOWN_PROJECTION, UP_PROJECTION = "vera_A", "vera_B"
PROJECTIONS = frozenset({DOWN_PROJECTION, UP_PROJECTION})
_VECTORS = frozenset({ROW_FACTORS, RANK_FACTORS})
_MOST_NUMBERS = 1 << 27


class VeraKind:
    name = "vera"
    suffixes: Mapping[str, str] = {f".{role}": role for role in sorted(_VECTORS | PROJECTIONS)}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return bool(_VECTORS & set(shapes)) and set(shapes) <= _VECTORS | PROJECTIONS

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, set(_VECTORS), axes=1)
        if missing := PROJECTIONS - set(shapes):
            raise GroupProblem(
                say(
                    "the projections that its modules share are not in the file ({missing}); save "
                    "it again with PEFT’s save_projection=True",
                    missing=all_of(sorted(missing)),
                )
            )
        require(shapes, set(PROJECTIONS))
        rank = shapes[RANK_FACTORS]
        down, up = shapes[DOWN_PROJECTION], shapes[UP_PROJECTION]
        is_chain = len(down) == len(up) == 2 and (up[1],) == rank == (down[0],)
        if len(shapes[ROW_FACTORS]) != 1 or not is_chain:
            raise GroupProblem(
                say(
                    "projections {up} and {down} do not fit vectors of rank {rank}",
                    up=str(up),
                    down=str(down),
                    rank=str(rank),
                )
            )
        if max(math.prod(down), math.prod(up)) > _MOST_NUMBERS:
            raise GroupProblem(say("its projections are far larger than any base can need"))

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return math.prod(shapes[RANK_FACTORS]) if RANK_FACTORS in shapes else None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        (rows,), (columns,) = shapes[ROW_FACTORS], flat(weight)[1:] if weight else (0,)
        fits = rows <= shapes[UP_PROJECTION][0] and columns <= shapes[DOWN_PROJECTION][1]
        return (rows, columns) if fits and math.prod(weight[2:]) == 1 else None

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> LowRankDelta:
        rows, columns = flat(weight)
        up = tensors[UP_PROJECTION][:rows].double()  # (out, r)
        factors = tensors[ROW_FACTORS].double().reshape(-1, 1) * tensors[RANK_FACTORS].double()
        return LowRankDelta((up * factors).float(), tensors[DOWN_PROJECTION][:, :columns], 1.0)
