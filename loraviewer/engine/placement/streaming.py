"""A denoiser that does not fit the card: its blocks lie there only while their turn comes.

Modelled on diffusers' group offloading, which could not be taken (0.42.1): after an exception in a
forward its groups stay on the card, so that the next merge would write to copies; with a stream,
buffers of a group never leave it, and what lies in no block goes over the bus at every step; it
knows nothing of branches beside weights; and a CPU cannot run it with a stream, so that no test
here could.

Here weights are elsewhere only while the network's own forward runs, and whatever ends it, all of
them rest in main memory, where merges write, fingerprints read and branches are built. Not yet
tried on a card.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from loraviewer.adapters.unmerged.travelling import shared_tensors, travelling_tensors
from loraviewer.core.placement.blocks import streamed_block
from loraviewer.core.placement.plan import GROUPS_AT_ONCE
from loraviewer.engine.placement.cargo import Cargo
from loraviewer.engine.placement.conveyor import Conveyor


def can_be_streamed(network: nn.Module) -> bool:
    """Whether its tensors are all of it: those of quantisation libraries hide others in them, or
    beside them, which would stay behind."""
    plain = (torch.Tensor, nn.Parameter)
    return all(
        type(tensor) in plain or hasattr(tensor, "quant_type") for _, tensor in _named(network)
    )


@dataclass
class _Group:
    """One block: its own tensors, and the branches that are beside its weights now."""

    module: nn.Module
    weights: Cargo
    branches: Cargo | None = None

    @property
    def cargos(self) -> list[Cargo]:
        return [self.weights] if self.branches is None else [self.weights, self.branches]

    def load_branches(self, in_main: Callable[[int], torch.Tensor]) -> None:
        tensors = tuple(travelling_tensors(self.module))
        if not tensors:
            self.branches = None
        elif self.branches is None or not self.branches.holds(tensors):
            self.branches = Cargo(tensors, in_main)


@dataclass
class _Slot:
    """Device memory for one group; what was sent there, and of which versions."""

    weights: torch.Tensor
    branches: torch.Tensor | None = None
    cargos: list[Cargo] = field(default_factory=list[Cargo])
    versions: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])

    def has(self, group: _Group) -> bool:
        return self.cargos == group.cargos and self.versions == _versions(self.cargos)


class BlockStream:
    """Of one network. Engine thread only."""

    def __init__(
        self,
        network: nn.Module,
        conveyor: Conveyor,
        to_device: Callable[[torch.Tensor], torch.Tensor],
        stays: int = 0,
    ) -> None:
        """`network` is in main memory as a whole; what lies in no block is moved to the device, and
        stays, with as many blocks as `stays` bytes have room for. to_device: a copy of a tensor
        there."""
        self._network = network
        self._conveyor = conveyor
        self._to_device = to_device
        streamed = _streamed(network, stays)
        self._outside = list(_others(network, streamed))
        self._groups = [
            _Group(network.get_submodule(block), Cargo(tensors, conveyor.in_main))
            for block, tensors in streamed.items()
        ]
        self._slots: list[_Slot] = []
        self._present: tuple[_Group, _Slot] | None = None
        self._shared: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._settle()

    def _settle(self) -> None:
        for tensor in self._outside:
            tensor.data = self._to_device(tensor.data)
        for group in self._groups:
            for module in group.module.modules():  # some blocks are never called themselves
                module.register_forward_pre_hook(functools.partial(self._on_turn, group))
        forward = self._network.forward

        @functools.wraps(forward)
        def streamed(*args: Any, **kwargs: Any) -> Any:
            try:
                self._bring_shared()
                return forward(*args, **kwargs)
            finally:
                self._all_rest()

        self._network.forward = streamed

    @property
    def group_bytes(self) -> int:
        """Of the largest group, without branches."""
        return max((group.weights.size_bytes for group in self._groups), default=0)

    @property
    def streamed_bytes(self) -> int:
        """Of all groups: what goes to the device in a step."""
        return sum(group.weights.size_bytes for group in self._groups)

    @property
    def device_bytes(self) -> int:
        """What its slots take now, branches among it."""
        memories = [m for slot in self._slots for m in (slot.weights, slot.branches)]
        return sum(memory.nbytes for memory in memories if memory is not None)

    def give_back(self) -> None:
        """The memory that blocks had on the device."""
        self._conveyor.finish()
        self._all_rest()
        self._slots = []

    # -- in a forward ---------------------------------------------------------------------

    def _on_turn(self, group: _Group, *_: Any) -> None:
        """Before each forward in a block."""
        if self._present is not None:
            if self._present[0] is group:
                return
            self._leave()
        slot = self._brought(group, busy=None)
        self._conveyor.receive()
        self._present = group, slot
        for cargo, memory in zip(slot.cargos, _memories(slot), strict=False):
            cargo.lie_in(memory)
        if len(self._slots) == GROUPS_AT_ONCE:
            self._brought(self._after(group), busy=slot)

    def _leave(self) -> None:
        """The group that is there rests."""
        if self._present is None:
            return
        (_, slot), self._present = self._present, None
        for cargo, versions in zip(slot.cargos, slot.versions, strict=True):
            cargo.rest(versions)

    def _all_rest(self) -> None:
        self._leave()
        while self._shared:
            tensor, resting = self._shared.pop()
            tensor.data = resting

    def _after(self, group: _Group) -> _Group:
        return self._groups[(self._groups.index(group) + 1) % len(self._groups)]

    def _brought(self, group: _Group, busy: _Slot | None) -> _Slot:
        """Where it is, or on its way to: into any slot but the one that is busy."""
        group.load_branches(self._conveyor.in_main)
        slots = [slot for slot in self._room() if slot is not busy]
        known = next((slot for slot in slots if slot.has(group)), None)
        return known or self._sent(group, slots[0])

    def _sent(self, group: _Group, slot: _Slot) -> _Slot:
        slot.cargos = []  # until all of it is queued
        self._conveyor.send(group.weights.resting, slot.weights[: group.weights.size_bytes])
        if group.branches is not None:
            size = group.branches.size_bytes
            self._conveyor.send(group.branches.resting, self._branch_room(slot, size)[:size])
        slot.cargos, slot.versions = group.cargos, _versions(group.cargos)
        return slot

    def _room(self) -> list[_Slot]:
        if not self._slots:
            count, size = min(GROUPS_AT_ONCE, len(self._groups)), self.group_bytes
            self._slots = [_Slot(self._conveyor.on_device(size)) for _ in range(count)]
        return self._slots

    def _branch_room(self, slot: _Slot, size: int) -> torch.Tensor:
        """Grows with the branches; what is given up may still be copied to."""
        if slot.branches is None or slot.branches.nbytes < size:
            self._conveyor.finish()
            slot.branches = None
            slot.branches = self._conveyor.on_device(size)
        return slot.branches

    def _bring_shared(self) -> None:
        """What branches of several blocks share, a few numbers each, in this forward."""
        for tensor in shared_tensors(group.module for group in self._groups):
            self._shared.append((tensor, tensor.data))
            tensor.data = self._to_device(tensor.data)


def _versions(cargos: list[Cargo]) -> list[tuple[int, ...]]:
    return [cargo.versions for cargo in cargos]


def _memories(slot: _Slot) -> Iterator[torch.Tensor]:
    yield slot.weights
    if slot.branches is not None:
        yield slot.branches


def _named(network: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """By all names that lead to them."""
    yield from network.named_parameters(remove_duplicate=False)
    yield from network.named_buffers(remove_duplicate=False)


def _blocks(network: nn.Module) -> dict[str, list[torch.Tensor]]:
    """Their tensors, in the order of the blocks; those that several blocks share are in none."""
    owners: dict[int, set[str]] = {}
    for name, tensor in _named(network):
        owners.setdefault(id(tensor), set()).add(streamed_block(name))
    found: dict[str, dict[int, torch.Tensor]] = {}
    for name, tensor in _named(network):
        block = streamed_block(name)
        if block and len(owners[id(tensor)]) == 1:
            found.setdefault(block, {})[id(tensor)] = tensor
    return {block: list(tensors.values()) for block, tensors in found.items()}


def _streamed(network: nn.Module, stays: int) -> dict[str, list[torch.Tensor]]:
    """The blocks that do not stay. Those that do lie evenly between them, so that the bus is busy
    while they compute."""
    blocks = _blocks(network)
    left = stays - sum(tensor.nbytes for tensor in _others(network, blocks))
    sizes = [sum(tensor.nbytes for tensor in tensors) for tensors in blocks.values()]
    kept = _evenly(sizes, left)
    return {block: blocks[block] for i, block in enumerate(blocks) if i not in kept}


def _evenly(sizes: list[int], room: int) -> set[int]:
    """The most that fit, by their places."""
    total = len(sizes)
    for count in range(total, 0, -1):
        kept = {i for i in range(total) if i * count // total != (i + 1) * count // total}
        if sum(sizes[i] for i in kept) <= room:
            return kept
    return set()


def _others(
    network: nn.Module, streamed: Mapping[str, list[torch.Tensor]]
) -> Iterator[torch.Tensor]:
    """What lies in none of these blocks, once each."""
    known = {id(tensor) for tensors in streamed.values() for tensor in tensors}
    for _, tensor in _named(network):
        if id(tensor) not in known:
            known.add(id(tensor))
            yield tensor
