"""What records work as a card does, on the CPU: the operations and the very memory that they read
and wrote, and nothing of the Python that asked for them."""

import torch
from torch.fx.experimental.proxy_tensor import make_fx

from loraviewer.engine.compiling.captured import Work


class Recorded:
    """Implements `Replay`. Its output is undefined until it was done again."""

    def __init__(self, work: Work) -> None:
        self._again = make_fx(lambda: work())()
        self._output: torch.Tensor | None = torch.full_like(self._again(), torch.nan)
        self.replayed = 0

    @property
    def output(self) -> torch.Tensor:
        assert self._output is not None, "it was closed"
        return self._output

    @torch.no_grad()
    def __call__(self) -> None:
        self.output.copy_(self._again())
        self.replayed += 1

    def close(self) -> None:
        self._output = None


class Recorder:
    """Implements `Capture`. fails_at: "warm" or "record" where there is no memory for that."""

    def __init__(self, fails_at: str = "") -> None:
        self.fails_at = fails_at
        self.warmed = 0
        self.recorded: list[Recorded] = []
        self.given_back = 0

    def warm(self, work: Work) -> torch.Tensor:
        self._fail("warm")
        self.warmed += 1
        return work()

    def record(self, work: Work) -> Recorded:
        self._fail("record")
        self.recorded.append(Recorded(work))
        return self.recorded[-1]

    def held_bytes(self) -> int:
        return 1000 * sum(one._output is not None for one in self.recorded)

    def give_back(self) -> None:
        assert all(one._output is None for one in self.recorded), "some of it is still in use"
        self.given_back += 1

    def _fail(self, where: str) -> None:
        if self.fails_at == where:
            raise torch.OutOfMemoryError("CUDA out of memory.")
