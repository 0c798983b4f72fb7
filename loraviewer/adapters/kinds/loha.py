"""LoHa: two low-rank products, multiplied element by element (LyCORIS, arXiv:2309.14859; FedPara).

Plain:  ΔW = (w1_a @ w1_b) ⊙ (w2_a @ w2_b)         w_a (out, r), w_b (r, in · k)
Tucker: each half is H[p, q, y, x] = Σ t[i, j, y, x] · w_a[i, p] · w_b[j, q], w_a (r, out)
"""

from __future__ import annotations

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

_HALVES = (("hada_w1_a", "hada_w1_b", "hada_t1"), ("hada_w2_a", "hada_w2_b", "hada_t2"))
_FACTORS = {role for roles in _HALVES for role in roles[:2]}


class LohaKind:
    name = "loha"
    suffixes: Mapping[str, str] = {f".{role}": role for roles in _HALVES for role in roles}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return bool(shapes) and set(shapes) <= {role for roles in _HALVES for role in roles}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, _FACTORS)
        if ("hada_t1" in shapes) != ("hada_t2" in shapes):
            raise GroupProblem(say("one of its two Tucker cores is missing"))
        halves = {self._half_shape(shapes, *roles) for roles in _HALVES}
        if len(halves) > 1:
            raise GroupProblem(
                say("its halves have different shapes {halves}", halves=str(sorted(halves)))
            )

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return shapes["hada_w1_b"][0] if shapes.get("hada_w1_b") else None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        return self._half_shape(shapes, *_HALVES[0])

    def _half_shape(self, shapes: Mapping[str, Shape], a: str, b: str, core: str) -> Shape:
        left, right = flat(shapes[a]), flat(shapes[b])
        if core in shapes:
            check_core(shapes[core], left[0], right[0])
            return left[1], right[1] * flat(shapes[core][1:])[1]
        if left[1] != right[0]:
            raise GroupProblem(say("ranks {left} and {right} differ", left=left[1], right=right[0]))
        return left[0], right[1]

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> HadamardDelta:
        rank = tensors["hada_w1_b"].shape[0]
        first, second = (tuple(map(tensors.get, roles)) for roles in _HALVES)
        return HadamardDelta(first, second, scaling.of_rank(rank))


Half = tuple["torch.Tensor | None", ...]
"""w_a, w_b, core or None."""
Product = tuple["torch.Tensor", "torch.Tensor"]


@dataclass(frozen=True)
class HadamardDelta:
    first: Half
    second: Half
    scaling: float
    needs_base = False

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        (left, right), (other_left, other_right) = self.halves(base)
        return narrow(self.scaling * ((left @ right) * (other_left @ other_right)), base)

    def halves(self, like: torch.Tensor | None = None) -> tuple[Product, Product]:
        """Each a product (out, r) @ (r, in · k), float64, on the device of `like`."""
        like = self.first[0] if like is None else like
        assert like is not None
        return _half(self.first, like), _half(self.second, like)

    def elements(self) -> int:
        """Of ΔW."""
        a, b, core = self.first
        assert a is not None
        assert b is not None
        rows = len(a) if core is None else a[0].numel()
        return rows * b[0].numel() * (1 if core is None else core[0, 0].numel())


def _half(factors: Half, like: torch.Tensor) -> Product:
    a, b, core = factors
    assert a is not None
    assert b is not None
    left, right = wide(a, like).flatten(1), wide(b, like).flatten(1)
    if core is None:
        return left, right
    return left.T, fold_core(wide(core, like), right)
