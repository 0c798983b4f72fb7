"""A denoising step with merged adapters against the bare base, and with adapters beside it.

python -m tests.bench.steps [rounds]

The full-size UNet of Stable Diffusion 1.5 at 256×256 pixels. Steps with and without take turns.
"""

import math
import sys
from collections.abc import Callable

import torch
from diffusers import UNet2DConditionModel

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.unmerged.branches import UnmergedBranches
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.full_size import attention_keys, full_size_unet, random_adapter, renamed

ROUNDS = 8
BESIDE = (1, 5, 20)
_LATENT_EDGE = 32


class Steps:
    """One denoising step, with weights or branches changed outside of what is timed."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        self._unet = unet
        generator = torch.Generator().manual_seed(0)
        self._latents = torch.randn(1, 4, _LATENT_EDGE, _LATENT_EDGE, generator=generator)
        self._text = torch.randn(1, 77, 768, generator=generator)

    @torch.no_grad()
    def step(self, _: int) -> None:
        self._unet(self._latents, torch.tensor(500), self._text)


def merged_ratio(unet: UNet2DConditionModel, adapters: list[Adapter], rounds: int) -> float:
    merger = WeightMerger({"unet": unet})
    stack, pool = stack_of(adapters)

    def put(is_on: bool) -> None:
        merger.apply(stack if is_on else (), pool, CancelToken())

    ratio = least_ratio(Steps(unet), put, rounds)
    merger.restore()
    return ratio


def beside_ratio(unet: UNet2DConditionModel, adapters: list[Adapter], rounds: int) -> float:
    branches = UnmergedBranches({"unet": unet})
    stack, pool = stack_of(adapters)

    def put(is_on: bool) -> None:
        branches.apply(stack if is_on else (), pool, CancelToken())

    ratio = least_ratio(Steps(unet), put, rounds)
    branches.close()
    return ratio


def least_ratio(steps: Steps, put: Callable[[bool], None], rounds: int) -> float:
    """The fastest step with adapters over the fastest without: whatever else the machine does only
    ever adds."""
    least = {True: math.inf, False: math.inf}
    for i in range(2 * rounds):
        is_on = bool(i % 2)
        put(is_on)
        steps.step(0)  # the first one after a change finds the caches cold
        for _ in range(2):
            least[is_on] = min(least[is_on], *alternating_s([steps.step], 1))
    return least[True] / least[False]


def stack_of(adapters: list[Adapter]) -> tuple[list[AppliedAdapter], dict[str, Adapter]]:
    pool = {adapter.sha256: adapter for adapter in adapters}
    return [AppliedAdapter(sha, 0.7, 0.0) for sha in pool], pool


def measure(rounds: int = ROUNDS) -> list[Figure]:
    torch.set_num_threads(2)
    unet = full_size_unet()
    keys = attention_keys(unet)
    made = [random_adapter(unet, keys, i) for i in range(5)]
    figures = [
        Figure(
            "step_overhead",
            merged_ratio(unet, made, rounds),
            "×",
            1.02,
            what="a step with 5 merged adapters, against the bare base",
        )
    ]
    for count in BESIDE:
        many = [renamed(made[i % len(made)], i) for i in range(count)]
        ratio = beside_ratio(unet, many, max(2, rounds // 3))
        figures.append(
            Figure(f"step_beside {count}", ratio, "×", what="adapters beside the weights")
        )
    return figures


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("steps", figures)
    print_table("steps: SD 1.5 UNet at 256×256, rank 16 on 192 layers", figures)


if __name__ == "__main__":
    main()
