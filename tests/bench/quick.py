"""What bfloat16 gains on this processor, and what a second process does: pairs in one run.

python -m tests.bench.quick [rounds] [part ...]

Parts: `demo`, `step`, `render`, `workers`, `settle`. Each figure is the middle of the ratios of
pairs that follow each other, since a machine with other work slows both of a pair down. Whether a
processor gains at all depends on more than its flags: the first line tells what it is.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.precision_speed import this_machine
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import DEMO, demo_adapters
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.compiling.compiler import Compiler
from loraviewer.engine.precision_speed import precision_speed
from loraviewer.engine.studio_engine import StudioEngine
from tests.bench.figures import Figure, keep, print_table
from tests.bench.merge import Ours
from tests.bench.pictures import stack
from tests.bench.steps import Steps
from tests.full_size import attention_keys, full_size_unet, random_adapter
from tests.listeners import silent
from tests.peers import diffusers_cycle_s

ROUNDS = 6
DRAFT_STEPS, STEPS = 4, 10
PICTURES = 200
PLAIN, QUICK = "float32", "bfloat16"
_PROMPT = "a girl in a meadow"


class DemoDrag:
    """A fader of the demo in one precision, as the engine sees it."""

    def __init__(self, dtype: str, compiler: Compiler | None = None) -> None:
        self.engine = StudioEngine("cpu", dtype, compiler=compiler)
        self._is_compiled = compiler is not None
        self.engine.load_checkpoint(DEMO, CancelToken(), silent)
        self._stack = stack()
        self._grasped: tuple[AppliedAdapter, ...] = ()

    def draft(self, scale: float) -> Rendered:
        return self._picture(scale, is_draft=True)

    def settled(self, scale: float) -> Rendered:
        made = self._picture(scale, is_draft=False)
        self._grasped = made.request.adapters
        return made

    def _picture(self, scale: float, *, is_draft: bool) -> Rendered:
        first, *others = self._stack
        moved = AppliedAdapter(first.sha256, scale, scale, first.name, first.path)
        request = GenerationRequest(
            checkpoint=CheckpointRef(DEMO),
            adapters=tuple(sorted([moved, *others])),
            sampling=Sampling(prompt=_PROMPT, steps=DRAFT_STEPS if is_draft else STEPS),
            is_draft=is_draft,
            held=first.sha256 if is_draft else "",
            grasped=self._grasped if is_draft else (),
            is_compiled=self._is_compiled,
        )
        return self.engine.render(request, CancelToken(), lambda _: None)


def demo(rounds: int) -> Iterator[Figure]:
    """Merge, prompts, steps and decoding; the window's own part is the same in both."""
    arms = [DemoDrag(PLAIN), DemoDrag(QUICK)]
    pairs = list(drags(arms, rounds + 1))[1:]  # the first makes what all others use
    drafts = [quicker(*(d for d, _ in pair)) for pair in pairs]
    settled = [quicker(*(s for _, s in pair)) for pair in pairs]
    levels = [difference(*(s for _, s in pair)) for pair in pairs]
    gain = "in float32, over bfloat16"
    yield Figure("quick_draft", _middle(drafts), "×", 1.35, True, f"demo drag → draft {gain}")
    words = f"demo release → settled {gain}"
    yield Figure("quick_settled", _middle(settled), "×", 1.35, True, words)
    mean, largest = _middle([m for m, _ in levels]), max(most for _, most in levels)
    yield Figure("quick_levels", mean, "levels", what="mean difference of settled pictures")
    yield Figure("quick_levels_most", largest, "levels", what="the largest of them")


def drags(arms: list[DemoDrag], rounds: int) -> Iterator[list[tuple[Rendered, Rendered]]]:
    for i in range(rounds):
        scale = 0.3 + 0.05 * i
        drafts = [arm.draft(scale) for arm in arms]
        settled = [arm.settled(scale) for arm in arms]
        yield list(zip(drafts, settled, strict=True))


def quicker(plain: Rendered, quick: Rendered) -> float:
    """So many times."""
    return plain.timings.total_ms / quick.timings.total_ms


def difference(one: Rendered, other: Rendered) -> tuple[float, float]:
    """Mean and largest, in levels of 255."""
    levels = [np.frombuffer(r.picture.rgb, np.uint8).astype(np.int16) for r in (one, other)]
    apart = np.abs(levels[0] - levels[1])
    return float(apart.mean()), float(apart.max())


def step(rounds: int) -> Iterator[Figure]:
    """One step of a Stable Diffusion 1.5 of full size at 256×256, with random weights."""
    plain = Steps(full_size_unet())
    quick = QuickSteps(full_size_unet(torch.bfloat16))
    ratio = _middle(_pairs(lambda: plain.step(0), lambda: quick.step(0), rounds))
    what = "an SD 1.5-size step in float32, over bfloat16"
    yield Figure("quick_step", ratio, "×", 1.5, True, what)


class QuickSteps(Steps):
    def __init__(self, unet: UNet2DConditionModel) -> None:
        super().__init__(unet)
        self._latents, self._text = self._latents.bfloat16(), self._text.bfloat16()


def render(rounds: int) -> Iterator[Figure]:
    """The whole command, from the start of Python to its end."""
    with tempfile.TemporaryDirectory() as name:
        plain, quick = (_rendering(dtype, Path(name)) for dtype in (PLAIN, QUICK))
        ratio = 1 / _middle(_pairs(plain, quick, rounds))
    what = "`render` of the demo as a process in bfloat16, over float32"
    yield Figure("quick_render", ratio, "×", 0.8, what=what)


def _rendering(dtype: str, folder: Path) -> Callable[[], None]:
    picture = str(folder / f"{dtype}.png")
    asked = ("render", "--base", DEMO, "--prompt", _PROMPT, "--dtype", dtype, "--force")
    return lambda: _command(*asked, "-o", picture)


def workers(rounds: int) -> Iterator[Figure]:
    """All seeds of an experiment, each time in a new folder and without the store."""
    ratio = _middle(_pairs(lambda: _experiment(1), lambda: _experiment(2), rounds))
    what = f"{PICTURES} pictures of the demo by one worker, over two (10 steps, 128×128)"
    yield Figure("quick_workers", ratio, "×", 1.4, True, what)


def _experiment(count: int) -> None:
    adapter = f"{demo_adapters()[0]}:0.7"
    with tempfile.TemporaryDirectory() as name:
        _command(
            *("lab", "seeds", "--base", DEMO, "-o", str(Path(name) / "made"), "--lora", adapter),
            *("--prompt", _PROMPT, "--seeds", str(PICTURES // 2)),
            *("--measure", "brightness", "--no-alone", "--no-store"),
            *("--workers", str(count)),
        )


def settle(rounds: int) -> Iterator[Figure]:
    """Against diffusers in a process with our allocator and our spinning of threads, and with its
    own: five adapters of rank 16 on the UNet of full size, in bfloat16."""
    unet = full_size_unet(torch.bfloat16)
    keys = attention_keys(unet)
    ours = Ours(unet, keys, [random_adapter(unet, keys, i) for i in range(5)])
    ours.settle(-1)
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for i in range(rounds):
        for is_prepared, found in ratios.items():
            peer_s = diffusers_cycle_s(QUICK, 1, is_prepared=is_prepared)
            moved = partial(ours.settle, 2 * i + is_prepared)
            found.append(peer_s / _seconds(moved))
    alike, usual = _middle(ratios[True]), _middle(ratios[False])
    words = "settling 5 adapters in bfloat16, against diffusers"
    yield Figure("quick_settle_alike", alike, "×", what=f"{words} with the same settings")
    yield Figure("quick_settle_usual", usual, "×", what=f"{words} as its users have it")


PARTS: dict[str, Callable[[int], Iterator[Figure]]] = {
    "demo": demo,
    "step": step,
    "render": render,
    "workers": workers,
    "settle": settle,
}
_LONG = {"workers": 3, "settle": 2, "render": 2}
"""What takes so long that so many times fewer rounds have to do."""


def _pairs(plain: Callable[[], object], quick: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of the one over seconds of the other, right after it."""
    return [_seconds(plain) / _seconds(quick) for _ in range(rounds)]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _command(*words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "loraviewer", *words], capture_output=True, check=True, text=True
    )


def _middle(values: list[float]) -> float:
    return statistics.median(values)


def measure(rounds: int = ROUNDS, parts: tuple[str, ...] = tuple(PARTS)) -> list[Figure]:
    torch.set_num_threads(2)
    speed = precision_speed(CancelToken())
    told = "instructions" if speed.has_bfloat16 else "no instructions"
    what = f"a piece of a denoiser, as Settings measures it; {this_machine()}, {told} for bfloat16"
    figures = [Figure("quick_piece", speed.ratio or 1.0, "×", what=what)]
    for part in parts:
        began = os.getloadavg()[0]
        made = list(PARTS[part](max(1, rounds // _LONG.get(part, 1))))
        print(f"{part}: load average {began:.1f} … {os.getloadavg()[0]:.1f}")
        print_table(part, made)
        figures += made
    return figures


def main() -> None:
    asked = sys.argv[1:]
    rounds = int(asked.pop(0)) if asked and asked[0].isdigit() else ROUNDS
    figures = measure(rounds, tuple(asked) or tuple(PARTS))
    if not asked:
        keep("quick", figures)
    print_table("quick", figures)


if __name__ == "__main__":
    main()
