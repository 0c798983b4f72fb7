"""What adapters beside the weights cost, on the demo's UNet: each step, and each tick of a fader.

python -m tests.bench.unmerged [rounds]
"""

import sys
from dataclasses import dataclass

import torch
from diffusers import UNet2DConditionModel

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.unmerged.branches import UnmergedBranches
from loraviewer.core.cancel import CancelToken
from loraviewer.core.resources import demo_checkpoint
from loraviewer.core.stack import AppliedAdapter
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.full_size import attention_keys, random_adapter, renamed

ROUNDS = 30
COUNTS = (1, 5, 20)
_MADE = 5


@dataclass(frozen=True)
class Costs:
    """Least seconds; `merged_tick_s` is of a settled merge, without a held fader."""

    step_s: float
    merged_step_s: float
    tick_s: float
    merged_tick_s: float


class Bench:
    """The same UNet twice: merged into, and with branches. Both hold the same stack."""

    def __init__(self, adapters: list[Adapter]) -> None:
        self._pool = {adapter.sha256: adapter for adapter in adapters}
        self._beside_unet, self._merged_unet = demo_unet(), demo_unet()
        self._branches = UnmergedBranches({"unet": self._beside_unet})
        self._merger = WeightMerger({"unet": self._merged_unet})
        config, generator = self._merged_unet.config, torch.Generator().manual_seed(0)
        edge, width = config["sample_size"], config["cross_attention_dim"]
        # Two pictures a step: with the prompt and without, as guidance needs them.
        self._latents = torch.randn(2, config["in_channels"], edge, edge, generator=generator)
        self._text = torch.randn(2, 16, width, generator=generator)
        self.tick(0)
        self.merged_tick(0)

    def costs(self, rounds: int) -> Costs:
        works = [self.step, self.merged_step, self.tick, self.merged_tick]
        return Costs(*alternating_s(works, rounds))

    def step(self, _: int) -> None:
        self._step(self._beside_unet)

    def merged_step(self, _: int) -> None:
        self._step(self._merged_unet)

    def tick(self, i: int) -> None:
        self._branches.apply(self._stack(i), self._pool, CancelToken())

    def merged_tick(self, i: int) -> None:
        self._merger.apply(self._stack(i), self._pool, CancelToken())

    @torch.no_grad()
    def _step(self, unet: UNet2DConditionModel) -> None:
        unet(self._latents, torch.tensor(500), self._text)

    def _stack(self, i: int) -> list[AppliedAdapter]:
        first = next(iter(self._pool))
        moved = 0.5 + 0.01 * i
        return [AppliedAdapter(sha, moved if sha == first else 0.7, 0.0) for sha in self._pool]


def demo_unet() -> UNet2DConditionModel:
    unet = UNet2DConditionModel.from_pretrained(demo_checkpoint() / "unet", local_files_only=True)
    return unet.eval().requires_grad_(False)


def measure(rounds: int = ROUNDS) -> list[Figure]:
    torch.set_num_threads(2)
    unet = demo_unet()
    keys = attention_keys(unet)
    made = [random_adapter(unet, keys, i) for i in range(_MADE)]
    figures = []
    for count in COUNTS:
        costs = Bench([renamed(made[i % _MADE], i) for i in range(count)]).costs(rounds)
        adapters = f"{count} adapter{'s' if count > 1 else ''}"
        figures += [
            Figure(
                f"demo_step_beside {count}",
                costs.step_s / costs.merged_step_s,
                "×",
                what=f"a step with {adapters} beside the weights, against merged",
            ),
            Figure(
                f"demo_tick_beside {count}",
                costs.tick_s * 1e3,
                "ms",
                what=f"a moved fader of {adapters}; merged: {costs.merged_tick_s * 1e3:.2f} ms",
            ),
        ]
    return figures


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("unmerged", figures)
    print_table("beside the weights: the demo's UNet, rank 16 on its attention", figures)


if __name__ == "__main__":
    main()
