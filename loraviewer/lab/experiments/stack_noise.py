"""Noise in the weights that a stack would change, drawn as one adapter: as large as the weights
themselves at strength 1, so that its strength is ρ in ‖E‖ = ρ‖W₀‖."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import torch

from loraviewer.adapters.denoiser_layers import layer_keys
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import scale_at
from loraviewer.adapters.placement import BaseReader, PlacedDelta, WeightDelta
from loraviewer.adapters.targets import WEIGHT, Landing, Target, WeightKey
from loraviewer.core.experiments.weight_noise import Spectrum, noise_sha256
from loraviewer.core.outcome import AdapterError
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter, in_canonical_order
from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.changes import Change, change_of, joined
from loraviewer.lab.weights.intruders import random_factors
from loraviewer.lab.weights.singular import numeric_rank, singular_values


class Material(Protocol):
    """See `engine.stand_ins.Material`."""

    @property
    def read(self) -> Callable[[AppliedAdapter], Adapter]: ...

    @property
    def base(self) -> BaseReader: ...


@dataclass(frozen=True)
class StackNoise:
    """Of a canonical `stack`; see `engine.stand_ins.StandIn`."""

    stack: tuple[AppliedAdapter, ...]
    spectrum: Spectrum
    draw: int

    @property
    def of(self) -> str:
        return self.stack[0].sha256

    @property
    def sha256(self) -> str:
        return noise_sha256(self.spectrum, self.stack, self.draw)

    def made(self, adapter: Adapter, material: Material) -> Adapter:
        """Of layers of the denoiser. Gaussian noise is drawn whenever a weight is computed and
        takes no memory between. Computed on one of torch's threads. Raises `AdapterError` for a
        stack that changes no such layer."""
        adapters = [adapter, *(material.read(one) for one in self.stack[1:])]
        keys = [key for key in layer_keys(adapters) if material.base(key).shape[1] > 1]
        if not keys:
            raise AdapterError(
                say(
                    "“{path}” changes no layer of the denoiser; there is nothing to compare.",
                    path=str(adapter.path),
                ),
                subject=self.sha256,
            )
        with one_thread():
            drawn = self._gaussian if self.spectrum == "gaussian" else self._random
            weights = drawn(keys, adapters, material.base)
        return replace(adapter, sha256=self.sha256, name=self.spectrum, weights=weights)

    def _gaussian(
        self, keys: list[WeightKey], adapters: list[Adapter], base: BaseReader
    ) -> Mapping[WeightKey, WeightDelta]:
        return {key: _placed(key, tuple(base(key).shape), self._seed(key)) for key in keys}

    def _random(
        self, keys: list[WeightKey], adapters: list[Adapter], base: BaseReader
    ) -> Mapping[WeightKey, WeightDelta]:
        """The sum's own singular values, all of them multiplied by one factor."""
        values = {key: self._values(key, adapters, base) for key in keys}
        length = math.sqrt(sum(one.square().sum().item() for one, _ in values.values()))
        wanted = math.sqrt(sum(_energy(base(key)) for key in keys))
        factor = wanted / length if length else 0.0
        return {
            key: _random_delta(factor * one, shape, self._seed(key))
            for key, (one, shape) in values.items()
        }

    def _values(
        self, key: WeightKey, adapters: list[Adapter], base: BaseReader
    ) -> tuple[torch.Tensor, tuple[int, int]]:
        own = [(a, e) for a, e in zip(adapters, self.stack, strict=True) if key in a.weights]
        changes = [change_of(adapter.weights[key], base) for adapter, _ in own]
        known = [change for change in changes if change is not None]
        whole: Change = joined(known, [scale_at(key, entry) for _, entry in own])
        values = singular_values(whole)
        return values[: max(1, numeric_rank(values, whole))], whole.shape

    def _seed(self, key: WeightKey) -> int:
        digest = hashlib.sha256("|".join((self.sha256, *key)).encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1


@dataclass(frozen=True)
class GaussianDelta:
    """A Gaussian E with ‖E‖ = ‖W₀‖, drawn on the CPU whenever it is asked for."""

    seed: int
    needs_base = True

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        drawn = torch.randn(tuple(base.shape), generator=generator)
        drawn *= math.sqrt(_energy(base) / _energy(drawn))
        return drawn.to(base.device)


def stack_noises(stack: Iterable[AppliedAdapter], draws: int) -> dict[str, StackNoise]:
    """All that an experiment of outputs may ask for, by sha256."""
    ordered = in_canonical_order(stack)
    spectra: tuple[Spectrum, ...] = ("gaussian", "random")
    found = [
        StackNoise(ordered, spectrum, draw) for spectrum in spectra for draw in range(1, draws + 1)
    ]
    return {one.sha256: one for one in found}


def _placed(key: WeightKey, shape: tuple[int, ...], seed: int) -> PlacedDelta:
    component, name = key
    path, _, role = name.rpartition(".")
    landing = Landing(Target(component, path, {WEIGHT: shape}))
    return PlacedDelta(GaussianDelta(seed), landing, (landing,), (shape[0], shape[1]), role)


def _random_delta(values: torch.Tensor, shape: tuple[int, int], seed: int) -> LowRankDelta:
    up, down = random_factors(values, shape, seed)
    return LowRankDelta(up.float(), down.float(), 1.0)


def _energy(values: torch.Tensor) -> float:
    """‖·‖²."""
    return values.square().sum(dtype=torch.float64).item()
