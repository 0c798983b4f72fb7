"""LoRA on an embedding as PEFT stores it: both factors lie the other way round.

`lora_embedding_A` (r, words), `lora_embedding_B` (width, r): ΔW = alpha / r · (B·A)ᵀ over words and
width. Of some text encoders PEFT saves the embedding itself as well, which replaces that of the
base: `base_layer.weight` (words, width), ΔW = V − W₀ + alpha / r · (B·A)ᵀ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem, LowRankDelta, Scaling
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.kinds.tucker import require
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

WORDS, WIDTH, SAVED = "embedding_A", "embedding_B", "saved_embedding"


class EmbeddingKind:
    name = "lora"
    suffixes: Mapping[str, str] = {
        ".lora_embedding_A": WORDS,
        ".lora_embedding_B": WIDTH,
        ".base_layer.weight": SAVED,
    }

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        return bool({WORDS, WIDTH} & set(shapes)) and set(shapes) <= {WORDS, WIDTH, SAVED}

    def check(self, shapes: Mapping[str, Shape]) -> None:
        require(shapes, {WORDS, WIDTH})
        words, width = shapes[WORDS], shapes[WIDTH]
        if len(words) != 2 or len(width) != 2 or words[0] != width[1]:
            raise GroupProblem(
                say(
                    "factors {words} and {width} of an embedding do not fit together",
                    words=str(words),
                    width=str(width),
                )
            )
        if shapes.get(SAVED, (words[1], width[0])) != (words[1], width[0]):
            raise GroupProblem(
                say(
                    "an embedding of shape {shape} does not fit its factors",
                    shape=str(shapes[SAVED]),
                )
            )

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        return shapes[WORDS][0] if shapes.get(WORDS) else None

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        return shapes[WORDS][1], shapes[WIDTH][0]

    def delta(
        self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape
    ) -> LowRankDelta | ReplacedEmbedding:
        value = scaling.of_rank(tensors[WORDS].shape[0])
        added = LowRankDelta(tensors[WORDS].mT, tensors[WIDTH].mT, value)
        return ReplacedEmbedding(added, tensors[SAVED]) if SAVED in tensors else added


@dataclass(frozen=True)
class ReplacedEmbedding:
    added: LowRankDelta
    saved: torch.Tensor  # (words, width)
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        change = self.added.scaling * (wide(self.added.up, base) @ wide(self.added.down, base))
        return narrow(wide(self.saved, base) - wide(base, base) + change, base)
