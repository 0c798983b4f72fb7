"""OFTv2 of PEFT and OneTrainer: blocks of columns are rotated (arXiv:2506.19847).

`oft_R.weight` (n, b·(b−1)/2) is the strict upper triangle of a skew Q per block, row by row;
n · b = in · kh · kw, or n = 1 for one block shared by all. W' = W·Rᵀ per block of columns, as PEFT
merges linears and convolutions alike. The marker `oft_R.scaled_oft` divides by 2·√(b−1).

R is the series I + 2Q + 2Q² + … + Qᵗ of (I + Q)(I − Q)⁻¹ with PEFT's number of terms. Without it
(`use_cayley_neumann: false`) PEFT solves (I − Q)(I + Q)⁻¹, the inverse rotation. Constrained
(`coft: true`, `eps`), PEFT shrinks each Q to ‖Q‖_F ≤ eps / √n before that, also where it merges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, Scaling
from loraviewer.adapters.kinds.linear_algebra import vector_norm
from loraviewer.adapters.kinds.oft import cayley_minus_identity
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.kinds.tucker import flat, require
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

VECTORS, MARKER = "vectors", "scaled"


class OftV2Kind:
    name = "oft"
    suffixes: Mapping[str, str] = {
        ".oft_R.weight": VECTORS,
        ".oft_R.scaled_oft": MARKER,
    }

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return VECTORS in shapes and set(shapes) <= {VECTORS, MARKER}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, {VECTORS})
        if len(shapes[VECTORS]) != 2 or _block_size(shapes[VECTORS][1]) is None:
            raise GroupProblem(
                say("{shape} are no triangles of square blocks", shape=str(shapes[VECTORS]))
            )

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        blocks, b = shapes[VECTORS][0], _block_size(shapes[VECTORS][1])
        rows, columns = flat(weight)
        if b is None or columns % b or blocks not in (1, columns // b):
            return None
        return rows, columns

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> RotatedColumns:
        vectors = tensors[VECTORS].double()
        b = _block_size(vectors.shape[1])
        assert b is not None
        if MARKER in tensors:
            vectors = vectors / (2.0 * math.sqrt(b - 1))
        skew = _limited(_skew(vectors, b), scaling.rotation_limit)
        return RotatedColumns(_turns(skew, scaling.neumann_terms))


def _block_size(triangle: int) -> int | None:
    """b with b · (b − 1) / 2 = triangle."""
    b = (1 + math.isqrt(1 + 8 * triangle)) // 2
    return b if b > 1 and b * (b - 1) // 2 == triangle else None


def _skew(vectors: torch.Tensor, b: int) -> torch.Tensor:
    import torch

    skew = vectors.new_zeros(len(vectors), b, b)
    rows, columns = torch.triu_indices(b, b, 1)
    skew[:, rows, columns] = vectors
    return skew - skew.transpose(1, 2)


def _limited(skew: torch.Tensor, limit: float | None) -> torch.Tensor:
    if limit is None:
        return skew
    norm = vector_norm(skew.flatten(1), axis=1).reshape(-1, 1, 1)
    most = limit / math.sqrt(len(skew))
    return skew * (most / norm.clamp_min(1e-300)).clamp_max(1.0)


def _turns(skew: torch.Tensor, terms: int | None) -> torch.Tensor:
    """R − I, (n, b, b) float64."""
    if terms is None:
        return cayley_minus_identity(-skew)
    turns, power = skew.new_zeros(skew.shape), skew
    for coefficient in _series(terms):
        turns = turns + coefficient * power
        power = power @ skew
    return turns


def _series(terms: int) -> list[float]:
    """Coefficients of Q, Q², … as PEFT adds them: its three terms go as far as its four."""
    if terms < 3:
        return [2.0] if terms == 2 else []
    return [2.0] * (max(terms - 1, 3) - 1) + [1.0]


@dataclass(frozen=True)
class RotatedColumns:
    """ΔW = W·(R − I)ᵀ per block of columns."""

    turns: torch.Tensor  # (n, b, b) float64
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        weight, turns = wide(base, base), wide(self.turns, base)
        b = turns.shape[-1]
        blocks = weight.reshape(weight.shape[0], -1, b).transpose(0, 1)  # (blocks, out, b)
        change = blocks @ turns.transpose(1, 2)
        return narrow(change.transpose(0, 1).reshape(weight.shape), base)
