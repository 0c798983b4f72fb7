"""What a settled stack makes of every weight of a base, in the precision that is asked for."""

from collections.abc import Mapping

import torch
from torch import nn

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.exports import Precision
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say

DTYPES: Mapping[Precision, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


class LiveValues:
    """One tensor at a time, made when it is asked for. `networks`: those of the merger, whose stack
    is in force. `precision`: "base" keeps every tensor as it is stored. `token` is checked before
    every tensor."""

    def __init__(
        self,
        networks: Mapping[str, nn.Module],
        merger: WeightMerger,
        precision: Precision,
        token: CancelToken,
    ) -> None:
        self.networks = networks
        self.touched_names = merger.touched_names
        self._merger = merger
        self._precision: Precision = precision
        self._token = token

    def dtype_of(self, stored: torch.dtype) -> torch.dtype:
        """In which a tensor is written that is stored in another; whole numbers stay."""
        if self._precision == "base" or not stored.is_floating_point:
            return stored
        return DTYPES[self._precision]

    def parameter(self, component: str, name: str) -> torch.Tensor:
        """On the CPU, the sum rounded once. Raises `MergeError`, `FileError` and `Cancelled`."""
        self._token.raise_if_cancelled()
        live = self.networks[component].get_parameter(name)
        dtype = self.dtype_of(live.dtype)
        made = self._merger.weight_as((component, name), dtype).cpu()
        return self._checked(made, live.detach(), f"{component}.{name}")

    def tensor(self, stored: torch.Tensor, name: str) -> torch.Tensor:
        """One that no adapter changes, from a file. Raises as `parameter`."""
        self._token.raise_if_cancelled()
        return self._checked(stored.to(self.dtype_of(stored.dtype)), stored, name)

    def _checked(self, made: torch.Tensor, stored: torch.Tensor, name: str) -> torch.Tensor:
        """Narrow formats end early: what they cannot hold becomes infinite."""
        if made.dtype == stored.dtype or not made.is_floating_point():
            return made
        if torch.isfinite(made).all() or not torch.isfinite(stored).all():
            return made  # masks are infinite by themselves
        raise FileError(
            say(
                "“{name}” has numbers that are too large for {precision}; choose bfloat16 or "
                "float32.",
                name=name,
                precision=self._precision,
            )
        )
