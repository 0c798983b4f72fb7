"""Components that wait in main memory until they are needed, and a denoiser that gives way to them.

Live weights stay the same `Parameter` objects throughout, for the merger holds those: only the
memory behind them changes. Each component rests in one place, where everything that changes weights
finds it, so that a stack gives the same bytes whatever was computed before. Not yet tried on a
card.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import nn

from loraviewer.adapters.naming.base import TEXT_ENCODERS

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
    ) -> None:
        """waiting: components that rest in main memory, where they must be now. turning: the one
        that rests on the device and leaves it while text encoders are there, "" for none. Without a
        mover nothing waits."""
        self._networks = networks
        self._waiting = frozenset(waiting) if mover is not None else frozenset[str]()
        self._turning = turning if mover is not None else ""
        self._mover = mover
        self._brought: dict[str, list[_Rest]] = {}
        self._in_use: dict[Use, int] = {}
        self._is_sent_away = False

    @property
    def waiting(self) -> frozenset[str]:
        return self._waiting

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

    def rest(self) -> None:
        """Everything where it rests: for who merges after a failure. Raises what a lack of memory
        raises."""
        for name in list(self._brought):
            self._put_back(name)
        self._return()

    def keep(self, name: str) -> None:
        """A component that waited stays on the device from now on."""
        if name in self._waiting and self._mover is not None:
            self._waiting -= {name}
            for tensor in _tensors(self._networks[name]):
                tensor.data = self._mover.to_device(tensor.data)

    def _begin(self, use: Use) -> None:
        wanted = [name for name in self._networks if name in self._waiting and _is_of(name, use)]
        if use == "text_encoders" and wanted:
            self._send_away()
        for name in wanted:
            self._bring(name)

    def _end(self, use: Use) -> None:
        for name in [name for name in self._brought if _is_of(name, use)]:
            self._put_back(name)
        if use == "text_encoders":
            self._return()

    # -- those that wait in main memory ---------------------------------------------------

    def _bring(self, name: str) -> None:
        """One tensor after the other, so that half of them can be put back."""
        assert self._mover is not None
        rests = self._brought.setdefault(name, [])
        for tensor in _tensors(self._networks[name]):
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


def _is_of(name: str, use: Use) -> bool:
    return name == _VAE if use == "vae" else name in TEXT_ENCODERS


def _tensors(network: nn.Module) -> Iterator[torch.Tensor]:
    """Parameters and buffers, shared ones once."""
    yield from network.parameters()
    yield from network.buffers()
