"""Random changes with chosen directions, and adapters of one weight."""

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.changes import Factors

KEY = ("unet", "layer.weight")


def normal(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def orthonormal(rows: int, columns: int, seed: int) -> torch.Tensor:
    return torch.linalg.qr(normal(rows, columns, seed=seed))[0]


def random_factors(rows: int, columns: int, rank: int, seed: int) -> Factors:
    return Factors(normal(rows, rank, seed=seed), normal(rank, columns, seed=seed + 1000))


def with_spectrum(rows: int, columns: int, values: list[float], seed: int) -> Factors:
    """Random directions with these singular values."""
    left = orthonormal(rows, len(values), seed) * torch.tensor(values, dtype=torch.float64)
    return Factors(left, orthonormal(columns, len(values), seed + 1000).T)


def adapter(name: str, change: Factors, scaling: float = 1.0) -> Adapter:
    """Of one weight, `KEY`; `name` is one character, repeated to make the hash."""
    return Adapter(name * 64, name, "", {KEY: LowRankDelta(change.up, change.down, scaling)})


def use(*pairs: tuple[Adapter, float]) -> tuple[list[AppliedAdapter], dict[str, Adapter]]:
    """The two first arguments of `spectra_of_stack`."""
    return [AppliedAdapter(a.sha256, s, s) for a, s in pairs], {a.sha256: a for a, _ in pairs}
