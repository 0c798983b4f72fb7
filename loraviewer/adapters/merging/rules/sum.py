"""W₀ + Σ sᵢ·ΔWᵢ: what LoRA stacks are everywhere."""

from collections.abc import Sequence

from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.terms import Term


class Sum:
    def combined(self, parts: Parts) -> Sequence[Term]:
        return parts.terms
