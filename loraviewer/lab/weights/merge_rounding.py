"""What rounding to the dtype of a weight does to a change that is merged into it.

With the merger's own sum and rounding, that of fp8 with its noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.sums import write_sum
from loraviewer.adapters.merging.terms import Bound, Term
from loraviewer.lab.weights.changes import Change


@dataclass(frozen=True)
class MergeRounding:
    """`changed_share`: of the elements of the weight, which differ from W₀ after the merge.
    `error`: ‖(W − W₀) − S‖ / ‖S‖. `gain`: ⟨W − W₀, S⟩ / ‖S‖², how much of S is there at all: below
    1 where small changes are rounded away. The last two are None where S is zero."""

    dtype: torch.dtype
    changed_share: float
    error: float | None
    gain: float | None


def merge_rounding(
    base: torch.Tensor, change: Change, dtype: torch.dtype, name: str = ""
) -> MergeRounding:
    """base: W₀ (out, n); it is taken as it is stored in `dtype`. name: of the live weight, which
    seeds the noise of fp8."""
    stored = base.cpu().to(dtype).contiguous()
    merged = torch.empty_like(stored)
    exact = change.matrix()
    write_sum(merged, stored, _terms(exact), name, Scratch())
    moved = merged.double() - stored.double()
    changed = (merged.double() != stored.double()).double().mean().item() if moved.numel() else 0.0
    energy = exact.square().sum().item()
    if not energy:
        return MergeRounding(dtype, changed, None, None)
    error = (moved - exact).square().sum().div(energy).sqrt().item()
    return MergeRounding(dtype, changed, error, (moved * exact).sum().item() / energy)


def _terms(exact: torch.Tensor) -> Sequence[Term]:
    largest = exact.abs().max().item() if exact.numel() else 0.0
    return [Term(exact.float(), 1.0, Bound(largest))]
