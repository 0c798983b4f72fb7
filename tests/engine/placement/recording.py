"""A mover between two memories that are one: it copies, and counts what it copied."""

import torch


class RecordingMover:
    """`brought`, `taken`: bytes to the card and from it. With `room`, memory runs out once so many
    were brought."""

    def __init__(self, room: int | None = None) -> None:
        self.room = room
        self.brought = 0
        self.taken = 0

    def to_device(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.room is not None and self.brought + tensor.nbytes > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        self.brought += tensor.nbytes
        return tensor.clone()

    def to_main(self, tensor: torch.Tensor) -> torch.Tensor:
        self.taken += tensor.nbytes
        return tensor.clone()
