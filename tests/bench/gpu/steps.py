"""A denoising step: with merged adapters against the base, streamed block by block, and with what
torch lets one choose."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.placement.conveyor import Conveyor, CudaConveyor
from loraviewer.engine.placement.streaming import BlockStream
from tests.bench.figures import Figure
from tests.bench.gpu.networks import Subject
from tests.bench.gpu.timing import Clock

OVERHEAD = 1.01
"""Wanted on an H100."""
_ADAPTERS = 10


def merged(subject: Subject, clock: Clock) -> list[Figure]:
    """Steps with the stack and without take turns; what merging takes is not counted."""
    merger = WeightMerger({subject.component: subject.network})
    adapters = {adapter.sha256: adapter for adapter in subject.adapters(_ADAPTERS)}
    stack = [AppliedAdapter(sha, 0.7, 0.0) for sha in adapters]
    times: dict[bool, list[float]] = {True: [], False: []}
    for i in range(2 * clock.rounds):
        merger.apply(stack if i % 2 else (), adapters, CancelToken())
        subject.step()
        times[bool(i % 2)].append(clock.once_ms(subject.step))
    merger.restore()
    with_stack, without = (sorted(times[on])[len(times[on]) // 2] for on in (True, False))
    bound = OVERHEAD if subject.name == "sdxl" else None
    return [
        Figure(f"step {subject.name}", without, "ms", what="of the base"),
        Figure(f"step_overhead {subject.name}", with_stack / without, "×", bound, what="merged"),
    ]


class PlainConveyor:
    """Where there is only one memory: copies, and nothing beside them."""

    def on_device(self, size: int) -> torch.Tensor:
        return torch.empty(size, dtype=torch.uint8)

    def in_main(self, size: int) -> torch.Tensor:
        return torch.empty(size, dtype=torch.uint8)

    def send(self, source: torch.Tensor, to: torch.Tensor) -> None:
        to.copy_(source)

    def receive(self) -> None:
        pass

    def finish(self) -> None:
        pass


def streamed(subject: Subject, clock: Clock) -> list[Figure]:
    """Against the same network that is there as a whole. The network is streamed from then on."""
    device = clock.device
    conveyor: Conveyor = CudaConveyor(device) if device.type == "cuda" else PlainConveyor()
    whole_ms = clock.medians_ms([subject.step])[0]
    with torch.no_grad():
        wanted = _output(subject)
    subject.network.to("cpu")
    stream = BlockStream(subject.network, conveyor, lambda tensor: tensor.to(device))
    (streamed_ms,) = clock.medians_ms([subject.step])
    with torch.no_grad():
        is_same = torch.equal(_output(subject), wanted)
    slots = stream.device_bytes
    stream.give_back()
    moved = stream.streamed_bytes
    return [
        Figure(f"streamed {subject.name}", streamed_ms, "ms", what="a step, block by block"),
        Figure(f"streamed_over_whole {subject.name}", streamed_ms / whole_ms, "×"),
        Figure(f"streamed_rate {subject.name}", moved / streamed_ms / 1e6, "GB/s"),
        Figure(f"streamed_slots {subject.name}", slots / 1e9, "GB", what="of two blocks"),
        Figure(f"streamed_differs {subject.name}", float(not is_same), "", 0.0, what="in a bit"),
    ]


def _output(subject: Subject) -> torch.Tensor:
    return subject.network(**subject.inputs, return_dict=False)[0].clone()


def switches(subject: Subject, clock: Clock) -> list[Figure]:
    """Back-ends of attention and the layout of pictures, each against what torch does by itself.
    None of them is the studio's."""
    figures: list[Figure] = []
    for name, choice in _choices(subject):
        try:
            with choice:
                spent = clock.medians_ms([subject.step])[0]
        except RuntimeError as error:
            print(f"{subject.name} cannot be computed with {name}: {str(error).splitlines()[0]}")
            continue
        figures.append(Figure(f"step {subject.name}, {name}", spent, "ms"))
    return figures


def _choices(subject: Subject) -> Iterator[tuple[str, Any]]:
    from torch.nn.attention import SDPBackend, sdpa_kernel

    backends = {
        "flash": SDPBackend.FLASH_ATTENTION,
        "cudnn": SDPBackend.CUDNN_ATTENTION,
        "efficient": SDPBackend.EFFICIENT_ATTENTION,
        "math": SDPBackend.MATH,
    }
    yield "default", contextlib.nullcontext()
    for name, backend in backends.items():
        yield name, sdpa_kernel(backend)
    if subject.component == "unet":
        yield "channels_last", _channels_last(subject)


@contextlib.contextmanager
def _channels_last(subject: Subject) -> Iterator[None]:
    network: Any = subject.network
    network.to(memory_format=torch.channels_last)
    try:
        yield
    finally:
        network.to(memory_format=torch.contiguous_format)
