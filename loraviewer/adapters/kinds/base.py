"""What every adapter kind offers, and the two forms a module's change can take.

A kind is one small file with a class that has `name`, `suffixes` and the three methods of `Kind`.
`kinds.registry` lists all kinds in order of detection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # headers are read, and names matched, without torch
    import torch

Shape = tuple[int, ...]


class GroupProblem(Exception):  # noqa: N818 - becomes an entry of the report
    """A group that is incomplete or contradicts itself; the text says how."""


@dataclass(frozen=True)
class LowRankDelta:
    """ΔW = scaling · up @ down, flattened to (out, n) with n = in · kh · kw.

    Factors keep the dtype of the file and lie on the CPU.
    """

    up: torch.Tensor  # (out, rank)
    down: torch.Tensor  # (rank, n)
    scaling: float

    @property
    def rank(self) -> int:
        return self.up.shape[1]


class DenseDelta(Protocol):
    """A ΔW that has no exact low-rank form, or that depends on the base weight."""

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        """ΔW at scale 1 against W₀, both (out, n) in float32, on the device of `base`."""
        ...


ModuleDelta = LowRankDelta | DenseDelta


class Kind(Protocol):
    """One adapter algebra. Roles are the kind's own words for the tensors of a group."""

    name: str
    suffixes: Mapping[str, str]
    """Suffix as spelled in files → role."""

    def recognises(self, roles: frozenset[str]) -> bool:
        """Whether a group with these roles is of this kind."""
        ...

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        """Shape of ΔW, from the shapes of the factors and before anything is multiplied.

        Raises `GroupProblem` where the factors do not fit together.
        """
        ...

    def delta(self, tensors: Mapping[str, torch.Tensor], scaling: Scaling) -> ModuleDelta:
        """The module's change, from the tensors by role."""
        ...


@dataclass(frozen=True)
class Scaling:
    """alpha / rank, or alpha / √rank when rank-stabilised; 1 where the file has no alpha."""

    alpha: float | None = None
    is_rank_stabilised: bool = False

    def of_rank(self, rank: int) -> float:
        if self.alpha is None:
            return 1.0
        if rank == 0:
            return 0.0
        return self.alpha / (rank**0.5 if self.is_rank_stabilised else rank)
