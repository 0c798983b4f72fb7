"""Pictures that another thread makes, asked for one at a time."""

from collections.abc import Callable, Generator, Iterable

from loraviewer.core.experiments.shots import Shot
from loraviewer.core.outcome import NotFinite, Rendered
from loraviewer.lab.runners.runner import Batch, Made

Ask = Callable[[Shot], Rendered | NotFinite]
"""Waits for the answer. Raises `LoraviewerError` and `Cancelled`."""


class AskingRunner:
    """Implements `Runner`. The stops of a way are asked for in their order; pictures of other
    stacks may be made between them, which leave no trace in weights."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        for batch in batches:
            for shot in batch:
                yield Made(shot, self._ask(shot))
