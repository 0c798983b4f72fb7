"""Spectra of a deep stack on a full-size UNet, and what one weight costs on request.

python -m tests.bench.spectra [rounds]

Ten adapters of rank 16 on the 192 attention linears and convolutions of a random Stable Diffusion
1.5 UNet (267 M weights). σ₁(W₀) is measured once for a base, and kept.
"""

import itertools
import sys
import time
from collections.abc import Callable

import torch
from diffusers import UNet2DConditionModel

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.changes import Change, changes_at, joined
from loraviewer.lab.weights.intruders import Base, intruders
from loraviewer.lab.weights.leverage import leverage
from loraviewer.lab.weights.merge_rounding import merge_rounding
from loraviewer.lab.weights.module_report import measured_modules
from loraviewer.lab.weights.overlap import amplification, overlap
from loraviewer.lab.weights.report import MeasuredStack
from loraviewer.lab.weights.singular import directions, singular_values
from loraviewer.lab.weights.spectra import spectra_of_stack
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.full_size import attention_keys, full_size_unet, random_adapter

ROUNDS = 2
DEEP = 10
_SQUARE = ("unet", "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight")
"""1280²."""


class Stacked:
    def __init__(self, unet: UNet2DConditionModel) -> None:
        self._unet = unet
        keys = attention_keys(unet)
        adapters = [random_adapter(unet, keys, i) for i in range(DEEP)]
        self.pool: dict[str, Adapter] = {adapter.sha256: adapter for adapter in adapters}
        self.applied = [AppliedAdapter(sha256, 0.7, 0.0) for sha256 in self.pool]

    @property
    def shapes(self) -> dict[WeightKey, tuple[int, ...]]:
        return {("unet", name): tuple(p.shape) for name, p in self._unet.named_parameters()}

    def base(self, key: WeightKey) -> torch.Tensor:
        weight = self._unet.get_parameter(key[1]).detach()
        return weight.reshape(len(weight), -1).float()

    def changes(self, key: WeightKey) -> list[Change]:
        found = changes_at(key, tuple((sha256, 0.7) for sha256 in self.pool), self.pool, self.base)
        return [change for change in found if change is not None]


def first_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(rounds: int = ROUNDS) -> list[Figure]:
    torch.set_num_threads(2)
    ours, known, slowest = Stacked(full_size_unet()), {}, _Slowest()
    whole_s = first_s(lambda: list(spectra_of_stack(ours.applied, ours.pool, ours.base, known)))

    def again(_: int) -> None:
        slowest.restart()
        list(spectra_of_stack(ours.applied, ours.pool, ours.base, known, on_progress=slowest))

    again_s = alternating_s([again], rounds)[0]
    return [
        Figure("spectra_of_10", again_s, "s", 20, False, "of each of 10 and of their sum"),
        Figure("spectra_of_10 first", whole_s, "s", what="with σ₁ of 192 base weights"),
        Figure(
            "spectra_wait", slowest.longest_s * 1e3, "ms", what="longest between two progresses"
        ),
        Figure("modules_of_10", _modules_s(ours), "s", what="lab weights --modules, all of it"),
        *_on_request(ours, rounds),
    ]


def _modules_s(ours: Stacked) -> float:
    """With all that the table of modules needs of the base."""
    stack = MeasuredStack.of(ours.applied, ours.pool, ours.base, ours.shapes)
    return first_s(lambda: measured_modules(stack))


class _Slowest:
    """The longest time between two progresses."""

    def __init__(self) -> None:
        self._last, self.longest_s = 0.0, 0.0

    def restart(self) -> None:
        self._last = time.perf_counter()

    def __call__(self, share: float) -> None:
        now = time.perf_counter()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now


def _on_request(ours: Stacked, rounds: int) -> list[Figure]:
    """Of one weight of 1280²."""
    weight, changes = ours.base(_SQUARE), ours.changes(_SQUARE)
    total = joined(changes, [0.7] * DEEP)
    each, stack, values = (
        [directions(c) for c in changes],
        directions(total),
        singular_values(total),
    )
    base = Base.of(weight)
    works: dict[str, Callable[[int], object]] = {
        "directions": lambda _: directions(total),
        "overlap of 45 pairs": lambda _: [
            overlap(a, b) for a, b in itertools.combinations(each, 2)
        ],
        "amplification": lambda _: amplification(stack, weight),
        "leverage": lambda _: leverage(total, values),
        "decomposed W0": lambda _: Base.of(weight),
        "intruders": lambda _: intruders(base, total, values, tuple(each)),
        "rounding bfloat16": lambda _: merge_rounding(weight, total, torch.bfloat16),
    }
    spent = alternating_s(list(works.values()), rounds)
    return [Figure(f"1280² {name}", s * 1e3, "ms") for name, s in zip(works, spent, strict=True)]


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("spectra", figures)
    print_table("spectra: SD 1.5 UNet, 192 weights of 267 M, ten adapters of rank 16", figures)


if __name__ == "__main__":
    main()
