"""OFT and BOFT: blocks of rows are rotated (Qiu et al., arXiv:2306.07280; arXiv:2311.06243).

A block's rotation is the Cayley transform R = (I + Q)(I − Q)⁻¹ of a skew Q. Kept here is R − I, so
that ΔW is computed without cancellation. All of ΔW is defined against W₀ at full strength.

* kohya's OFT and LyCORIS' diag-OFT: `oft_blocks` (n, b, b), rows n · b = out, W' = Rᵀ·W per block.
* LyCORIS before that: `oft_diag` (n, b, b) holds R itself.
* BOFT: `oft_blocks` (m, n, b, b): m stages, each on rows shuffled with its own stride, W' = R·W.
* `alpha` is no scale but the limit of ‖Q‖ over all blocks: alpha · out; 0 or none: no limit.
* `rescale` (out, 1[, 1, 1]) multiplies the rows afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, Scaling
from loraviewer.adapters.kinds.linear_algebra import solve_right, vector_norm
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

BLOCKS, ROTATION, RESCALE = "blocks", "rotation", "rescale"
_MOST_STAGES = 64


class OftKind:
    name = "oft"
    suffixes: Mapping[str, str] = {
        ".oft_blocks": BLOCKS,
        ".oft_diag": ROTATION,
        ".rescale": RESCALE,
    }

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return set(shapes) - {RESCALE} in ({BLOCKS}, {ROTATION})

    def check(self, shapes: Mapping[str, Shape]) -> None:
        blocks = self._blocks(shapes)
        if len(blocks) != 3 or blocks[1] != blocks[2]:
            raise GroupProblem(
                say("rotations of shape {shape} are not (n, b, b)", shape=str(blocks))
            )
        _check_rescale(shapes, blocks[0] * blocks[1])

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        n, b, _ = self._blocks(shapes)
        return n * b, flat(weight)[1]

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> RotatedRows:
        if ROTATION in tensors:
            turns = _minus_identity(tensors[ROTATION].double())
            return RotatedRows(turns.transpose(1, 2), tensors.get(RESCALE))
        return rotated_rows(tensors[BLOCKS], scaling.alpha, tensors.get(RESCALE))

    def _blocks(self, shapes: Mapping[str, Shape]) -> Shape:
        return shapes[ROTATION] if ROTATION in shapes else shapes[BLOCKS]


class BoftKind:
    """Shares its names with OFT; the fourth axis tells them apart."""

    name = "boft"
    suffixes: Mapping[str, str] = {".oft_blocks": BLOCKS, ".rescale": RESCALE}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return set(shapes) - {RESCALE} == {BLOCKS} and len(shapes[BLOCKS]) == 4

    def check(self, shapes: Mapping[str, Shape]) -> None:
        m, n, b, last = shapes[BLOCKS]
        is_square = b == last and b > 0 and b % 2 == 0 and m <= _MOST_STAGES
        if not is_square or (n * b) % (2**m * b // 2):
            raise GroupProblem(
                say("rotations of shape {shape} are no butterfly", shape=str(shapes[BLOCKS]))
            )
        _check_rescale(shapes, n * b)

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        _, n, b, _ = shapes[BLOCKS]
        return n * b, flat(weight)[1]

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> Butterfly:
        turns = cayley_minus_identity(_skew(tensors[BLOCKS], scaling.alpha, weight[0]))
        return Butterfly(turns, tensors.get(RESCALE))


def rotated_rows(
    blocks: torch.Tensor, constraint: float | None, rescale: torch.Tensor | None = None
) -> RotatedRows:
    """By the transposed Cayley transforms of blocks, (n, b, b)."""
    rows = blocks.shape[0] * blocks.shape[1]
    turns = cayley_minus_identity(_skew(blocks, constraint, rows))
    return RotatedRows(turns.transpose(1, 2), rescale)


def _check_rescale(shapes: Mapping[str, Shape], rows: int) -> None:
    if RESCALE in shapes and flat(shapes[RESCALE] or (0,)) != (rows, 1):
        raise GroupProblem(
            say("rescale of shape {shape} is not one number a row", shape=str(shapes[RESCALE]))
        )


def _skew(blocks: torch.Tensor, constraint: float | None, out: int) -> torch.Tensor:
    """(…, b, b) float64; its norm over all blocks is at most constraint · out."""
    skew = blocks.double() - blocks.double().transpose(-1, -2)
    limit = (constraint or 0.0) * out
    norm = vector_norm(skew).item()
    return skew * (limit / norm) if 0.0 < limit < norm else skew


_MOST_BATCHED = 64
"""Rows of blocks that are solved all at once. On CPUs torch spreads a batch over its threads; once
the number of threads was set, MKL starts threads of its own inside of them, and from some 150 rows
these wait for each other for ever, or the result is wrong (torch 2.13, MKL 2024.2)."""


def cayley_minus_identity(skew: torch.Tensor) -> torch.Tensor:
    """(I + Q)(I − Q)⁻¹ − I = 2Q(I − Q)⁻¹, (…, b, b)."""
    import torch

    size = skew.shape[-1]
    identity = torch.eye(size, dtype=skew.dtype, device=skew.device)
    if size <= _MOST_BATCHED:
        return 2.0 * solve_right(identity - skew, skew)
    blocks = skew.reshape(-1, size, size)
    turns = [solve_right(identity - block, block) for block in blocks]
    return 2.0 * torch.stack(turns).reshape(skew.shape)


def _minus_identity(rotation: torch.Tensor) -> torch.Tensor:
    import torch

    return rotation - torch.eye(rotation.shape[-1], dtype=rotation.dtype)


@dataclass(frozen=True)
class RotatedRows:
    """Block g of the rows is multiplied by I + turns[g]; then every row by `rescale`."""

    turns: torch.Tensor  # (n, b, b) float64
    rescale: torch.Tensor | None
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        weight = wide(base, base)
        change = _turned(weight, wide(self.turns, base))
        return narrow(rescaled(weight, change, self.rescale), base)


@dataclass(frozen=True)
class Butterfly:
    """Stage i shuffles the rows with stride 2^i · b/2, turns blocks, and shuffles back."""

    turns: torch.Tensor  # (m, n, b, b) float64
    rescale: torch.Tensor | None
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        weight = wide(base, base)
        change = weight.new_zeros(weight.shape)
        for stage, turns in enumerate(wide(self.turns, base)):
            stride = 2**stage * turns.shape[-1] // 2
            shuffled = _shuffled(weight + change, stride)
            change = change + _unshuffled(_turned(shuffled, turns), stride)
        return narrow(rescaled(weight, change, self.rescale), base)


def _turned(weight: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Per block of rows turns[g] @ W[g]; (out, n) → (out, n)."""
    n, b, _ = turns.shape
    return (turns @ weight.reshape(n, b, -1)).reshape(weight.shape)


def _shuffled(weight: torch.Tensor, stride: int) -> torch.Tensor:
    """Rows (c, 2, stride) → (c, stride, 2)."""
    return weight.reshape(-1, 2, stride, weight.shape[1]).transpose(1, 2).reshape(weight.shape)


def _unshuffled(weight: torch.Tensor, stride: int) -> torch.Tensor:
    return weight.reshape(-1, stride, 2, weight.shape[1]).transpose(1, 2).reshape(weight.shape)


def rescaled(
    weight: torch.Tensor, change: torch.Tensor, rescale: torch.Tensor | None
) -> torch.Tensor:
    """rescale ⊙ (W + change) − W."""
    if rescale is None:
        return change
    rows = wide(rescale, weight).reshape(-1, 1)
    return (rows - 1.0) * weight + rows * change
