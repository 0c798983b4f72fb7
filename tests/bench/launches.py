"""How many pieces of work a merge tells a card of, counted on the CPU, and what telling it takes.

python -m tests.bench.launches

Of ten adapters of rank 16 on the attention and feed-forward weights of SDXL in float16, whose
shapes come from its bundled configuration. What a card then does is estimated and not measured:
`LAUNCH_US` for each piece of work. The processor's own part is measured here, on as many tiny
weights.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import torch
from diffusers import UNet2DConditionModel
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging import stacked, sums
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.resources import family_config
from loraviewer.core.stack import AppliedAdapter
from tests.bench.figures import Figure, keep, print_table
from tests.full_size import ATTENTION_ENDINGS

LAUNCH_US = 5.0
"""Of a processor, to tell a card of one piece of work: a usual figure, and none of ours."""
TICK_MS, SETTLE_MS = 16.0, 60.0
_ADAPTERS, _RANK, _ROUNDS = 10, 16, 9
_ONE_BLOCK, _THREE_BLOCKS = (64, 64), (3 * 1024, 2048)
_NO_WORK = frozenset(
    {
        *("aten::view", "aten::slice.Tensor", "aten::detach", "aten::alias", "aten::view.dtype"),
        *("aten::empty.memory_format", "aten::empty_like", "aten::lift_fresh", "aten::unsqueeze"),
    }
)
"""What only looks at memory in another way, takes some, or stays on the processor."""


class Told(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.name() not in _NO_WORK
        return func(*args, **(kwargs or {}))


class Stack:
    """Ten adapters on so many weights of one shape; the first one's fader moves."""

    def __init__(self, weights: int, shape: tuple[int, int]) -> None:
        out, n = shape
        network = nn.ModuleList(nn.Linear(n, out, bias=False) for _ in range(weights))
        network = network.to(torch.float16).requires_grad_(False)
        for weight in network.parameters():
            weight.normal_(std=0.02)
        names = [name for name, _ in network.named_parameters()]
        made = [_adapter(names, shape, number) for number in range(_ADAPTERS)]
        self._adapters = {adapter.sha256: adapter for adapter in made}
        self._merger = WeightMerger({"unet": network})
        self.weights = weights
        self.settle(0.4)

    def settle(self, scale: float) -> None:
        self._merger.apply(self._applied(scale), self._adapters, CancelToken())

    def tick(self, scale: float) -> None:
        held = next(iter(self._adapters))
        self._merger.apply(self._applied(scale), self._adapters, CancelToken(), held=held)

    def _applied(self, scale: float) -> list[AppliedAdapter]:
        first = next(iter(self._adapters))
        return [AppliedAdapter(s, scale if s == first else 0.7, 0.0) for s in self._adapters]


def _adapter(names: list[str], shape: tuple[int, int], number: int) -> Adapter:
    generator = torch.Generator().manual_seed(number)
    up = torch.randn(shape[0], _RANK, generator=generator).half()
    down = torch.randn(_RANK, shape[1], generator=generator).half()
    delta = LowRankDelta(up, down, 0.003 / (shape[1] * _RANK) ** 0.5)
    weights = {("unet", name): delta for name in names}
    return Adapter(f"{number:064x}", f"random {number}", "", weights)


def sdxl_blocks() -> list[int]:
    """Of each weight that most adapters of SDXL change, the blocks that its sum is made in."""
    path = family_config("sdxl") / "unet" / "config.json"
    with torch.device("meta"):
        made: Any = UNet2DConditionModel.from_config(json.loads(path.read_text("utf-8")))
    return [
        len(sums._blocks(sums.as_matrix(module.weight)))
        for path, module in made.named_modules()
        if path.endswith(ATTENTION_ENDINGS) and isinstance(module, nn.Linear | nn.Conv2d)
    ]


def told(work: Callable[[float], None]) -> int:
    with Told() as counted:
        work(0.5)
    return counted.count


def measure() -> Iterator[Figure]:
    blocks = sdxl_blocks()
    yield Figure("weights sdxl", len(blocks), "", what=f"in {sum(blocks)} blocks")
    for way, wanted in (("one by one", None), ("jointly", SETTLE_MS)):
        makes = stacked.stacked_jointly if wanted else stacked.stacked_singly
        with (
            mock.patch.object(stacked, "stacked_singly", makes),
            mock.patch.object(stacked, "scaled_at_once", stacked.scaled_in_parts),
        ):
            one, three = (told(Stack(1, shape).settle) for shape in (_ONE_BLOCK, _THREE_BLOCKS))
            of_block = (three - one) / 2
            count = sum(one + of_block * (number - 1) for number in blocks)
            yield Figure(f"settle launches, {way}", count, "", what=f"{one} where it is one block")
            told_ms = count * LAUNCH_US / 1e3
            yield Figure(f"settle told, {way}", told_ms, "ms", wanted, what="estimated")
            settle_ms = _least_ms(Stack(len(blocks), (16, 16)).settle)
            yield Figure(f"settle processor, {way}", settle_ms, "ms", what="measured, tiny weights")
    stack = Stack(1, _ONE_BLOCK)
    stack.tick(0.45)
    each = told(stack.tick)
    told_ms = each * len(blocks) * LAUNCH_US / 1e3
    yield Figure("tick launches", each * len(blocks), "", what=f"{each} for a weight")
    yield Figure("tick told", told_ms, "ms", TICK_MS, what="estimated")
    many = Stack(len(blocks), (16, 16))
    many.tick(0.45)
    yield Figure("tick processor", _least_ms(many.tick), "ms", what="measured, tiny weights")


def _least_ms(work: Callable[[float], None]) -> float:
    spent = []
    for i in range(_ROUNDS):
        started = time.perf_counter()
        work(0.5 + 0.01 * i)
        spent.append(1e3 * (time.perf_counter() - started))
    return min(spent)


if __name__ == "__main__":
    torch.set_num_threads(1)
    figures = list(measure())
    keep("launches", figures)
    print_table("launches", figures)
