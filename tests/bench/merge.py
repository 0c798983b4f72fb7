"""Milliseconds of one slider tick, against one copy of the touched weights. Run by hand:

python -m tests.bench.merge [threads]
"""

import statistics
import sys
import time
from collections.abc import Callable

import torch
from diffusers import UNet2DConditionModel
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter

ROUNDS = 30


def small_unet() -> UNet2DConditionModel:
    """About the size of the bundled demo's network."""
    return UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=128,
        attention_head_dim=4,
    )


def random_adapter(unet: nn.Module, name: str, rank: int, attention_only: bool) -> Adapter:
    modules = {}
    for path, module in unet.named_modules():
        is_wanted = "attn" in path or not attention_only
        if isinstance(module, nn.Linear | nn.Conv2d) and is_wanted:
            out, n = module.weight.shape[0], module.weight[0].numel()
            modules["unet", path] = LowRankDelta(
                torch.randn(out, rank) * 0.01, torch.randn(rank, n) * 0.01, 1.0
            )
    return Adapter(name * 64, name, "", modules)


def median_ms(work: Callable[[int], object]) -> float:
    times = []
    for i in range(ROUNDS):
        started = time.perf_counter()
        work(i)
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def measure(dtype: torch.dtype, attention_only: bool) -> None:
    unet = nn.Module.to(small_unet(), dtype)
    first, second = (random_adapter(unet, name, 8, attention_only) for name in "ab")
    pool = {a.sha256: a for a in (first, second)}
    merger = WeightMerger({"unet": unet})

    def tick(i: int) -> None:
        stack = [AppliedAdapter(first.sha256, 0.5 + i / 100, 0.0)]
        merger.apply([*stack, AppliedAdapter(second.sha256, 1.0, 0.0)], pool, CancelToken())

    tick(-1)
    live = [unet.get_parameter(name) for _, name in first.weights]
    copies = [weight.detach().clone() for weight in live]

    def copy(_: int) -> None:
        for weight, source in zip(live, copies, strict=True):
            weight.detach().copy_(source)

    tick_ms, copy_ms = median_ms(tick), median_ms(copy)
    merger.apply((), {}, CancelToken())
    what = "attention" if attention_only else "all layers"
    print(
        f"{dtype!s:15} {what:10} {len(live):4} modules {merger_size(live):6.1f} M weights: "
        f"tick {tick_ms:6.2f} ms, copy {copy_ms:6.2f} ms, ratio {tick_ms / copy_ms:5.2f}"
    )


def merger_size(weights: list[nn.Parameter]) -> float:
    return sum(w.numel() for w in weights) / 1e6


def main() -> None:
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        for attention_only in (True, False):
            measure(dtype, attention_only)


if __name__ == "__main__":
    main()
