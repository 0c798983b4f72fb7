"""Intruder dimensions: strong new directions that W₀ knows nothing of.

Shuttleworth, Andreas, Torralba and Sharma, arXiv:2410.21228. A left singular vector of W₀ + S among
the first ten is an intruder if its cosine with every left singular vector of W₀ is below one half.
Their work is on language models, one adapter each; a count means little without that of a random
change with the same singular values beside it, which is given.
"""

from dataclasses import dataclass

import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.lab.weights.changes import Change, Factors, product
from loraviewer.lab.weights.singular import Directions, Operator, largest

TOP = 10
LEAST_COSINE = 0.5

_RESIDUAL = 1e-4
"""Of a direction: enough to know on which side of one half its cosine lies."""


@dataclass(frozen=True)
class Base:
    """W₀ (out, n) in float64, and all its left singular vectors."""

    weight: torch.Tensor
    left: torch.Tensor

    @classmethod
    def of(cls, weight: torch.Tensor) -> "Base":
        """Decomposes all of W₀: seconds for a large weight; keep it while the base is loaded."""
        wide = weight.cpu().double()
        return cls(wide, torch.linalg.svd(wide, full_matrices=False)[0])


@dataclass(frozen=True)
class Direction:
    """One of the strongest directions of W₀ + S. `cosine`: the largest with any direction of W₀.
    `owner`: index of the change whose output side it lies in most; None without changes."""

    value: float
    cosine: float
    owner: int | None
    is_intruder: bool


@dataclass(frozen=True)
class Intruders:
    """`random_count`: how many a random change with the same singular values makes."""

    directions: tuple[Direction, ...]
    random_count: int

    @property
    def count(self) -> int:
        return sum(one.is_intruder for one in self.directions)


def intruders(
    base: Base,
    stack: Change,
    spectrum: torch.Tensor,
    owners: tuple[Directions, ...] = (),
    token: CancelToken | None = None,
) -> Intruders:
    """Of W₀ + S. spectrum: the singular values of S. owners: the directions of each adapter."""
    top = _top(base, stack, token)
    cosines = _cosines(base, top)
    found = tuple(
        Direction(value, cosine, _owner(top.left[:, i], owners), cosine < LEAST_COSINE)
        for i, (value, cosine) in enumerate(zip(top.values.tolist(), cosines, strict=True))
    )
    random = _top(base, random_change(spectrum, stack.shape), token)
    return Intruders(found, sum(cosine < LEAST_COSINE for cosine in _cosines(base, random)))


def random_change(values: torch.Tensor, shape: tuple[int, int], seed: int = 0) -> Change:
    """A change with these singular values and random directions: what of an effect is strength
    alone."""
    return product(*random_factors(values, shape, seed))


def random_factors(
    values: torch.Tensor, shape: tuple[int, int], seed: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """up (out, r) and down (r, n) of such a change, in float64, for r values."""
    generator = torch.Generator().manual_seed(seed)
    left, right = (_orthonormal(size, len(values), generator) for size in shape)
    return left * values, right.T


def _orthonormal(size: int, count: int, generator: torch.Generator) -> torch.Tensor:
    drawn = torch.randn(size, count, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(drawn)[0]


def _top(base: Base, change: Change, token: CancelToken | None) -> Directions:
    """The strongest directions of W₀ + ΔW."""
    whole = Operator.of(base.weight)
    if isinstance(change, Factors):
        return largest(whole.plus(change), TOP, token, _RESIDUAL)
    return largest(Operator.of(base.weight + change.matrix()), TOP, token, _RESIDUAL)


def _cosines(base: Base, top: Directions) -> list[float]:
    return (base.left.T @ top.left).abs().amax(0).tolist()


def _owner(direction: torch.Tensor, owners: tuple[Directions, ...]) -> int | None:
    shares = [(one.left.T @ direction).norm().item() for one in owners]
    return max(range(len(shares)), key=shares.__getitem__) if shares else None
