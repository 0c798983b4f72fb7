"""Ticks of a held fader and settled merges, against a device copy of the same bytes, diffusers'
fuse and unfuse, and weights that are patched key by key from a clone."""

from collections.abc import Callable
from typing import Any

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests.bench.figures import Figure
from tests.bench.gpu.networks import Subject
from tests.bench.gpu.timing import Clock, is_out_of_room

DEPTHS = (1, 5, 10, 50)
COMPARED = 10
"""The stack that the wanted figures are about."""
TICK_MS, TICK_COPIES, SETTLE_MS = 16.0, 2.5, 60.0
"""Wanted of SDXL with ten adapters, on an H100."""

_COPY_PIECE = 1 << 30
"""More than any cache of a card."""


class Ours:
    """A stack on the network; the first one's fader moves."""

    def __init__(self, subject: Subject, adapters: list[Adapter]) -> None:
        self.merger = WeightMerger({subject.component: subject.network})
        self._pool = {adapter.sha256: adapter for adapter in adapters}
        self._first = adapters[0].sha256

    def tick(self, i: int) -> None:
        self.merger.apply(self._stack(i), self._pool, CancelToken(), held=self._first)

    def settle(self, i: int) -> None:
        self.merger.apply(self._stack(i), self._pool, CancelToken())

    def _stack(self, i: int) -> list[AppliedAdapter]:
        moved = 0.5 + 0.01 * i
        return [AppliedAdapter(s, moved if s == self._first else 0.7, 0.0) for s in self._pool]


class Patched:
    """The other usual way: a clone of each weight that is changed, each change added to it in
    float32 one after the other, and the clone copied back before the next."""

    def __init__(self, subject: Subject, adapters: list[Adapter]) -> None:
        self._adapters = adapters
        self._live = {key: subject.network.get_parameter(key[1]).detach() for key in subject.keys}
        self._clones = {key: weight.clone() for key, weight in self._live.items()}

    def settle(self, i: int) -> None:
        self.restore()
        for key, weight in self._live.items():
            total = weight.to(torch.float32, copy=True)
            for number, adapter in enumerate(self._adapters):
                strength = 0.7 if number else 0.5 + 0.01 * i
                total += _change(adapter, key, weight, strength)
            weight.copy_(total)

    def restore(self) -> None:
        for key, weight in self._live.items():
            weight.copy_(self._clones[key])


def _change(adapter: Adapter, key: Any, weight: torch.Tensor, strength: float) -> torch.Tensor:
    delta = adapter.weights[key]
    assert isinstance(delta, LowRankDelta)
    up, down = (part.to(weight.device, torch.float32) for part in (delta.up, delta.down))
    return (up @ down).mul_(strength * delta.scaling).view(weight.shape)


def copier(subject: Subject) -> Callable[[int], None]:
    """Copies as many bytes on the device as the touched weights have."""
    touched = sum(subject.network.get_parameter(name).nbytes for _, name in subject.keys)
    piece = min(touched, _COPY_PIECE)
    device = next(subject.network.parameters()).device
    source, target = (torch.zeros(piece, dtype=torch.uint8, device=device) for _ in range(2))

    def copy(_: int) -> None:
        for start in range(0, touched, piece):
            target[: touched - start].copy_(source[: touched - start])

    return copy


def measured(subject: Subject, clock: Clock) -> list[Figure]:
    figures: list[Figure] = []
    copy = copier(subject)
    for depth in DEPTHS:
        try:
            figures += _of_depth(subject, depth, copy, clock)
        except RuntimeError as error:
            if not is_out_of_room(error):
                raise
            print(f"{subject.name}: there is no room for {depth} adapters.")
    return [*figures, *_peers(subject, clock)]


def _of_depth(
    subject: Subject, depth: int, copy: Callable[[int], None], clock: Clock
) -> list[Figure]:
    ours = Ours(subject, subject.adapters(depth))
    ours.settle(-1)
    grasp_ms = clock.once_ms(lambda: ours.tick(-1))
    tick_ms, copy_ms = clock.medians_ms([ours.tick, copy])
    (settle_ms,) = clock.medians_ms([lambda i: ours.settle(i + 1000)])
    ours.merger.restore()
    name, is_wanted = f"{subject.name} {depth}", (subject.name, depth) == ("sdxl", COMPARED)
    bounds = (TICK_MS, TICK_COPIES, SETTLE_MS) if is_wanted else (None, None, None)
    return [
        Figure(f"tick {name}", tick_ms, "ms", bounds[0], what="of a held fader"),
        Figure(f"tick_vs_copy {name}", tick_ms / copy_ms, "×", bounds[1]),
        Figure(f"grasp {name}", grasp_ms, "ms", what="the first tick"),
        Figure(f"settle {name}", settle_ms, "ms", bounds[2]),
        Figure(f"copy {name}", copy_ms, "ms", what="of as many bytes on the device"),
    ]


def _peers(subject: Subject, clock: Clock) -> list[Figure]:
    """diffusers last: it changes the network for good."""
    figures: list[Figure] = []
    adapters = subject.adapters(COMPARED)
    for peer in (_patched, _fused):
        try:
            figures += peer(subject, adapters, clock)
        except RuntimeError as error:
            if not is_out_of_room(error):
                raise
            print(f"{subject.name}: there is no room for a peer of {COMPARED} adapters.")
    return figures


def _patched(subject: Subject, adapters: list[Adapter], clock: Clock) -> list[Figure]:
    """In turns with our settled merge of the same stack: each writes all of its weights anew."""
    patched, ours = Patched(subject, adapters), Ours(subject, adapters)
    ours.settle(-1)  # keeps base weights, which must be live then
    spent, settled = clock.medians_ms([patched.settle, ours.settle])
    (back,) = clock.medians_ms([lambda _: patched.restore()])
    ours.merger.restore()
    name = f"{subject.name} {COMPARED}"
    return [
        Figure(f"patched {name}", spent, "ms", what="clone, patch each key, copy back"),
        Figure(f"settle_vs_patched {name}", spent / settled, "×", what="so many times faster"),
        Figure(f"unpatched {name}", back, "ms", what="the clones copied back"),
    ]


def _fused(subject: Subject, adapters: list[Adapter], clock: Clock) -> list[Figure]:
    """diffusers' way, which needs PEFT and leaves no network that others could measure after it."""
    try:
        from peft import LoraConfig
    except ImportError:
        print("diffusers' fuse and unfuse are not measured: PEFT is not installed.")
        return []
    network: Any = subject.network
    names = [f"a{i}" for i in range(len(adapters))]
    targets = [name.removesuffix(".weight") for _, name in subject.keys]
    for name in names:
        network.add_adapter(LoraConfig(r=16, init_lora_weights=False, target_modules=targets), name)
    _give_types(network)
    network.set_adapters(names, [0.7] * len(names))
    network.fuse_lora(adapter_names=names)

    def cycle(i: int) -> None:
        network.unfuse_lora()
        network.set_adapters(names, [0.5 + 0.01 * i, *[0.7] * (len(names) - 1)])
        network.fuse_lora(adapter_names=names)

    (spent,) = clock.medians_ms([cycle])
    what = "unfuse_lora + set_adapters + fuse_lora"
    return [Figure(f"diffusers {subject.name} {COMPARED}", spent, "ms", what=what)]


def _give_types(network: Any) -> None:
    """PEFT makes its factors in float32, wherever they are made."""
    weight = next(network.parameters())
    for name, parameter in network.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.to(weight.device, weight.dtype)
