"""A step as the studio compiles it: a package made by a process, bound to the live weights, proved,
and captured where the device can; each against eager torch and in turns with it."""

import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.precision_speed import this_machine
from loraviewer.engine.compiling.captured import Graphs
from loraviewer.engine.compiling.compiled_denoiser import CompiledDenoiser
from loraviewer.engine.compiling.compiler import CompileError, ProcessCompiler, machine_of
from loraviewer.engine.compiling.cuda_capture import cuda_capture
from tests.bench.figures import Figure
from tests.bench.gpu.networks import Subject
from tests.bench.gpu.timing import Clock

FAST = 1.25
"""How many times as fast as eager a captured step of SDXL is wanted to be, on an H100."""
_SHAPE = "of the bench"
_LOOK_S = 0.2


class Compiled:
    """The network of a subject with its compiled denoiser, which is there once it is made. Raises
    `CompileError` where it cannot be."""

    def __init__(self, subject: Subject, programs: ProcessCompiler, graphs: Graphs) -> None:
        self._subject = subject
        device = next(subject.network.parameters()).device
        machine = machine_of(device, this_machine(), version("diffusers"))
        self._denoiser = CompiledDenoiser(subject.network, programs, machine, graphs)
        self._denoiser.ask(_SHAPE)
        self._run(is_compiled=False)  # it is seen how the network is called
        self.advancing_ms = 0.0
        while self._advance():
            time.sleep(_LOOK_S)
        if not self._denoiser.ask(_SHAPE):
            raise CompileError(self._denoiser.report().problem)
        self.remark = self._denoiser.report().remark

    def step(self, _: int = 0) -> torch.Tensor:
        return self._run(is_compiled=True)

    @torch.no_grad()
    def _run(self, *, is_compiled: bool) -> torch.Tensor:
        with self._denoiser.running(_SHAPE, is_compiled=is_compiled):
            return self._subject.network(**self._subject.inputs, return_dict=False)[0]

    def _advance(self) -> bool:
        """Whether anything is left. What holds the engine up is timed."""
        started = time.perf_counter()
        report = self._denoiser.advance(CancelToken())
        self.advancing_ms = max(self.advancing_ms, 1e3 * (time.perf_counter() - started))
        return bool(report.waiting)


def measured(subject: Subject, clock: Clock) -> list[Figure]:
    """Nothing, and a sentence, where it cannot be compiled."""
    with tempfile.TemporaryDirectory() as folder:
        programs = ProcessCompiler(Path(folder))
        try:
            return _measured(subject, clock, programs)
        except CompileError as error:
            print(f"{subject.name} is not compiled here: {error.message}")
            return []
        finally:
            programs.close()


def _measured(subject: Subject, clock: Clock, programs: ProcessCompiler) -> list[Figure]:
    name = subject.name
    started = time.perf_counter()
    plain = Compiled(subject, programs, Graphs())
    compiling_s = time.perf_counter() - started
    graphs = Graphs(cuda_capture(clock.device))
    captured = Compiled(subject, programs, graphs) if graphs.capture is not None else None
    ways = [subject.step, plain.step, *([captured.step] if captured else [])]
    eager_ms, compiled_ms, *captured_ms = clock.medians_ms(ways)
    figures = [
        Figure(f"eager {name}", eager_ms, "ms", what="a step"),
        Figure(f"compiled {name}", eager_ms / compiled_ms, "×", what="over eager, not captured"),
        Figure(f"compiled_differs {name}", _differs(subject, plain), "", what="relatively"),
        Figure(f"compiling {name}", compiling_s, "s", what="by a nice process, and proved"),
        Figure(f"compile_block {name}", plain.advancing_ms, "ms", what="the engine held up"),
    ]
    if captured is not None:
        figures += _of_captured(subject, captured, eager_ms / captured_ms[0], graphs)
    return figures


def _of_captured(
    subject: Subject, captured: Compiled, ratio: float, graphs: Graphs
) -> list[Figure]:
    if captured.remark:
        print(captured.remark)
    name, bound = subject.name, FAST if subject.name == "sdxl" else None
    return [
        Figure(f"captured {name}", ratio, "×", bound, is_least=True, what="over eager"),
        Figure(f"captured_differs {name}", _differs(subject, captured), "", what="relatively"),
        Figure(f"graph_memory {name}", graphs.held_bytes / 1e9, "GB", what="kept between steps"),
    ]


def _differs(subject: Subject, compiled: Compiled) -> float:
    with torch.no_grad():
        wanted = subject.network(**subject.inputs, return_dict=False)[0].float()
    said = compiled.step().float()
    return float((said - wanted).norm() / wanted.norm())
