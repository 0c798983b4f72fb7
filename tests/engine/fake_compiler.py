"""A compiler that is done whenever a test says so. Its programs compute with the live weights, and
differ from the plain network by a known factor, as real ones do by roundings."""

from collections.abc import Mapping, Sequence

import diffusers
import msgspec
import torch
from torch.func import functional_call

from loraviewer.engine.compiling.compiler import BuildState, CompileError
from loraviewer.engine.compiling.task import CompileTask

FACTOR = 1 + 2e-4
"""By so much outputs are larger than the plain ones: within what is let pass, and seen in pixels
of a network of random weights."""


class FakeProgram:
    """Implements `Program` with a network of its own, of which only the code is used."""

    def __init__(self, task: CompileTask, factor: float) -> None:
        with torch.device("meta"):
            found = getattr(diffusers, task.network)
            self._network = found.from_config(msgspec.json.decode(task.config)).eval()
        self._form, self._factor = task.form, factor
        self._weights: Mapping[str, torch.Tensor] = {}
        self.calls = 0
        self.fails_at = 0

    def bind(self, weights: Mapping[str, torch.Tensor]) -> None:
        self._weights = {name: weight.detach() for name, weight in weights.items()}

    @torch.no_grad()
    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        self.calls += 1
        if self.calls == self.fails_at:
            raise RuntimeError("the program broke")
        arguments = self._form.arguments(tensors)
        return functional_call(self._network, dict(self._weights), (), arguments)[0] * self._factor


class FakeCompiler:
    """Implements `Compiler`."""

    def __init__(self, factor: float = FACTOR) -> None:
        self.begun: list[CompileTask] = []
        self.programs: list[FakeProgram] = []
        self.refuses = ""
        self.is_closed = False
        self._factor = factor
        self._states: dict[str, BuildState] = {}

    def finish(self, state: BuildState = "ready") -> None:
        """All that was begun."""
        self._states = dict.fromkeys(self._states, state)

    def state(self, task: CompileTask) -> BuildState:
        return self._states.get(task.key, "unknown")

    def begin(self, task: CompileTask) -> None:
        if self.refuses:
            raise CompileError(self.refuses)
        self.begun.append(task)
        self._states[task.key] = "building"

    def why_not(self, task: CompileTask) -> str:
        return "It could not be compiled."

    def load(self, task: CompileTask, device_index: int = -1) -> FakeProgram:
        self.programs.append(FakeProgram(task, self._factor))
        return self.programs[-1]

    def close(self) -> None:
        self.is_closed = True
