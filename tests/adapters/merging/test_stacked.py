"""Factors and coefficients of a stack are put together in one of two ways, which give the same
bytes; a card is told of one of them in few words."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.stacked import (
    Stacked,
    scaled_at_once,
    scaled_in_parts,
    stacked_jointly,
    stacked_singly,
)


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


class Told(TorchDispatchMode):
    """Counts the pieces of work that a card would be told of."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.name() in ("aten::copy_", "aten::cat", "aten::mul.out")
        return func(*args, **(kwargs or {}))


def factors(dtypes: list[torch.dtype], seed: int) -> list[tuple[LowRankDelta, float]]:
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for i, dtype in enumerate(dtypes):
        rank = 1 + 5 * i
        up, down = (
            torch.randn(33, rank, generator=generator),
            torch.randn(rank, 21, generator=generator),
        )
        scale = float(10 ** torch.randn((), generator=generator, dtype=torch.float64))
        parts.append((LowRankDelta(up.to(dtype), down.to(dtype), 1.0), scale))
    return parts


HALF, BRAIN, WHOLE = torch.float16, torch.bfloat16, torch.float32


@pytest.mark.parametrize(
    "dtypes",
    [
        [HALF],
        [HALF] * 5,
        [BRAIN, BRAIN],
        [WHOLE, WHOLE],
        [HALF, BRAIN, WHOLE],
        [BRAIN, HALF],
        [HALF, torch.float8_e4m3fn],
        [HALF, torch.float64],
    ],
)
def test_joined_factors_are_those_that_were_copied_one_by_one(dtypes) -> None:
    for seed in range(3):
        parts = factors(dtypes, seed)
        singly, jointly = stacked_singly(parts, Scratch()), stacked_jointly(parts, Scratch())
        for name in ("up", "down"):
            one, other = getattr(singly, name), getattr(jointly, name)
            assert one.dtype == other.dtype == torch.float32
            assert torch.equal(one.view(torch.int32), other.view(torch.int32))
        rows, columns = torch.arange(33) % 21, torch.arange(33) % 7
        assert torch.equal(singly.elements(rows, columns), jointly.elements(rows, columns))


def test_joined_factors_are_copies_that_may_be_used_again() -> None:
    parts = factors([WHOLE], 0)
    made = stacked_jointly(parts, Scratch())
    assert made.up.data_ptr() != parts[0][0].up.data_ptr()
    assert made.down.data_ptr() != parts[0][0].down.data_ptr()
    assert Stacked.of([], Scratch()) is None


def test_what_a_card_is_told_does_not_grow_with_the_adapters() -> None:
    counts = []
    for adapters in (2, 10):
        with Told() as told:
            stacked_jointly(factors([HALF] * adapters, 0), Scratch())
        counts.append(told.count)
    assert counts[0] == counts[1] <= 5
