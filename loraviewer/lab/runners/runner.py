"""What an experiment needs of whatever makes its pictures."""

from collections.abc import Callable, Generator, Iterable
from typing import NamedTuple, Protocol

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import NotFinite, Progress, Rendered
from loraviewer.core.request import GenerationRequest

Batch = tuple[GenerationRequest, ...]
"""Requests of one stack, to be made on one merge of it."""


class Made(NamedTuple):
    """A request as it was asked, and its answer. Numbers that are none are an answer too: that a
    stack gives no picture any more is what an experiment wants to know."""

    asked: GenerationRequest
    rendered: Rendered | NotFinite


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


def answered(painter: Painter, request: GenerationRequest, token: CancelToken) -> Made:
    try:
        return Made(request, painter.render(request, token, lambda step: None))
    except NotFinite as nothing:
        return Made(request, NotFinite(str(nothing)))  # without its traceback, which pins tensors
