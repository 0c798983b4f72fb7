"""Fingerprints of live weights: a pure function of names, dtypes, shapes and bytes."""

from collections.abc import Iterable, Iterator, Mapping

import torch
import xxhash
from torch import nn

from loraviewer.adapters.packed.layers import packed_weights

Digest = bytes


def tensor_digest(name: str, tensor: torch.Tensor) -> Digest:
    """xxh3_128 of one tensor with its name, dtype and shape, in logical (row-major) order."""
    plain = tensor.detach().to("cpu").contiguous()
    digest = xxhash.xxh3_128(f"{name}|{plain.dtype}|{tuple(plain.shape)}|".encode())
    if plain.numel():
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().data)
    return digest.digest()


def combined(digests: Mapping[str, Digest]) -> str:
    """One hex fingerprint of many tensors, independent of their order."""
    whole = xxhash.xxh3_128()
    for name in sorted(digests):
        whole.update(digests[name])
    return whole.hexdigest()


def live_tensors(components: Mapping[str, nn.Module]) -> Iterator[tuple[str, torch.Tensor]]:
    """All saved tensors of all components, as ("unet.conv_in.weight", tensor). Packed weights are
    what they would be if they were widened, one at a time: it is the same base."""
    for component, network in components.items():
        packed = packed_weights(network)
        for key, tensor in network.state_dict().items():
            layer = packed.get(key)
            yield f"{component}.{key}", tensor if layer is None else layer.weight_numbers()


class LiveFingerprint:
    """Digests of all live tensors; only those marked stale are hashed again."""

    def __init__(self, components: Mapping[str, nn.Module]) -> None:
        self._components = components
        self.base: Mapping[str, Digest] = {
            name: tensor_digest(name, tensor) for name, tensor in live_tensors(components)
        }
        self.identity = combined(self.base)
        self._digests = dict(self.base)
        self._stale: set[str] = set()

    def mark(self, names: Iterable[str]) -> None:
        """These tensors were rewritten."""
        self._stale.update(names)

    def value(self) -> str:
        """The fingerprint of the live weights."""
        if self._stale:
            for name, tensor in live_tensors(self._components):
                if name in self._stale:
                    self._digests[name] = tensor_digest(name, tensor)
            self._stale.clear()
        return combined(self._digests)
