"""A worker: one engine in a process of its own, somewhere in the cluster, with its base loaded once
and the last stack still merged. It knows nothing of Ray, which makes an actor of it."""

import importlib
import traceback
from typing import Any

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError, NotFinite, text_of
from loraviewer.core.sentences import say
from loraviewer.lab.runners.cluster.device_kinds import device_kind
from loraviewer.lab.runners.cluster.messages import (
    Broke,
    Lost,
    Opened,
    Told,
    Workplace,
    decoded,
    encoded,
    painted,
    read_shot,
    sentence_data,
)
from loraviewer.lab.runners.runner import Painter, answered


class PictureActor:
    """Every method answers; none raises. One thread."""

    def __init__(self, maker: str, workplace: bytes) -> None:
        """Opens nothing yet. maker: as in `messages.Wishes`."""
        self._maker = maker
        self._workplace: Workplace = decoded(workplace, Workplace)
        self._painter: Painter | None = None

    def open(self) -> bytes:
        """`Opened` or `Broke`: seconds, or minutes for a large base."""
        try:
            self._painter = _named(self._maker)(self._workplace)
            return encoded(Opened(made_on=device_kind(self._workplace.device)))
        except LoraviewerError as error:
            return encoded(Broke.of(error.failure()))
        except Exception as error:  # noqa: BLE001 - the boundary of a process
            return encoded(_unexpected(error))

    def paint(self, shot: bytes) -> bytes:
        """`Answer` to a shot of `messages.shot_bytes`."""
        assert self._painter is not None
        try:
            asked = read_shot(shot, self._workplace.places.adapters)
            found = answered(self._painter, asked, CancelToken()).rendered
            if isinstance(found, NotFinite):
                return encoded(Lost(sentence_data(found.message)))
            return encoded(painted(found))
        except LoraviewerError as error:
            return encoded(Broke.of(error.failure()))
        except Exception as error:  # noqa: BLE001 - the boundary of a process
            return encoded(_unexpected(error))

    def ask(self, question: str, payload: bytes) -> bytes:
        """`Told` or `Broke`. question: as in `messages.Begin`."""
        try:
            return encoded(Told(_named(question)(self._painter, payload)))
        except LoraviewerError as error:
            return encoded(Broke.of(error.failure()))
        except Exception as error:  # noqa: BLE001 - the boundary of a process
            return encoded(_unexpected(error))


def _named(name: str) -> Any:
    """A function of a module, which every node has."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _unexpected(error: Exception) -> Broke:
    told = say("unexpected {kind}: {what}", kind=type(error).__name__, what=text_of(error))
    detail = "".join(traceback.format_exception(error))
    return Broke.of(Failure(FailureKind.INTERNAL, told, detail))
