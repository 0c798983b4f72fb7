"""OFT of sd-scripts for Flux: a fused layer is rotated in parts: q, k, v and the MLP by themselves.

`oft_blocks.0`, `.1`, … (n, b, b), one for each part, whose n · b rows follow each other; `.0` alone
where the layer is no fusion. Each part is `kinds.oft` by itself: block g is multiplied by R_gᵀ, and
`alpha` limits ‖Q‖ of a part to alpha · rows of that part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, Scaling
from loraviewer.adapters.kinds.oft import RotatedRows, rotated_rows
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

PARTS = tuple(f"blocks.{part}" for part in range(4))


class OftPartsKind:
    name = "oft"
    suffixes: Mapping[str, str] = {f".oft_{role}": role for role in PARTS}

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return bool(shapes) and set(shapes) <= set(PARTS)

    def check(self, shapes: Mapping[str, Shape]) -> None:
        if missing := set(PARTS[: len(shapes)]) - set(shapes):
            raise GroupProblem(say("oft_{part} is missing before other parts", part=min(missing)))
        for shape in shapes.values():
            if len(shape) != 3 or shape[1] != shape[2]:
                raise GroupProblem(
                    say("rotations of shape {shape} are not (n, b, b)", shape=str(shape))
                )

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        return rows_of_parts(shapes), flat(weight)[1]

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> RotatedParts:
        blocks = [tensors[role] for role in PARTS[: len(tensors)]]
        return RotatedParts(tuple(rotated_rows(part, scaling.alpha) for part in blocks))


def rows_of_parts(shapes: Mapping[str, Shape]) -> int:
    """Of all parts together, from checked shapes."""
    return sum(shapes[role][0] * shapes[role][1] for role in PARTS if role in shapes)


@dataclass(frozen=True)
class RotatedParts:
    """Parts of rows, one after the other, each rotated by itself."""

    parts: tuple[RotatedRows, ...]
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        import torch

        rows = [part.turns.shape[0] * part.turns.shape[1] for part in self.parts]
        pieces = base.split_with_sizes(rows)
        return torch.cat([p.dense(piece) for p, piece in zip(self.parts, pieces, strict=True)])
