"""What the studio asks about weights, answered on the engine thread from what is loaded there."""

import time
from collections.abc import Callable, Mapping

import torch

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import Merger
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.weight_measurements import (
    DetailsWanted,
    LiveAnswer,
    LiveWanted,
    Measured,
    Measurement,
    SpectraPart,
    SpectraWanted,
)
from loraviewer.core.weight_spectra import WeightSpectra
from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.gram import GramCache, measure_stack
from loraviewer.lab.weights.known_geometry import KnownGeometry
from loraviewer.lab.weights.spectra import spectra_of_stack, touched_weights
from loraviewer.lab.weights.weight_details import BaseTops, weight_details

PART_S = 0.12
"""So long at most, if no single weight takes longer, pictures wait for a part of the spectra."""


class WeightLab:
    """Implements `engine.weight_lab.WeightLab`. Keeps what is costly: Gram entries by adapter and
    base, σ₁(W₀), and the strongest directions of weights that were looked at. One thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._grams = GramCache()
        self._known_base = ""
        self._base_largest: dict[WeightKey, float] = {}
        self._base_tops: BaseTops = {}

    def measure(
        self,
        wanted: Measurement,
        adapters: Mapping[str, Adapter],
        merger: Merger,
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> Measured:
        """`adapters` by sha256: all that are asked about. Raises `MergeError`, `Cancelled`."""
        self._keep_for(merger.base_identity)
        pool = merger.untied(adapters)

        def read(key: WeightKey) -> torch.Tensor:
            return merger.base_weight(key).float()

        if isinstance(wanted, LiveWanted):
            loaded = list(pool.values())
            identity = merger.base_identity
            with one_thread():
                whole = measure_stack(loaded, read, identity, self._grams, token, on_progress)
            return LiveAnswer(KnownGeometry(identity, whole))
        if isinstance(wanted, DetailsWanted):
            return weight_details(wanted, pool, merger, token, self._base_tops)
        return self._spectra(wanted, pool, read, token, on_progress)

    def _keep_for(self, base_identity: str) -> None:
        """Of other bases nothing is kept but Gram entries."""
        if base_identity != self._known_base:
            self._known_base = base_identity
            self._base_largest, self._base_tops = {}, {}

    def _spectra(
        self,
        wanted: SpectraWanted,
        pool: Mapping[str, Adapter],
        read: Callable[[WeightKey], torch.Tensor],
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> SpectraPart:
        total = len(touched_weights(wanted.rows, pool))
        ends_at = self._clock() + PART_S
        found: list[WeightSpectra] = []
        for one in spectra_of_stack(
            wanted.rows, pool, read, self._base_largest, token, first=wanted.first
        ):
            found.append(one)
            on_progress((wanted.first + len(found)) / total)
            if self._clock() >= ends_at:
                break
        return SpectraPart(wanted.first, tuple(found), total)
