"""Lengths and angles that can be reckoned in one's head, where the window is tested.

Every adapter has length 1 at strength 1 in each of four weights, of which the text encoder's has
none where `text` is False; any two have the cosine `cosine`; every ‖W₀‖ is 10.
"""

import math
from collections.abc import Sequence

from loraviewer.core.blocks import BlockScales, block_of, factor_of
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import (
    Angles,
    BlockName,
    Meeting,
    Place,
    RowEnergies,
    StackEnergies,
    WeightName,
    WeightNorms,
)

WEIGHTS: tuple[WeightName, ...] = (
    ("text_encoder", "text_model.encoder.layers.0.self_attn.q_proj.weight"),
    ("unet", "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight"),
    ("unet", "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight"),
    ("unet", "up_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight"),
)
BASE = 10.0


class FakeWeights:
    """Implements `core.weight_numbers.LiveWeights`."""

    def __init__(
        self, adapters: Sequence[str], base_identity: str, cosine: float = 0.5, text: bool = True
    ) -> None:
        self._adapters = frozenset(adapters)
        self._identity = base_identity
        self._cosine = cosine
        self._weights = WEIGHTS if text else WEIGHTS[1:]
        self.ticks = 0

    @property
    def base_identity(self) -> str:
        return self._identity

    @property
    def adapters(self) -> frozenset[str]:
        return self._adapters

    @property
    def blocks(self) -> tuple[BlockName, ...]:
        return tuple(self.block_of(weight) for weight in self._weights)

    @property
    def weights(self) -> tuple[WeightName, ...]:
        return self._weights

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        return ((8, 8),) * len(self._weights)

    def block_of(self, weight: WeightName) -> BlockName:
        return weight[0], block_of(*weight)

    def energies(self, rows: Sequence[AppliedAdapter]) -> StackEnergies:
        self.ticks += 1
        at = [[self._strength(weight, row) for row in rows] for weight in self._weights]
        stack = [self._energy(strengths) for strengths in at]
        whole = sum(stack)
        own = [math.sqrt(sum(s[i] ** 2 for s in at)) for i in range(len(rows))]
        told = tuple(self._row(at, i, own[i], whole) for i in range(len(rows)))
        base = BASE * math.sqrt(len(self._weights)) if rows else 0.0
        incoherent = math.sqrt(sum(norm**2 for norm in own))
        norm = math.sqrt(whole)
        return StackEnergies(
            told,
            norm,
            base,
            norm / base if base else None,
            norm / math.sqrt(len(self._weights)) if rows else None,
            norm / incoherent if incoherent else None,
            tuple(map(math.sqrt, stack)),
            tuple(math.sqrt(one) / BASE for one in stack),
        )

    def weight_norms(self, rows: Sequence[AppliedAdapter]) -> WeightNorms:
        at = [[self._strength(weight, row) for row in rows] for weight in self._weights]
        return WeightNorms(
            tuple(math.sqrt(self._energy(one)) for one in at),
            tuple(tuple(abs(one[i]) for one in at) for i in range(len(rows))),
            (BASE,) * len(self._weights),
        )

    def angles(self, adapters: Sequence[str], place: Place) -> Angles:
        each = range(len(adapters))
        cosine = [[1.0 if adapters[i] == adapters[j] else self._cosine for j in each] for i in each]
        return Angles(tuple(map(tuple, cosine)), tuple((0.01,) * len(adapters) for _ in each))

    def norms_at_one(self, sha256: str, block_scales: BlockScales = ()) -> tuple[float, float]:
        assert sha256 in self._adapters
        factors = [(key, factor_of(block_scales, block_of(*key))) for key in self._weights]
        text = sum(factor**2 for key, factor in factors if key[0] == "text_encoder")
        return math.sqrt(sum(f**2 for _, f in factors) - text), math.sqrt(text)

    def meetings(self, rows: Sequence[AppliedAdapter]) -> tuple[Meeting, ...]:
        found: list[Meeting] = []
        for i in range(len(rows)):
            for j in range(i + 1, len(rows)):
                for weight in self._weights:
                    product = self._strength(weight, rows[i]) * self._strength(weight, rows[j])
                    cosine = math.copysign(self._cosine, product * self._cosine)
                    shared = 2 * product * self._cosine
                    found.append(Meeting(i, j, weight, cosine, 0.01, shared))
        return tuple(sorted(found, key=lambda one: -abs(one.shared)))

    def _strength(self, weight: WeightName, row: AppliedAdapter) -> float:
        if row.sha256 not in self._adapters:
            raise KeyError(row.sha256)
        scale = row.text_scale if weight[0] == "text_encoder" else row.scale
        return scale * factor_of(row.block_scales, block_of(*weight))

    def _energy(self, strengths: Sequence[float]) -> float:
        """sᵀGs with ones on the diagonal and the cosine beside it."""
        own = sum(s * s for s in strengths)
        return (1 - self._cosine) * own + self._cosine * sum(strengths) ** 2

    def _row(self, at: list[list[float]], i: int, own: float, whole: float) -> RowEnergies:
        part = sum(s[i] * (s[i] + self._cosine * (sum(s) - s[i])) for s in at)
        out = 2 * part - own**2
        return RowEnergies(
            own,
            own / (BASE * math.sqrt(len(at))),
            part / whole if whole else None,
            out / whole if whole else None,
            tuple(abs(s[i]) for s in at),
            tuple(abs(s[i]) / BASE for s in at),
        )
