"""Components that wait in main memory until they are needed, and a denoiser that gives way to them,
or comes block by block.

Live weights stay the same `Parameter` objects throughout, for the merger holds those: only the
memory behind them changes. Each component rests in one place, where everything that changes weights
finds it, so that a stack gives the same bytes whatever was computed before. Not yet tried on a
card.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal, Protocol

import torch
from torch import nn

from loraviewer.adapters.naming.base import TEXT_ENCODERS
from loraviewer.adapters.unmerged.travelling import shared_tensors, travelling_tensors
from loraviewer.engine.placement.streaming import BlockStream

Use = Literal["text_encoders", "vae"]
_VAE = "vae"


class Mover(Protocol):
    """Copies between the memories of one device."""

    def to_device(self, tensor: torch.Tensor) -> torch.Tensor: ...

    def to_main(self, tensor: torch.Tensor) -> torch.Tensor: ...


@dataclass(frozen=True)
class DeviceMover:
    """To a device of torch, and to main memory."""

    device: torch.device

    def to_device(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(self.device)

    def to_main(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to("cpu")


@dataclass(frozen=True)
class _Rest:
    """A tensor of a component that is elsewhere now: what is behind it where it rests, and how
    often it had been written to when it left."""

    tensor: torch.Tensor
    resting: torch.Tensor
    version: int


class Placement:
    """Of one base. Engine thread only. Whoever merges does so outside of `using`."""

    def __init__(
        self,
        networks: Mapping[str, nn.Module],
        waiting: Collection[str] = (),
        turning: str = "",
        mover: Mover | None = None,
        streams: Mapping[str, BlockStream] | None = None,
        beside: bool = False,
    ) -> None:
        """waiting: components that rest in main memory, where they must be now. turning: the one
        that rests on the device and leaves it while text encoders are there, "" for none. Without a
        mover nothing waits. streams: of those that come block by block. beside: whether adapters
        are to be computed beside the weights."""
        self._networks = networks
        self._waiting = frozenset(waiting) if mover is not None else frozenset[str]()
        self._turning = turning if mover is not None else ""
        self._mover = mover
        self._streams = dict(streams or {})
        self.wants_beside = beside
        self._brought: dict[str, list[_Rest]] = {}
        self._in_use: dict[Use, int] = {}
        self._is_sent_away = False

    @property
    def waiting(self) -> frozenset[str]:
        return self._waiting

    @property
    def moved(self) -> frozenset[str]:
        """Components that are on the device while they are needed, or leave it for others."""
        return self._waiting | {name for name in (self._turning,) if name}

    @property
    def in_main(self) -> frozenset[str]:
        """Components whose weights rest in main memory, where they are merged."""
        return self._waiting | self._streams.keys()

    @property
    def streamed(self) -> frozenset[str]:
        return frozenset(self._streams)

    @property
    def is_whole(self) -> bool:
        """Whether every component always lies on the device."""
        return not (self._waiting or self._turning or self._streams)

    @contextlib.contextmanager
    def using(self, *uses: Use) -> Iterator[None]:
        """These components are on the device meanwhile; may be nested. Whatever happens, all of
        them rest where they did."""
        with contextlib.ExitStack() as stack:
            for use in uses:
                stack.enter_context(self._using(use))
            yield

    @contextlib.contextmanager
    def _using(self, use: Use) -> Iterator[None]:
        self._in_use[use] = self._in_use.get(use, 0) + 1
        try:
            if self._in_use[use] == 1:
                self._begin(use)
            yield
        finally:
            self._in_use[use] -= 1
            if not self._in_use[use]:
                self._end(use)

    @contextlib.contextmanager
    def denoising(self) -> Iterator[None]:
        """The denoiser can be called. Raises what a lack of memory raises."""
        self.rest()  # one that gave way and did not come back in between
        try:
            yield
        finally:
            self._give_back()

    def rest(self) -> None:
        """Everything where it rests: for who merges after a failure. Raises what a lack of memory
        raises."""
        for name in list(self._brought):
            self._put_back(name)
        self._give_back()
        self._return()

    def _give_back(self) -> None:
        """Device memory that blocks were brought to."""
        for stream in self._streams.values():
            stream.give_back()

    def _begin(self, use: Use) -> None:
        wanted = [name for name in self._networks if name in self._waiting and _is_of(name, use)]
        if use == "text_encoders" and wanted:
            self._send_away()
        for name in wanted:
            self._bring(name)

    def _end(self, use: Use) -> None:
        for name in [name for name in self._brought if _is_of(name, use)]:
            self._put_back(name)
        self._give_back()
        if use == "text_encoders":
            self._return()

    # -- those that wait in main memory ---------------------------------------------------

    def _bring(self, name: str) -> None:
        """One tensor after the other, so that half of them can be put back. What several components
        share comes with the first of them; all that share anything come and go together."""
        assert self._mover is not None
        rests = self._brought.setdefault(name, [])
        there = {id(rest.tensor) for rests in self._brought.values() for rest in rests}
        for tensor in (t for t in _tensors(self._networks[name]) if id(t) not in there):
            resting = tensor.data
            tensor.data = self._mover.to_device(resting)
            rests.append(_Rest(tensor, resting, tensor._version))

    def _put_back(self, name: str) -> None:
        """Nothing is copied, but for what was written to meanwhile."""
        for rest in self._brought.pop(name):
            if rest.tensor._version != rest.version:
                rest.resting.copy_(rest.tensor.data)
            rest.tensor.data = rest.resting

    # -- the one that gives way -----------------------------------------------------------

    def _send_away(self) -> None:
        if not self._turning or self._is_sent_away:
            return
        assert self._mover is not None
        self._is_sent_away = True
        for tensor in _tensors(self._networks[self._turning]):
            tensor.data = self._mover.to_main(tensor.data)

    def _return(self) -> None:
        if not self._is_sent_away:
            return
        assert self._mover is not None
        for tensor in _tensors(self._networks[self._turning]):
            tensor.data = self._mover.to_device(tensor.data)
        self._is_sent_away = False


def compute_on(network: nn.Module, device: torch.device) -> None:
    """Tell diffusers where a network computes whose weights may be elsewhere: it asks accelerate's
    hooks, and else the weights of the first network of a pipeline."""
    network._hf_hook = SimpleNamespace(execution_device=device)  # type: ignore[assignment]


def _is_of(name: str, use: Use) -> bool:
    return name == _VAE if use == "vae" else name in TEXT_ENCODERS


def _tensors(network: nn.Module) -> Iterator[torch.Tensor]:
    """Parameters and buffers, shared ones once, and what is computed beside the weights."""
    yield from network.parameters()
    yield from network.buffers()
    yield from travelling_tensors(network)
    yield from shared_tensors([network])
