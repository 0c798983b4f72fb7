"""A compiled network that computes with weights where they lie."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

_NETWORK = "network."


class Program(Protocol):
    """Engine thread only. Whatever goes wrong is a `RuntimeError`."""

    def bind(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Compute with these from now on, by their names in the network; nothing is copied, and
        who writes to one in place changes what the program says. Whoever calls the program sees to
        it that they are still there."""
        ...

    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor: ...


class PackageProgram:
    """Implements `Program` with a package of AOTInductor: machine code and JSON, no pickle.

    It is loaded for one thread: with locks, the runner would ask events whether its last run has
    ended, and those cannot be asked once they were captured. Its first call after `bind` can never
    be captured, for the runner then looks for constants to fold, and waits.
    """

    def __init__(self, path: Path, device_index: int = -1) -> None:
        """device_index: of several cards, -1 for the usual one. Raises `RuntimeError` where it is
        not a package, or of another torch."""
        self._model: Any = torch._inductor.aoti_load_package(
            str(path), run_single_threaded=True, device_index=device_index
        )
        self._names: list[str] = self._model.get_constant_fqns()

    def bind(self, weights: Mapping[str, torch.Tensor]) -> None:
        missing = [n for n in self._names if n.removeprefix(_NETWORK) not in weights]
        if missing:
            raise RuntimeError(f"it lacks {missing[0]}")
        found = {name: _borrowed(weights[name.removeprefix(_NETWORK)]) for name in self._names}
        self._model.load_constants(found, check_full_update=True, user_managed=True)

    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        return self._model(list(tensors))


def _borrowed(weight: torch.Tensor) -> torch.Tensor:
    """The same numbers where they lie, without a share in that memory: the runner of torch 2.13
    never lets go of a tensor that it was given (`MaybeOwningAtenTensorHandle` makes a handle and
    deletes none), and all weights of every base that was ever compiled would stay."""
    memory = weight.untyped_storage()
    seen = torch._C._construct_storage_from_data_pointer(
        memory.data_ptr(), weight.device, memory.nbytes()
    )
    empty = torch.empty(0, dtype=weight.dtype, device=weight.device)
    return empty.set_(seen, weight.storage_offset(), weight.shape, weight.stride())
