"""A network is built from settings that a stranger wrote: ten million layers of a file that holds
two hundred weights would be built for hours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn
from torch.nn.modules.module import (
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)

from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say

_TIMES, _SPARE = 8, 2_000
"""Networks have some modules without weights, and weights that their files leave out."""


@contextmanager
def bounded_growth(config_folder: Path, weights: int) -> Iterator[None]:
    """Within it, building far more modules or parameters than `weights` raises `CheckpointError`.

    For the one thread that builds networks: torch tells of those of every thread.
    """
    left = weights * _TIMES + _SPARE

    def count(module: nn.Module, name: str, part: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise CheckpointError(
                say(
                    "{path}: its settings describe a far larger network than its {weights} "
                    "weights; the folder is damaged.",
                    path=str(config_folder),
                    weights=weights,
                )
            )

    hooks = (
        register_module_parameter_registration_hook(count),
        register_module_module_registration_hook(count),
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
