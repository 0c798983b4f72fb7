"""What compiled denoisers gain, cost and change on this processor: pairs in one run.

python -m tests.bench.compiled [rounds] [threads] [part ...]

Parts: `demo`, `step`, `memory`. Each figure is the middle of the ratios of pairs that follow each
other, as other work slows both of a pair down. Programs are kept in build/compiled, so that a
second run compiles nothing (but `memory` does); `compile_s` is then near 0.
"""

import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.precision_speed import this_machine
from loraviewer.engine.compiling.call_forms import CallForm, TensorForm
from loraviewer.engine.compiling.compiler import BuildState, ProcessCompiler
from loraviewer.engine.compiling.task import live_weights, task_of
from tests.bench.figures import Figure, keep, print_table
from tests.bench.quick import DemoDrag, difference, drags, quicker
from tests.full_size import full_size_unet

ROUNDS = 6
PROGRAMS = Path("build") / "compiled"
QUICK = {"float32": 1.1, "bfloat16": 1.35}
"""Precision → how many times as fast as plain float32 was asked for."""
_LOOK_S = 0.2


class CompiledDrag(DemoDrag):
    """Once made, its pictures come of a compiled denoiser."""

    def __init__(self, dtype: str, programs: Path) -> None:
        super().__init__(dtype, ProcessCompiler(programs))
        started = time.perf_counter()
        self.longest_ms = 0.0
        self.settled(0.1)
        while self._advance():
            time.sleep(_LOOK_S)
        self.compile_s = time.perf_counter() - started
        if not self.settled(0.2).request.is_compiled:
            raise SystemExit(self.engine.advance_compiling(CancelToken()).problem)

    def _advance(self) -> bool:
        """Whether anything is left. What holds the engine up is timed."""
        started = time.perf_counter()
        report = self.engine.advance_compiling(CancelToken())
        self.longest_ms = max(self.longest_ms, 1e3 * (time.perf_counter() - started))
        return bool(report.waiting)


def demo(rounds: int) -> Iterator[Figure]:
    """Merge, prompts, steps and decoding of a fader of the demo."""
    for dtype, bound in QUICK.items():
        plain = DemoDrag("float32")  # anew: it would answer the same strengths from its cache
        compiled = CompiledDrag(dtype, PROGRAMS)
        pairs = list(drags([plain, compiled], rounds + 1))[1:]
        drafts = [quicker(*(d for d, _ in pair)) for pair in pairs]
        settled = [quicker(*(s for _, s in pair)) for pair in pairs]
        levels = [difference(*(s for _, s in pair)) for pair in pairs]
        words = f"plain float32, over compiled {dtype}"
        yield Figure(
            f"compiled_draft {dtype}", _middle(drafts), "×", bound, True, f"drag → draft, {words}"
        )
        yield Figure(
            f"compiled_settled {dtype}", _middle(settled), "×", bound, True, f"release, {words}"
        )
        yield Figure(f"compiled_mean {dtype}", _middle([m for m, _ in levels]), "levels")
        yield Figure(f"compiled_most {dtype}", max(most for _, most in levels), "levels")
        yield Figure(f"compile_s {dtype}", compiled.compile_s, "s", what="by a nice process")
        yield Figure(
            f"compile_block_ms {dtype}", compiled.longest_ms, "ms", what="the engine held up"
        )


def step(rounds: int) -> Iterator[Figure]:
    """One step of a Stable Diffusion 1.5 of full size at 256×256, with guidance, random weights."""
    plain = FullSize("float32", None)
    for dtype, bound in {"float32": 1.1, "bfloat16": 1.5}.items():
        started = time.perf_counter()
        compiled = FullSize(dtype, PROGRAMS)
        built_s = time.perf_counter() - started
        ratio = _middle([_seconds(plain) / _seconds(compiled) for _ in range(rounds)])
        words = f"an SD 1.5-size step in plain float32, over compiled {dtype}"
        yield Figure(f"compiled_step {dtype}", ratio, "×", bound, True, words)
        yield Figure(f"compile_step_s {dtype}", built_s, "s", what="by a nice process")


def memory(_: int) -> Iterator[Figure]:
    """The peak of the process that compiles, which knows the shapes of all weights and has room for
    the largest. Made anew, whatever programs there are."""
    full = full_size_unet()
    with tempfile.TemporaryDirectory() as folder:
        compiler = ProcessCompiler(Path(folder))
        task = task_of(full, _form("float32"), this_machine())
        started = time.perf_counter()
        compiler.begin(task)
        peak = 0
        while compiler.state(task) == "building":
            peak = max(peak, _peak_bytes())
            time.sleep(_LOOK_S)
        if compiler.state(task) != "ready":
            raise SystemExit(compiler.why_not(task))
    weights = sum(parameter.nbytes for parameter in full.parameters())
    yield Figure("compile_weights", weights / 1e9, "GB", what="of an SD 1.5-size UNet")
    yield Figure("compile_peak", peak / 1e9, "GB", what="of the process, with torch itself")
    yield Figure("compile_memory_s", time.perf_counter() - started, "s")


def _peak_bytes() -> int:
    """Of the processes that this one has begun, the largest that one of them ever was. Linux."""
    peaks = [0]
    for child in psutil.Process().children():
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{child.pid}/status").read_text("utf-8").split("\n")
            found = next(line for line in lines if line.startswith("VmHWM:"))
            peaks.append(1024 * int(found.split()[1]))
    return max(peaks)


def _form(dtype: str) -> CallForm:
    forms = {"sample": (2, 4, 32, 32), "encoder_hidden_states": (2, 77, 768)}
    tensors = [TensorForm(name, shape, dtype) for name, shape in forms.items()]
    return CallForm(
        (tensors[0], TensorForm("timestep", (), "float32"), tensors[1]),
        (("return_dict", False),),
    )


class FullSize:
    """One step, plain without `programs`."""

    def __init__(self, dtype: str, programs: Path | None) -> None:
        unet = full_size_unet(getattr(torch, dtype))
        form = _form(dtype)
        self._tensors = [
            torch.full(t.shape, 500.0) if not t.shape else torch.randn(t.shape)
            for t in form.tensors
        ]
        self._tensors = [
            tensor.to(getattr(torch, t.dtype))
            for tensor, t in zip(self._tensors, form.tensors, strict=True)
        ]
        self._call: Callable[[], object] = lambda: unet(**form.arguments(self._tensors))
        if programs is not None:
            compiler = ProcessCompiler(programs)
            task = task_of(unet, form, this_machine())
            if _ended(lambda: compiler.state(task)) == "unknown":
                compiler.begin(task)
            if _ended(lambda: compiler.state(task)) != "ready":
                raise SystemExit(compiler.why_not(task))
            program = compiler.load(task)
            program.bind(live_weights(unet))
            self._call = lambda: program(self._tensors)

    @torch.no_grad()
    def __call__(self) -> None:
        self._call()


def _ended(state: Callable[[], BuildState]) -> BuildState:
    while state() == "building":
        time.sleep(_LOOK_S)
    return state()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _middle(values: list[float]) -> float:
    return statistics.median(values)


PARTS: dict[str, Callable[[int], Iterator[Figure]]] = {
    "demo": demo,
    "step": step,
    "memory": memory,
}


def measure(
    rounds: int = ROUNDS, threads: int = 2, parts: tuple[str, ...] = tuple(PARTS)
) -> list[Figure]:
    torch.set_num_threads(threads)
    figures: list[Figure] = []
    for part in parts:
        print(f"{part}: {this_machine()}, {threads} threads, load {os.getloadavg()[0]:.1f}")
        for figure in PARTS[part](rounds):
            print(figure.row(), flush=True)
            figures.append(figure)
    return figures


def main() -> None:
    asked = sys.argv[1:]
    rounds = int(asked.pop(0)) if asked and asked[0].isdigit() else ROUNDS
    threads = int(asked.pop(0)) if asked and asked[0].isdigit() else 2
    figures = measure(rounds, threads, tuple(asked) or tuple(PARTS))
    keep("compiled", figures)
    print_table("compiled", figures)


if __name__ == "__main__":
    main()
