"""Live numbers of the weights: one tick for a deep stack, and the first time an adapter is met.

python -m tests.bench.gram [rounds]

Random adapters of rank 16 on the 192 attention weights of Stable Diffusion 1.5 in full size, and
on the 700 and more of SDXL; networks of shapes alone, no weights.
"""

import sys

import torch
from diffusers import UNet2DConditionModel

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.geometry import StackGeometry
from loraviewer.lab.weights.gram import GramCache, applied_strengths, measure_stack
from loraviewer.lab.weights.live import stack_numbers
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.full_size import attention_keys, random_adapter

ROUNDS = 9
COUNT = 10


def sd15() -> UNet2DConditionModel:
    with torch.device("meta"):
        return UNet2DConditionModel(
            sample_size=64, cross_attention_dim=768, attention_head_dim=8, layers_per_block=2
        )


def sdxl() -> UNet2DConditionModel:
    sizes = {
        "sample_size": 128,
        "block_out_channels": (320, 640, 1280),
        "down_block_types": ("DownBlock2D", *["CrossAttnDownBlock2D"] * 2),
        "up_block_types": (*["CrossAttnUpBlock2D"] * 2, "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
    }
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(sizes)
    assert isinstance(unet, UNet2DConditionModel)
    return unet


class Stack:
    """Adapters on shapes; each is known once, all later stacks of them cost no products."""

    def __init__(self, unet: UNet2DConditionModel, count: int) -> None:
        keys = attention_keys(unet)
        self.adapters = [random_adapter(unet, keys, i) for i in range(count)]
        self._widths = {key: unet.get_parameter(key[1]).shape for key in keys}
        self._cache = GramCache()
        self.measure(self.adapters[: count - 1], self._cache)

    def meet(self, _: int) -> None:
        """The last adapter meets all others for the first time."""
        cache = GramCache()
        known = self._cache
        for first in self.adapters[:-1]:
            for second in self.adapters[:-1]:
                pair = (first.sha256, second.sha256)
                if (products := known.pair("", pair)) is not None:
                    cache.keep("", pair, dict(products))
        cache.base("").update(known.base(""))
        self.geometry = self.measure(self.adapters, cache)

    def tick(self, i: int) -> None:
        applied = [
            AppliedAdapter(a.sha256, 0.7 + 0.01 * i * (a is self.adapters[0]), 0.7)
            for a in self.adapters
        ]
        numbers = stack_numbers(self.geometry, applied_strengths(self.geometry, applied))
        for energies in (numbers.weights, numbers.blocks, numbers.components, numbers.whole):
            _ = energies.relative, energies.share, energies.leave_one_out, energies.coherence

    def measure(self, adapters: list[Adapter], cache: GramCache) -> StackGeometry:
        return measure_stack(adapters, self._base, "", cache)

    def _base(self, key: WeightKey) -> torch.Tensor:
        shape = self._widths[key]
        return torch.ones(shape[0], shape[1:].numel())


def measured(name: str, unet: UNet2DConditionModel, most_ms: float, rounds: int) -> list[Figure]:
    stack = Stack(unet, COUNT)
    meet_s = alternating_s([stack.meet], max(1, rounds // 4))[0]
    tick_s = alternating_s([stack.tick], 10 * rounds)[0]
    modules = len(stack.geometry.weights)
    what = f"all live numbers, {COUNT} adapters, {modules} weights"
    return [
        Figure(f"tick {name}", tick_s * 1e3, "ms", most_ms, False, what),
        Figure(f"first gram {name}", meet_s * 1e3, "ms", what=f"one adapter meets {COUNT - 1}"),
    ]


def measure(rounds: int = ROUNDS) -> list[Figure]:
    torch.set_num_threads(1)  # products so small only wait for each other
    return [*measured("SD 1.5", sd15(), 4, rounds), *measured("SDXL", sdxl(), 10, rounds)]


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("gram", figures)
    print_table("gram: the weights of a stack, rank 16", figures)


if __name__ == "__main__":
    main()
