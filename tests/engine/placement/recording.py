"""A mover between two memories that are one: it copies, and counts what it copied."""

import weakref

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


class RecordingConveyor:
    """Between two memories that are one. Copies are done as late as they may be, or as early with
    `is_eager`; memory of the device holds no numbers before. `peak`: the most bytes of it at once.
    """

    def __init__(self, room: int | None = None, *, is_eager: bool = False) -> None:
        """room: bytes of the device; more are refused."""
        self.room = room
        self.is_eager = is_eager
        self.sent: list[int] = []
        self.peak = 0
        self._queue: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._memories: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    @property
    def used(self) -> int:
        return sum(memory.nbytes() for memory in self._memories)

    def is_on_device(self, tensor: torch.Tensor) -> bool:
        starts = [(m.data_ptr(), m.data_ptr() + m.nbytes()) for m in self._memories]
        return any(start <= tensor.data_ptr() < end for start, end in starts)

    def on_device(self, size: int) -> torch.Tensor:
        if self.room is not None and self.used + size > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        memory = torch.full((size,), 255, dtype=torch.uint8)
        self._memories.add(memory.untyped_storage())
        self.peak = max(self.peak, self.used)
        return memory

    def in_main(self, size: int) -> torch.Tensor:
        return torch.empty(size, dtype=torch.uint8)

    def send(self, source: torch.Tensor, to: torch.Tensor) -> None:
        self.sent.append(source.nbytes)
        self._queue.append((source, to))
        if self.is_eager:
            self.finish()

    def receive(self) -> None:
        self.finish()

    def finish(self) -> None:
        for source, to in self._queue:
            to.copy_(source)
        self._queue.clear()
