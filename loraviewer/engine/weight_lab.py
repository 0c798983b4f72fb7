"""What the engine needs of a lab that measures weights: the seam between them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import Merger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.weight_measurements import Measured, Measurement


class WeightLab(Protocol):
    """Used on the engine thread only. It reads base weights and changes none."""

    def measure(
        self,
        wanted: Measurement,
        adapters: Mapping[str, Adapter],
        merger: Merger,
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> Measured:
        """`adapters` by sha256: all that are asked about. Raises `MergeError` and `Cancelled`."""
        ...
