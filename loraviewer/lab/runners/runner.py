"""What an experiment needs of whatever makes its pictures."""

from collections.abc import Callable, Generator, Iterable
from typing import NamedTuple, Protocol

from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.shots import Disturbance, Shot
from loraviewer.core.outcome import Failure, LoraviewerError, NotFinite, Progress, Rendered
from loraviewer.core.request import GenerationRequest

Batch = tuple[Shot, ...]
"""Of one stack, to be made on one merge of it; or all stops of a way, to be made one after the
other."""


class Made(NamedTuple):
    """A picture as it was asked for, and the answer. Numbers that are none are an answer too: that
    a stack gives no picture any more is what an experiment wants to know."""

    asked: Shot
    rendered: Rendered | NotFinite


class Painter(Protocol):
    """The part of an engine that makes pictures, with a checkpoint loaded."""

    def render(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered: ...

    def render_anew(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered: ...

    def render_disturbed(
        self,
        request: GenerationRequest,
        disturbance: Disturbance,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered: ...


class Runner(Protocol):
    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        """All pictures, each as soon as it is there, in any order. Closed before its end, it ends
        what it started. batches: may be asked for as they are needed, and gone through more than
        once. Raises `LoraviewerError`."""
        ...


class WorkerFailed(LoraviewerError):  # noqa: N818 - it says what happened
    """What a picture failed of in another process."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, subject=failure.subject)
        self.kind = failure.kind


def answered(painter: Painter, shot: Shot, token: CancelToken) -> Made:
    try:
        return Made(shot, _rendered(painter, shot, token))
    except NotFinite as nothing:
        return Made(shot, NotFinite(nothing.message))  # without its traceback, which pins tensors


def _rendered(painter: Painter, shot: Shot, token: CancelToken) -> Rendered:
    if shot.disturbance is not None:
        return painter.render_disturbed(shot.request, shot.disturbance, token, _silently)
    render = painter.render_anew if shot.visit else painter.render
    return render(shot.request, token, _silently)


def _silently(_: Progress) -> None:
    pass
