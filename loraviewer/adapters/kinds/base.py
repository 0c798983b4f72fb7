"""What every adapter kind offers, and the two forms a change of a weight can take.

A kind is one small file with a class that has `name`, `suffixes` and the methods of `Kind`.
`kinds.registry` lists all kinds in order of detection. Shapes are those of the module as the file
names it; where the base has another one (split, swapped halves), `placement` translates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from loraviewer.adapters.naming.base import Shape

if TYPE_CHECKING:  # headers are read, and names matched, without torch
    import torch


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

    @property
    def needs_base(self) -> bool:
        """Whether ΔW depends on W₀; if not, `dense` ignores it."""
        ...

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        """ΔW at scale 1 against W₀, both (out, n) in float32, on the device of `base`."""
        ...


Delta = LowRankDelta | DenseDelta


@dataclass(frozen=True)
class Scaling:
    """What a file says about the size of a change.

    alpha / rank, or alpha / √rank when rank-stabilised; 1 where the file has no alpha. `fixed`
    replaces all that. `rank`: what a configuration says where the tensors show none (PEFT's LoKr
    divides by it even if both of its matrices are whole). `initial_rank`: AdaLoRA's before it was
    pruned. `neumann_terms`: how PEFT's OFT approximates the Cayley transform, None for its exact
    branch; `rotation_limit`: of ‖Q‖ in its constrained form. `is_feedforward`: whether PEFT's IA³
    lies on what the layer reads; None: nobody says.
    """

    alpha: float | None = None
    is_rank_stabilised: bool = False
    fixed: float | None = None
    rank: int | None = None
    initial_rank: int | None = None
    neumann_terms: int | None = 5
    rotation_limit: float | None = None
    is_feedforward: bool | None = None

    def of_rank(self, rank: int) -> float:
        if self.fixed is not None:
            return self.fixed
        if self.alpha is None:
            return 1.0
        if rank == 0:
            return 0.0
        return self.alpha / (rank**0.5 if self.is_rank_stabilised else rank)


class Kind(Protocol):
    """One adapter algebra. Roles are the kind's own words for the tensors of a group."""

    @property
    def name(self) -> str: ...

    @property
    def suffixes(self) -> Mapping[str, str]:
        """Suffix as spelled in files → role."""
        ...

    def recognises(self, shapes: Mapping[str, Shape]) -> bool:
        """Whether a group with tensors of these roles and shapes is of this kind."""
        ...

    def check(self, shapes: Mapping[str, Shape]) -> None:
        """Raise `GroupProblem` where the factors are incomplete or do not fit together."""
        ...

    def rank(self, shapes: Mapping[str, Shape]) -> int | None:
        """The inner dimension; None where the kind has none."""
        ...

    def delta_shape(self, shapes: Mapping[str, Shape], weight: Shape) -> Shape | None:
        """Shape of ΔW for a weight of this shape, from checked factors and before anything is
        multiplied; None where they can never change such a weight."""
        ...

    def delta(self, tensors: Mapping[str, torch.Tensor], scaling: Scaling, weight: Shape) -> Delta:
        """The change, from the tensors by role; `delta_shape` has said that it fits."""
        ...
