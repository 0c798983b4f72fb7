"""GLoRA (Chavan et al., arXiv:2306.07967) as LyCORIS stores it, in both of its layouts.

new: ΔW = W₀·a1·a2 + b1·b2, a1 (in, r), a2 (r, in), b1 (out, r), b2 (r, in[, kh, kw])
old: ΔW = W₀·a2·a1 + b2·b1, a1 (r, in), a2 (in, r), b1 (r, in), b2 (out, r)

In convolutions W₀·a contracts the input channels only. A Tucker core `bm` (r, r, kh, kw) may stand
between b1 (out, r) and b2 (r, in).
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

_ROLES = ("a1", "a2", "b1", "b2")
CORE = "bm"


class GloraKind:
    name = "glora"
    suffixes: Mapping[str, str] = {f".{role}.weight": role for role in (*_ROLES, CORE)}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return set(_ROLES) <= set(shapes) <= {*_ROLES, CORE}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, set(_ROLES))
        if not any(_is_layout(shapes, layout) for layout in (_OLD, _NEW)):
            found = ", ".join(str(shapes[role]) for role in _ROLES)
            raise GroupProblem(say("factors of shapes {shapes} fit neither layout", shapes=found))

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return min(flat(shapes["a1"])) if shapes.get("a1") else None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        layout = _layout(shapes, weight)
        if layout is None:
            return None
        kernel = math.prod(shapes[CORE][2:]) if CORE in shapes else 1
        return flat(shapes[layout.left])[0], flat(shapes[layout.right])[1] * kernel

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> GloraDelta:
        shapes = {role: tuple(tensor.shape) for role, tensor in tensors.items()}
        layout = _layout(shapes, weight)
        assert layout is not None
        right = tensors[layout.right].flatten(1)
        if CORE in tensors:
            right = fold_core(tensors[CORE], right)
        return GloraDelta(
            tensors[layout.first].flatten(1),
            tensors[layout.second].flatten(1),
            tensors[layout.left].flatten(1),
            right,
            scaling.of_rank(tensors[layout.second].shape[0]),
            math.prod(weight[2:]),
        )


@dataclass(frozen=True)
class _Layout:
    """Roles in the order ΔW = W₀·first·second + left·right."""

    first: str
    second: str
    left: str
    right: str


_NEW = _Layout("a1", "a2", "b1", "b2")
_OLD = _Layout("a2", "a1", "b2", "b1")


def _layout(shapes: Mapping[str, Shape], weight: Shape) -> _Layout | None:
    """The one that fits; the old one where everything is square, as ComfyUI reads it."""
    for layout in (_OLD, _NEW):
        ends = (flat(shapes[layout.left])[0], flat(shapes[layout.first])[0])
        if _is_layout(shapes, layout) and ends == weight[:2]:
            return layout
    return None


def _is_layout(shapes: Mapping[str, Shape], layout: _Layout) -> bool:
    first, second = flat(shapes[layout.first]), flat(shapes[layout.second])
    left, right = flat(shapes[layout.left]), flat(shapes[layout.right])
    if CORE in shapes:
        try:
            check_core(shapes[CORE], left[1], right[0])
        except GroupProblem:
            return False
    channels, rank = first
    is_chain = second == (rank, channels) and left[1] == rank == right[0]
    return is_chain and channels > 0 and right[1] % channels == 0


@dataclass(frozen=True)
class GloraDelta:
    first: torch.Tensor  # (in, r)
    second: torch.Tensor  # (r, in)
    left: torch.Tensor  # (out, r)
    right: torch.Tensor  # (r, in · k)
    scaling: float
    kernel: int
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        first, second, left, right = (
            wide(factor, base) for factor in (self.first, self.second, self.left, self.right)
        )
        channels = first.shape[0]
        weight = wide(base, base).reshape(-1, channels, self.kernel).transpose(1, 2)  # (o, k, i)
        through = ((weight @ first) @ second).transpose(1, 2).reshape(base.shape)
        return narrow(self.scaling * (through + left @ right), base)
