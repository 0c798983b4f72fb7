"""Programs whose calls are recorded once and then replayed as one piece of work: a card is given a
step at once, in place of a thousand kernels one by one.

What is recorded knows its memory by addresses: those of its inputs, which are fixed buffers here,
those of its output, which is copied for whoever asked, and those of the weights. Merges write in
place and change what a replay says; weights that were moved ask for a new recording.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch

from loraviewer.core.sentences import say
from loraviewer.engine.compiling.program import Program
from loraviewer.engine.device import FreeMemory, free_memory

Work = Callable[[], torch.Tensor]
_MOST_WORDS = 200


class Replay(Protocol):
    """Work that was recorded. Its output, in memory of its own, holds once it was done again."""

    @property
    def output(self) -> torch.Tensor: ...

    def __call__(self) -> None: ...

    def close(self) -> None:
        """It is never done again, and its memory is to be given back."""
        ...


class Capture(Protocol):
    """What records. Engine thread only; whatever goes wrong is a `RuntimeError`."""

    def warm(self, work: Work) -> torch.Tensor:
        """Do it as it will be recorded, so that all is loaded and laid out by then."""
        ...

    def record(self, work: Work) -> Replay:
        """What work does to the device, which does nothing of it now."""
        ...

    def held_bytes(self) -> int:
        """Memory that recordings keep and nobody uses while none is done. Takes milliseconds."""
        ...

    def give_back(self) -> None:
        """Memory of recordings, all of which were closed."""
        ...


class Graphs:
    """All recordings of one denoiser, which share their memory: each replay is done, and its output
    copied, before the next. After one failure, or once their memory was wanted for something else,
    nothing is recorded any more. `problem`: one sentence on a failure, "" without. `held_bytes`: of
    the device, what they keep between steps, which torch counts among what could be had."""

    def __init__(self, capture: Capture | None = None) -> None:
        """capture: None on a device that cannot record."""
        self._capture = capture
        self._replays: dict[object, Replay] = {}
        self.problem = ""
        self.held_bytes = 0

    @property
    def capture(self) -> Capture | None:
        """None where nothing is recorded, or not any more."""
        return self._capture

    def replay(self, owner: object, work: Work) -> Replay:
        """Of the work of `owner`, recorded now where it is not yet; only with a `capture`."""
        if owner not in self._replays:
            assert self._capture is not None
            self._replays[owner] = self._capture.record(work)
            self.held_bytes = self._capture.held_bytes()
        return self._replays[owner]

    def forget(self, owner: object) -> None:
        """Where it has a recording, all recordings go: its weights lie elsewhere now, and so do
        those of the others."""
        if owner in self._replays:
            self._close()

    def free(self, device: torch.device) -> FreeMemory:
        """What a device has left for anything but a step."""
        free = free_memory(device)
        if free.device is None or not self.held_bytes:
            return free
        return FreeMemory(free.host, max(0, free.device - self.held_bytes))

    def spare(self) -> bool:
        """Their memory is wanted for something that matters more. Whether there was any."""
        if not self._replays:
            return False
        self._close()
        self._capture = None
        return True

    def give_up(self, problem: str) -> None:
        """After a failure."""
        self._close()
        self._capture = None
        self.problem = problem

    def _close(self) -> None:
        for replay in self._replays.values():
            replay.close()
        self._replays.clear()
        self.held_bytes = 0
        if self._capture is not None:
            self._capture.give_back()


class CapturedProgram:
    """Implements `Program` with another: its first call after `bind` is done as it is, the next is
    recorded, and all are answered by replays from then on. Where that fails, by that other one."""

    def __init__(self, program: Program, graphs: Graphs) -> None:
        self._program = program
        self._graphs = graphs
        self._inputs: list[torch.Tensor] = []
        self._is_warm = False

    def bind(self, weights: Mapping[str, torch.Tensor]) -> None:
        self._graphs.forget(self)
        self._is_warm = False
        self._program.bind(weights)

    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        capture = self._graphs.capture
        if capture is None:
            self._inputs = []
            return self._program(tensors)
        try:
            return self._answered(capture, tensors)
        except RuntimeError as error:
            problem = _uncaptured(error)
        # After the except block, whose traceback holds the tensors of what failed.
        self._inputs = []
        self._graphs.give_up(problem)
        return self._program(tensors)

    def _answered(self, capture: Capture, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        self._fill(tensors)
        if not self._is_warm:
            output = capture.warm(self._work)
            self._is_warm = True
            return output
        replay = self._graphs.replay(self, self._work)
        replay()
        return replay.output.clone()

    def _fill(self, tensors: Sequence[torch.Tensor]) -> None:
        if not self._inputs:
            self._inputs = [torch.empty_like(tensor) for tensor in tensors]
        for held, given in zip(self._inputs, tensors, strict=True):
            held.copy_(given)

    def _work(self) -> torch.Tensor:
        return self._program(self._inputs)


def _uncaptured(error: RuntimeError) -> str:
    why = " ".join(str(error).split())[:_MOST_WORDS].rstrip(".")
    return say(
        "Pictures of this base come of a compiled denoiser whose steps could not be captured ({why}"
        "), so they may be slower than this card allows.",
        why=why,
    )
