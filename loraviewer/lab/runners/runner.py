"""What an experiment needs of whatever makes its pictures."""

from collections.abc import Callable, Generator, Iterable
from typing import NamedTuple, Protocol

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Progress, Rendered
from loraviewer.core.request import GenerationRequest

Batch = tuple[GenerationRequest, ...]
"""Requests of one stack, to be made on one merge of it."""


class Made(NamedTuple):
    """A request as it was asked, and its answer."""

    asked: GenerationRequest
    rendered: Rendered


class Painter(Protocol):
    """The part of an engine that makes pictures, with a checkpoint loaded."""

    def render(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered: ...


class Runner(Protocol):
    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        """All pictures, each as soon as it is there, in any order. Closed before its end, it ends
        what it started. Raises `LoraviewerError`."""
        ...
