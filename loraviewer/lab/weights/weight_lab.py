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
from loraviewer.lab.weights.weight_details import weight_details

PART_S = 0.12
"""So long at most, if no single weight takes longer, pictures wait for a part of the spectra."""


class WeightLab:
    """Implements `engine.weight_lab.WeightLab`. Keeps what is costly: Gram entries by adapter and
    base, and σ₁(W₀). One thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._grams = GramCache()
        self._base_largest: dict[str, dict[WeightKey, float]] = {}

    def measure(
        self,
        wanted: Measurement,
        adapters: Mapping[str, Adapter],
        merger: Merger,
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> Measured:
        """`adapters` by sha256: all that are asked about. Raises `MergeError`, `Cancelled`."""
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
            return weight_details(wanted, pool, merger, token)
        return self._spectra(wanted, pool, read, self._largest_of(merger), token, on_progress)

    def _largest_of(self, merger: Merger) -> dict[WeightKey, float]:
        """σ₁(W₀) of the base that is loaded; of others nothing is kept."""
        if merger.base_identity not in self._base_largest:
            self._base_largest = {merger.base_identity: {}}
        return self._base_largest[merger.base_identity]

    def _spectra(
        self,
        wanted: SpectraWanted,
        pool: Mapping[str, Adapter],
        read: Callable[[WeightKey], torch.Tensor],
        base_largest: dict[WeightKey, float],
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> SpectraPart:
        total = len(touched_weights(wanted.rows, pool))
        ends_at = self._clock() + PART_S
        found: list[WeightSpectra] = []
        for one in spectra_of_stack(
            wanted.rows, pool, read, base_largest, token, first=wanted.first
        ):
            found.append(one)
            on_progress((wanted.first + len(found)) / total)
            if self._clock() >= ends_at:
                break
        return SpectraPart(wanted.first, tuple(found), total)
