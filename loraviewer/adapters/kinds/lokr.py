"""LoKr: a Kronecker product (LyCORIS, arXiv:2309.14859).

ΔW = w1 ⊗ w2, w1 (o1, i1), w2 (o2, i2[, kh, kw]); each whole or as a low-rank product, w2 also with
a Tucker core. alpha / rank only counts where at least one of them is a product.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, Scaling
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.kinds.tucker import check_core, flat, fold_core, require
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

_ROLES = ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")


class LokrKind:
    name = "lokr"
    suffixes: Mapping[str, str] = {f".lokr_{role}": role for role in _ROLES}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return bool(shapes) and set(shapes) <= set(_ROLES)

    def check(self, shapes: Mapping[str, Shape]) -> None:
        for side in ("w1", "w2"):
            whole, parts = side in shapes, {f"{side}_a", f"{side}_b"}
            if whole and parts & set(shapes):
                raise GroupProblem(say("{side} is given twice", side=side))
            require(shapes, {side} if whole else parts)
        if "t2" in shapes and "w2" in shapes:
            raise GroupProblem(say("w2 has a Tucker core but no factors"))
        self._sides(shapes)

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        rows = (shapes[role][0] for role in ("w2_b", "w1_b") if shapes.get(role))
        return next(rows, None)

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        (o1, i1), (o2, i2) = self._sides(shapes)
        return o1 * o2, i1 * i2

    def _sides(self, shapes: Mapping[str, Shape]) -> tuple[tuple[int, int], tuple[int, int]]:
        """Flat shapes of w1 and w2."""
        return _side_shape(shapes, "w1", None), _side_shape(shapes, "w2", shapes.get("t2"))

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> KroneckerDelta:
        rank = self.rank({role: tuple(tensor.shape) for role, tensor in tensors.items()})
        rank = scaling.rank if rank is None else rank
        if rank is None:
            # LyCORIS and ai-toolkit store alphas of 1e10 where both are whole: they do not count.
            scaling, rank = Scaling(fixed=scaling.fixed), 1
        return KroneckerDelta(dict(tensors), scaling.of_rank(rank))


def _side_shape(shapes: Mapping[str, Shape], side: str, core: Shape | None) -> tuple[int, int]:
    if side in shapes:
        return flat(shapes[side])
    left, right = flat(shapes[f"{side}_a"]), flat(shapes[f"{side}_b"])
    if core is not None:
        check_core(core, left[0], right[0])
        return left[1], right[1] * math.prod(core[2:])
    if left[1] != right[0]:
        raise GroupProblem(
            say(
                "ranks {left} and {right} of {side} differ", left=left[1], right=right[0], side=side
            )
        )
    return left[0], right[1]


@dataclass(frozen=True)
class KroneckerDelta:
    tensors: Mapping[str, torch.Tensor]
    scaling: float
    needs_base = False

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        import torch

        return narrow(self.scaling * torch.kron(*self.sides(base)), base)

    def sides(self, like: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """w1 (o1, i1) and w2 (o2, i2 · k), float64, on the device of `like`."""
        like = next(iter(self.tensors.values())) if like is None else like
        return self._side("w1", like), self._side("w2", like)

    def _side(self, side: str, like: torch.Tensor) -> torch.Tensor:
        """(o, i · k) float64: with w1 first, the columns come out as (i1, i2, kh, kw)."""
        if side in self.tensors:
            return wide(self.tensors[side], like).flatten(1)
        left = wide(self.tensors[f"{side}_a"], like).flatten(1)
        right = wide(self.tensors[f"{side}_b"], like).flatten(1)
        if side == "w2" and "t2" in self.tensors:
            return left.T @ fold_core(wide(self.tensors["t2"], like), right)
        return left @ right
