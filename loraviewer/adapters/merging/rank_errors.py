"""What one adapter file of a stack loses at each rank, told before any is written."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.adapter_names import (
    NamesChoice,
    chosen_names,
    has_factors,
    has_place,
)
from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.merging.stack_changes import Change, changes_of
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.stack import AppliedAdapter


@dataclass(frozen=True)
class RankErrors:
    """`errors`: rank → ‖ΔW − ΔW_R‖_F / ‖ΔW‖_F as a file of that rank would report it, None where
    part of the stack's energy is not known. `exact`: the least rank that loses nothing more than
    float32 has no digits for."""

    errors: Mapping[int, float | None]
    exact: int


_NEGLIGIBLE = 1e-6
"""Of a weight's largest singular value."""


def rank_errors(
    components: Mapping[str, nn.Module],
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    ranks: Collection[int] = (),
    *,
    names: NamesChoice = "auto",
    unlanded: float | None = 0.0,
    rule: MergeRule = SUM,
) -> RankErrors:
    """As `write_adapter` would lose it, without forming or writing anything. ranks: none for powers
    of two up to the exact one. unlanded: energy of what the adapters change elsewhere. One SVD for
    each weight, of the joined ranks. Raises `FileError`."""
    spellings = chosen_names(names, components)
    spectra: list[torch.Tensor] = []  # squares, largest first
    lost = whole = 0.0
    for key, change in changes_of(components, applied, adapters, rule):
        values = _squares(key, change, components)
        whole += float(values.sum())
        if not has_place(spellings, key, components):
            lost += float(values.sum())
        elif _is_cut(key, change, components):
            spectra.append(values)
    exact = max(map(_numerical_rank, spectra), default=0)
    asked = sorted(ranks) or _powers(exact)
    return RankErrors({rank: _error(spectra, rank, lost, whole, unlanded) for rank in asked}, exact)


def _squares(key: WeightKey, change: Change, components: Mapping[str, nn.Module]) -> torch.Tensor:
    """σ² of a change, largest first; of one that no rank cuts its energy as one number."""
    if not _is_cut(key, change, components):
        assert isinstance(change, torch.Tensor)
        return change.square().sum().reshape(1)
    if not isinstance(change, LowRank):
        return torch.linalg.svdvals(change).square()
    if change.rank == 0:
        return torch.zeros(1, dtype=torch.float64)
    left, right = torch.linalg.qr(change.up)[1], torch.linalg.qr(change.down.T)[1]
    return torch.linalg.svdvals(left @ right.T).square()


def _is_cut(key: WeightKey, change: Change, components: Mapping[str, nn.Module]) -> bool:
    """Whether it is written as factors where a rank is asked for."""
    if isinstance(change, LowRank):
        return True
    return change.ndim > 1 and (change.shape[1] > 1 or has_factors(key, components))


def _numerical_rank(squares: torch.Tensor) -> int:
    least = squares[0] * _NEGLIGIBLE**2
    return max(1, int((squares > least).sum()))


def _powers(exact: int) -> Iterable[int]:
    rank = 1
    while rank < exact:
        yield rank
        rank *= 2
    if exact:
        yield exact


def _error(
    spectra: Sequence[torch.Tensor], rank: int, lost: float, whole: float, unlanded: float | None
) -> float | None:
    if unlanded is None:
        return None
    cut = sum(float(squares[rank:].sum()) for squares in spectra)
    energy = whole + unlanded
    return math.sqrt((cut + lost + unlanded) / energy) if energy else 0.0
