"""Copies to a card that run beside its computing. Not yet tried on one."""

from dataclasses import dataclass, field
from typing import Protocol

import torch

from loraviewer.engine.placement.pinned import pinned_memory


class Conveyor(Protocol):
    """Between main memory and one device. What is queued here keeps its order; sizes in bytes,
    memory as uint8 tensors."""

    def on_device(self, size: int) -> torch.Tensor:
        """Memory of the device, with anything in it. Raises what a lack of memory raises."""
        ...

    def in_main(self, size: int) -> torch.Tensor:
        """Main memory that the device can read by itself, with anything in it."""
        ...

    def send(self, source: torch.Tensor, to: torch.Tensor) -> None:
        """Queue a copy; it begins once all is computed that was queued before it."""
        ...

    def receive(self) -> None:
        """What is computed from now on waits for all copies that were queued so far."""
        ...

    def finish(self) -> None:
        """Wait until nothing is copied any more."""
        ...


@dataclass(frozen=True)
class CudaConveyor:
    """Copies on a stream of its own."""

    device: torch.device
    _stream: torch.cuda.Stream = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_stream", torch.cuda.Stream(self.device))

    def on_device(self, size: int) -> torch.Tensor:
        return torch.empty(size, dtype=torch.uint8, device=self.device)

    def in_main(self, size: int) -> torch.Tensor:
        return pinned_memory(size)

    def send(self, source: torch.Tensor, to: torch.Tensor) -> None:
        self._stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self._stream):
            to.copy_(source, non_blocking=True)

    def receive(self) -> None:
        torch.cuda.current_stream(self.device).wait_stream(self._stream)

    def finish(self) -> None:
        self._stream.synchronize()


def new_conveyor(device: torch.device) -> Conveyor:
    """To a card of its own memory."""
    return CudaConveyor(device)
