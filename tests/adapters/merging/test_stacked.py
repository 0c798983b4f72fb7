"""Coefficients of a stack are put in in one of two ways, which give the same bytes."""

import pytest
import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.merging.stacked import scaled_at_once, scaled_in_parts


@pytest.mark.parametrize("seed", range(4))
def test_coefficients_in_parts_round_as_all_at_once(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    ranks = [1, 4, 16, 3]
    up = torch.randn(67, sum(ranks), generator=generator)
    values = torch.randn(len(ranks), generator=generator, dtype=torch.float64) * 10.0 ** (seed - 2)
    deltas = [LowRankDelta(torch.empty(67, r), torch.empty(r, 5), 1.0) for r in ranks]
    parts = [(delta, float(value)) for delta, value in zip(deltas, values, strict=True)]
    at_once, in_parts = torch.empty_like(up), torch.empty_like(up)
    scaled_at_once(up, parts, at_once)
    scaled_in_parts(up, parts, in_parts)
    assert torch.equal(at_once.view(torch.int32), in_parts.view(torch.int32))
