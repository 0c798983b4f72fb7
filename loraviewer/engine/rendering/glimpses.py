"""What is looked at of a step, and when: a card that is asked for numbers at once stands still
until it has new work. It sends them while it goes on, and they are looked at a step later."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch


@dataclass(frozen=True)
class Glimpse:
    """Of one step. `checked`: latents that must be finite; `shown`: those of a rough picture,
    (batch, channels, h, w). None for what nobody looks at."""

    checked: torch.Tensor | None = None
    shown: torch.Tensor | None = None


class Glimpses(Protocol):
    """Of the steps of one picture, or of those of a batch."""

    def after(self, step: Glimpse) -> Glimpse | None:
        """A step was asked of the device: what can be looked at now. Called once for each."""
        ...


class AtOnce:
    """Implements `Glimpses` where looking keeps nobody from working."""

    def after(self, step: Glimpse) -> Glimpse | None:
        return step


class Event(Protocol):
    """Of a card: when it has done all that it was asked for until then."""

    def synchronize(self) -> object: ...


class StepBehind:
    """Implements `Glimpses` for a card: of the step before, which is waited for while the card has
    this one to do. So it never stands still, nor is asked for more than two steps beforehand, which
    nobody could cancel any more. Nothing comes of the last step."""

    def __init__(
        self,
        send: Callable[[torch.Tensor], torch.Tensor],
        mark: Callable[[], Event],
    ) -> None:
        """send: begins a copy to main memory and waits for nothing. mark: an event after all that
        was asked for until now."""
        self._send = send
        self._mark = mark
        self._coming: tuple[Glimpse, Event] | None = None

    def after(self, step: Glimpse) -> Glimpse | None:
        before = self._coming
        sent = Glimpse(self._sent(step.checked), self._sent(step.shown))
        self._coming = (sent, self._mark())
        if before is None:
            return None
        glimpse, event = before
        event.synchronize()
        return glimpse

    def _sent(self, tensor: torch.Tensor | None) -> torch.Tensor | None:
        return None if tensor is None else self._send(tensor)


def glimpses_of(device: torch.device) -> Glimpses:
    """Anew for each picture. Not yet tried on a card."""
    if device.type != "cuda":
        return AtOnce()
    return StepBehind(_into_pinned_memory, lambda: _marked(device))


def _into_pinned_memory(tensor: torch.Tensor) -> torch.Tensor:
    """torch makes the memory of such a copy, and it is pinned."""
    return tensor.to("cpu", non_blocking=True)


def _marked(device: torch.device) -> Event:
    event = torch.cuda.Event()
    event.record(torch.cuda.current_stream(device))
    return event
