"""Where the base weights of touched weights are, so that they come back bit for bit.

One after the other: the seam, a copy beside the live weight, a copy in main memory, no copy, and a
way to change between them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import torch

from loraviewer.adapters.merging.fingerprints import Digest, tensor_digest
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.outcome import FileError, MergeError
from loraviewer.core.sentences import say


class BaseWeights(Protocol):
    """The base weights W₀ of touched weights. Used on the thread of the merger."""

    def keep(self, key: WeightKey, live: torch.Tensor) -> None:
        """`live` holds W₀ now and will be overwritten: keep what gives it back. Keeping a weight
        twice keeps the first. Raises `MergeError` where it could not be given back."""
        ...

    def read(self, key: WeightKey, device: torch.device) -> torch.Tensor:
        """W₀ of a kept weight on `device`: contiguous, of the live weight's shape and dtype.

        Never to be written to. Raises `MergeError` where it can no longer be had.
        """
        ...

    def keeps(self, key: WeightKey) -> bool: ...

    def lends(self, key: WeightKey, device: torch.device) -> bool:
        """Whether `read` gives what is kept itself, or would if the weight were kept from now on:
        no copy, no file, no memory of its own."""
        ...

    def drop(self, key: WeightKey) -> None:
        """The live weight holds W₀ again."""
        ...

    @property
    def kept_bytes(self) -> int:
        """Memory that the kept base weights take."""
        ...


class ResidentBaseWeights:
    """A copy of each touched base weight, on the device of the live one."""

    def __init__(self) -> None:
        self._kept: dict[WeightKey, torch.Tensor] = {}

    def keep(self, key: WeightKey, live: torch.Tensor) -> None:
        if key not in self._kept:
            self._kept[key] = live.detach().clone(memory_format=torch.contiguous_format)

    def read(self, key: WeightKey, device: torch.device) -> torch.Tensor:
        return self._kept[key].to(device)

    def keeps(self, key: WeightKey) -> bool:
        return key in self._kept

    def lends(self, key: WeightKey, device: torch.device) -> bool:
        return True

    def drop(self, key: WeightKey) -> None:
        self._kept.pop(key, None)

    @property
    def kept_bytes(self) -> int:
        return sum(weight.nbytes for weight in self._kept.values())


class PinnedBaseWeights(ResidentBaseWeights):
    """A copy of each touched base weight in main memory: for weights on a graphics card that has
    no room for it. Pinned, so that the copy back does not pass through another buffer; CUDA may
    round each piece of pinned memory up to a power of two."""

    def keep(self, key: WeightKey, live: torch.Tensor) -> None:
        if key not in self._kept:
            is_pinned = live.device.type == "cuda"
            kept = torch.empty(live.shape, dtype=live.dtype, pin_memory=is_pinned)
            self._kept[key] = kept.copy_(live.detach())

    def read(self, key: WeightKey, device: torch.device) -> torch.Tensor:
        # The copy is queued on the stream that uses it, and the allocator of pinned memory waits
        # for it before it gives the memory to others.
        return self._kept[key].to(device, non_blocking=True)

    def lends(self, key: WeightKey, device: torch.device) -> bool:
        return device.type == "cpu"


class BaseSource(Protocol):
    """What base weights can be read from again."""

    def gives(self, key: WeightKey, live: torch.Tensor) -> bool:
        """Whether a weight of this name and shape lies there; nothing is read."""
        ...

    def read(self, key: WeightKey, dtype: torch.dtype) -> torch.Tensor:
        """The base weight in main memory, contiguous and the caller's own. `FileError` that names
        the file where it cannot be read as it once was."""
        ...

    def file_name(self, key: WeightKey) -> str: ...


@dataclass(frozen=True)
class _Reread:
    digest: Digest
    dtype: torch.dtype


class LeanBaseWeights:
    """No copies: base weights are read from the checkpoint's file again at every use.

    What the file does not have (a quantised weight, one that was computed) is kept beside the live
    weight. What is read is compared with the fingerprint of what was live: always the same bytes,
    or an error.
    """

    def __init__(self, source: BaseSource) -> None:
        self._source = source
        self._reread: dict[WeightKey, _Reread] = {}
        self._kept = ResidentBaseWeights()

    def keep(self, key: WeightKey, live: torch.Tensor) -> None:
        if self.keeps(key):
            return
        if not self._source.gives(key, live):
            self._kept.keep(key, live)
            return
        known = _Reread(tensor_digest(".".join(key), live), live.dtype)
        self._read_again(key, known)
        self._reread[key] = known

    def read(self, key: WeightKey, device: torch.device) -> torch.Tensor:
        known = self._reread.get(key)
        if known is None:
            return self._kept.read(key, device)
        return self._read_again(key, known).to(device)

    def keeps(self, key: WeightKey) -> bool:
        return key in self._reread or self._kept.keeps(key)

    def lends(self, key: WeightKey, device: torch.device) -> bool:
        return self._kept.keeps(key)

    def drop(self, key: WeightKey) -> None:
        self._reread.pop(key, None)
        self._kept.drop(key)

    @property
    def kept_bytes(self) -> int:
        return self._kept.kept_bytes

    def _read_again(self, key: WeightKey, known: _Reread) -> torch.Tensor:
        try:
            weight = self._source.read(key, known.dtype)
        except FileError as error:
            raise MergeError(error.message) from error
        if tensor_digest(".".join(key), weight) != known.digest:
            name = self._source.file_name(key)
            raise MergeError(
                say("“{name}” has changed since it was loaded; open it again.", name=name)
            )
        return weight


class MovableBaseWeights:
    """BaseWeights whose way of keeping can be changed while weights are kept."""

    def __init__(self, keeper: BaseWeights) -> None:
        self._keeper = keeper
        self._kept: dict[WeightKey, _Kept] = {}

    def keep(self, key: WeightKey, live: torch.Tensor) -> None:
        if key not in self._kept:
            self._keeper.keep(key, live)
            self._kept[key] = _Kept(self._keeper, live.device)

    def read(self, key: WeightKey, device: torch.device) -> torch.Tensor:
        return self._kept[key].keeper.read(key, device)

    def keeps(self, key: WeightKey) -> bool:
        return key in self._kept

    def lends(self, key: WeightKey, device: torch.device) -> bool:
        keeper = self._kept[key].keeper if key in self._kept else self._keeper
        return keeper.lends(key, device)

    def drop(self, key: WeightKey) -> None:
        if (kept := self._kept.pop(key, None)) is not None:
            kept.keeper.drop(key)

    @property
    def kept_bytes(self) -> int:
        keepers = {id(kept.keeper): kept.keeper for kept in self._kept.values()}
        return sum(keeper.kept_bytes for keeper in keepers.values())

    def move_to(self, keeper: BaseWeights, keys: Collection[WeightKey]) -> None:
        """Keep with `keeper` from now on, and move `keys` of what is kept already.

        The others stay where they are until they are dropped. One weight at a time is in both
        places; where that fails (`MergeError`, out of memory), the rest stays where it was.
        """
        for key in [key for key in self._kept if key in keys]:
            kept = self._kept[key]
            if kept.keeper is keeper:
                continue
            keeper.keep(key, kept.keeper.read(key, kept.device))
            self._kept[key] = _Kept(keeper, kept.device)
            kept.keeper.drop(key)
        self._keeper = keeper


@dataclass(frozen=True)
class _Kept:
    """Who keeps a weight, and the device of the live one."""

    keeper: BaseWeights
    device: torch.device
