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
        who writes to one in place changes what the program says."""
        ...

    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor: ...


class PackageProgram:
    """Implements `Program` with a package of AOTInductor: machine code and JSON, no pickle."""

    def __init__(self, path: Path) -> None:
        """Raises `RuntimeError` where it is not one, or of another torch."""
        self._model: Any = torch._inductor.aoti_load_package(str(path))
        self._names: list[str] = self._model.get_constant_fqns()

    def bind(self, weights: Mapping[str, torch.Tensor]) -> None:
        missing = [n for n in self._names if n.removeprefix(_NETWORK) not in weights]
        if missing:
            raise RuntimeError(f"it lacks {missing[0]}")
        found = {name: weights[name.removeprefix(_NETWORK)].detach() for name in self._names}
        self._model.load_constants(found, check_full_update=True, user_managed=True)

    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        return self._model(list(tensors))
