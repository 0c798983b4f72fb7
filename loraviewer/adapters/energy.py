"""‖ΔW‖²_F of changes that do not depend on the base, in float64 and without forming products."""

import torch

from loraviewer.adapters.kinds.base import Delta, LowRankDelta
from loraviewer.adapters.kinds.full import Difference
from loraviewer.adapters.kinds.loha import HadamardDelta
from loraviewer.adapters.kinds.lokr import KroneckerDelta

_MOST_ELEMENTS = 1 << 25
"""A Hadamard product has to be formed; larger ones are no weights of any known base."""


def energy(delta: Delta) -> float | None:
    """None where ΔW depends on W₀, or is too large to be formed."""
    if isinstance(delta, LowRankDelta):
        # ‖UD‖² = ⟨UᵀU, DDᵀ⟩
        up, down = delta.up.double(), delta.down.double()
        return delta.scaling**2 * ((up.T @ up) * (down @ down.T)).sum().item()
    if isinstance(delta, KroneckerDelta):
        # ‖A ⊗ B‖ = ‖A‖·‖B‖
        first, second = delta.sides()
        return (delta.scaling * first.norm() * second.norm()).square().item()
    if isinstance(delta, HadamardDelta) and delta.elements() <= _MOST_ELEMENTS:
        return delta.dense(torch.empty(0)).double().square().sum().item()
    if isinstance(delta, Difference):
        return delta.value.double().square().sum().item()
    return None
