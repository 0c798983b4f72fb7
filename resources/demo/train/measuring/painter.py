"""The shipped checkpoint with a stack of shipped adapters, merged as the studio merges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from loraviewer.adapters.load import Adapter, load_adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from resources.demo.train.networks.diffusion import Sampler
from resources.demo.train.networks.shipped import shipped_sampler
from resources.demo.train.workspace import ADAPTERS


@dataclass
class Painter:
    """Paints prompts with stacks of adapters; what is taken off leaves the base as it was."""

    sampler: Sampler
    merger: WeightMerger
    index: TargetIndex
    folder: Path = ADAPTERS
    adapters: dict[str, Adapter] = field(default_factory=dict)  # by name

    @classmethod
    def open(cls) -> Painter:
        """Everything from the shipped folder, float32."""
        sampler = shipped_sampler()
        components = {"unet": sampler.unet, "text_encoder": sampler.text_encoder}
        return cls(sampler, WeightMerger(components), TargetIndex.of(components))

    @contextmanager
    def stack(self, strengths: Mapping[str, float]) -> Iterator[None]:
        """Merge adapters, by name, for a while."""
        loaded = {self.adapter(name).sha256: self.adapter(name) for name in strengths}
        applied = [
            AppliedAdapter(self.adapter(name).sha256, scale, scale)
            for name, scale in strengths.items()
        ]
        self.merger.apply(applied, loaded, CancelToken())
        try:
            yield
        finally:
            self.merger.restore()

    def adapter(self, name: str) -> Adapter:
        """One of the folder, loaded at its first use."""
        if name not in self.adapters:
            path = self.folder / f"{name}.safetensors"
            self.adapters[name], report = load_adapter(path, self.index)
            if not report.is_complete:
                raise ValueError(f"{path.name}: not all of it fits the base")
        return self.adapters[name]

    def paint(self, prompts: list[str], first_seed: int = 0, **options: object) -> np.ndarray:
        """Pictures uint8 (N, 128, 128, 3), each with a seed of its own."""
        seeds = list(range(first_seed, first_seed + len(prompts)))
        return self.sampler(prompts, seeds, **options)
