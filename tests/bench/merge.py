"""Merging against diffusers, and against one copy of the touched weights, on a full-size UNet.

python -m tests.bench.merge [rounds]

Ratios within one run. Five adapters of rank 16 on the 192 attention linears and convolutions of a
random Stable Diffusion 1.5 UNet (267 M weights).
"""

import sys

import torch
from diffusers import UNet2DConditionModel

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.full_size import (
    attention_keys,
    full_size_unet,
    random_adapter,
    renamed,
)
from tests.peers import diffusers_cycle_s

ROUNDS = 9
DEEP = 100
_NAMES = {torch.float32: "float32", torch.bfloat16: "bfloat16"}


class Ours:
    """A stack of some adapters on the UNet; the first one's fader moves."""

    def __init__(
        self, unet: UNet2DConditionModel, keys: list[WeightKey], adapters: list[Adapter]
    ) -> None:
        self.merger = WeightMerger({"unet": unet})
        self.pool = {adapter.sha256: adapter for adapter in adapters}
        self.first = adapters[0].sha256
        self._live = [unet.get_parameter(name).detach() for _, name in keys]
        self._copies = [weight.clone() for weight in self._live]

    def tick(self, i: int) -> None:
        self.merger.apply(self._stack(i), self.pool, CancelToken(), held=self.first)

    def settle(self, i: int) -> None:
        self.merger.apply(self._stack(i), self.pool, CancelToken())

    def copy(self, _: int) -> None:
        for weight, source in zip(self._live, self._copies, strict=True):
            weight.copy_(source)

    def _stack(self, i: int) -> list[AppliedAdapter]:
        moved = 0.5 + 0.01 * i
        return [AppliedAdapter(sha, moved if sha == self.first else 0.7, 0.0) for sha in self.pool]


def measured(dtype: torch.dtype, unet: UNet2DConditionModel, rounds: int) -> list[Figure]:
    keys = attention_keys(unet)
    adapters = [random_adapter(unet, keys, i) for i in range(5)]
    ours = Ours(unet, keys, adapters)
    ours.settle(-1)
    extra = ours.merger.kept_bytes / ours.merger.touched_bytes
    ours.tick(-1)
    held = ours.merger.kept_bytes / ours.merger.touched_bytes
    tick_s, copy_s = alternating_s([ours.tick, ours.copy], rounds)
    ours.merger.heal()  # the copies overwrote the live weights behind its back
    settle_s = alternating_s([ours.settle], rounds)[0]
    ours.merger.restore()
    deep = Ours(unet, keys, [renamed(adapters[i % 5], i) for i in range(DEEP)])
    deep.tick(-1)  # another strength than any that is timed
    deep_s, _ = alternating_s([deep.tick, deep.copy], rounds)
    deep.merger.restore()
    del ours, deep, adapters
    peer_s = diffusers_cycle_s(_NAMES[dtype])
    return _figures(_NAMES[dtype], tick_s, copy_s, settle_s, deep_s / tick_s, peer_s, extra, held)


def _figures(
    dtype: str,
    tick_s: float,
    copy_s: float,
    settle_s: float,
    deep: float,
    peer_s: float,
    extra: float,
    held: float,
) -> list[Figure]:
    return [
        Figure(
            f"tick_vs_diffusers {dtype}", peer_s / tick_s, "×", 30, True, "a tick of one fader of 5"
        ),
        Figure(f"tick_vs_copy {dtype}", tick_s / copy_s, "×", 2.5, False, "against one copy"),
        Figure(
            f"settle_vs_diffusers {dtype}", peer_s / settle_s, "×", 12, True, "all 5, canonical"
        ),
        Figure(
            f"deep_tick {dtype}", deep, "×", 1.3, False, f"one fader of {DEEP}, against one of 5"
        ),
        Figure(f"memory_extra {dtype}", extra, "×", 1.05, False, "kept at rest, over touched"),
        Figure(f"memory_held {dtype}", held, "×", None, False, "while a fader is held"),
        Figure(f"tick {dtype}", tick_s * 1e3, "ms"),
        Figure(f"settle {dtype}", settle_s * 1e3, "ms"),
        Figure(f"copy {dtype}", copy_s * 1e3, "ms"),
        Figure(
            f"diffusers {dtype}", peer_s * 1e3, "ms", what="unfuse_lora + set_adapters + fuse_lora"
        ),
    ]


def measure(rounds: int = ROUNDS) -> list[Figure]:
    torch.set_num_threads(2)
    figures = []
    for dtype in (torch.float32, torch.bfloat16):
        figures += measured(dtype, full_size_unet(dtype), rounds)
    return figures


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("merge", figures)
    print_table("merge: SD 1.5 UNet, 192 weights of 267 M, five adapters of rank 16", figures)


if __name__ == "__main__":
    main()
