"""Infinite and undefined numbers: found before anybody sees them as a black picture."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from loraviewer.core.outcome import NotFinite
from loraviewer.core.sentences import say


def check_finite(value: Any) -> None:
    """Raises `NotFinite` for a tensor, or anything that holds some, with a number that is not
    finite. Waits for the device."""
    if not all(is_finite(tensor) for tensor in _tensors(value)):
        raise NotFinite(say("Some numbers of this picture are infinite or undefined."))


def is_finite(tensor: torch.Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())


def is_cheap(value: Any) -> bool:
    """Whether a check of `value` waits for no accelerator that could run ahead meanwhile."""
    return isinstance(value, torch.Tensor) and value.device.type == "cpu"


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif dataclasses.is_dataclass(value):
        yield from _tensors(vars(value))
    elif isinstance(value, Mapping):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _tensors(inner)


class WideningDecoder:
    """Decodes with a VAE as it is, and once more in float32 where float16 overflowed, as SDXL's
    does where its configuration does not say so. Raises `NotFinite` where that is no help.
    """

    def __init__(self, vae: Any) -> None:
        self._vae = vae
        self._decode = vae.decode
        self.has_widened = False

    def __call__(self, latents: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        """As the VAE's own `decode`: a tuple or an output whose first is the picture."""
        decoded = self._decode(latents, *args, **kwargs)
        if is_finite(decoded[0]):
            return decoded
        if self._vae.dtype == torch.float16 and is_finite(latents):
            del decoded  # it may take as much memory as the next one
            self._vae.to(torch.float32)
            try:
                decoded = self._decode(latents.float(), *args, **kwargs)
            finally:
                self._vae.to(torch.float16)  # the same numbers as before, since they were float16
            self.has_widened = True
        check_finite(decoded[0])
        return decoded


@contextlib.contextmanager
def widening(vae: Any) -> Iterator[WideningDecoder | None]:
    """Meanwhile `vae.decode` is a `WideningDecoder`; None without a VAE."""
    if vae is None:
        yield None
        return
    decoder, own = WideningDecoder(vae), vars(vae).get("decode")
    vae.decode = decoder
    try:
        yield decoder
    finally:
        del vae.decode
        if own is not None:
            vae.decode = own
