"""All of one weight: spectra, rows and columns, subspaces, intruders, rounding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.fingerprints import tensor_digest
from loraviewer.adapters.merging.merger import Merger
from loraviewer.adapters.merging.recipes import scale_at
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import say
from loraviewer.core.weight_measurements import (
    BesideNull,
    ChangeDetails,
    DetailsWanted,
    Intruder,
    IntruderTable,
    Rounding,
    SideEnergies,
    WeightDetails,
)
from loraviewer.core.weight_numbers import Matrix
from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.changes import Change, change_of, joined, scaled
from loraviewer.lab.weights.intruders import Base, intruders
from loraviewer.lab.weights.leverage import Side, leverage
from loraviewer.lab.weights.merge_rounding import merge_rounding
from loraviewer.lab.weights.overlap import Measured, Overlap, alignment, amplification, overlap
from loraviewer.lab.weights.singular import Directions, Operator, directions, largest
from loraviewer.lab.weights.spectra import spectrum
from loraviewer.lab.weights.unread_base import base_if_known, reading_base_for

BASE_VALUES = 64
"""So many of W₀'s singular values are told."""

ALIGNED = 16
"""How many of W₀'s strongest directions a change is held against."""

MOST_KNOWN = 16
"""Of so many weights W₀'s strongest directions are kept."""

BaseTops = dict[WeightKey, Directions]
"""The strongest directions of W₀, of the weights that were looked at last."""


@one_thread()
def weight_details(
    wanted: DetailsWanted,
    pool: Mapping[str, Adapter],
    merger: Merger,
    token: CancelToken,
    known_tops: BaseTops | None = None,
) -> WeightDetails:
    """`pool` by sha256, of tied weights under one name. `known_tops` is read and filled, to be kept
    as long as the base is. Raises `MergeError` for a weight that none of the rows changes or a
    change that needs a W₀ that cannot be read, and `Cancelled`."""
    touching = _touching(wanted, pool)
    weight = base_if_known(merger.base_weight, wanted.weight)
    base = None if weight is None else _Base.of(wanted.weight, weight, known_tops, token)
    changes = [_change(wanted, pool, merger, i) for i in touching]
    token.raise_if_cancelled()
    stack = joined(changes, [1.0] * len(changes))
    known = [directions(change) for change in changes]
    facts: list[ChangeDetails] = []
    for change, own in zip(changes, known, strict=True):
        facts.append(_facts(change, own, base))
        token.raise_if_cancelled()
    whole = directions(stack)
    return WeightDetails(
        wanted.weight,
        stack.shape,
        tuple(zip(touching, facts, strict=True)),
        _facts(stack, whole, base),
        tuple(base.top.values.tolist()) if base is not None else (),
        *_overlaps(known),
        _rounding(wanted.weight, stack, weight),
        tensor_digest(".".join(wanted.weight), weight).hex() if weight is not None else "",
        _intruders(stack, whole, base, known, touching, token) if wanted.with_intruders else None,
    )


@dataclass(frozen=True)
class _Base:
    """W₀ in float64 on the CPU, whatever precision it is stored in, its norm, and its strongest
    directions."""

    wide: torch.Tensor
    norm: float
    top: Directions

    @classmethod
    def of(
        cls, key: WeightKey, weight: torch.Tensor, tops: BaseTops | None, token: CancelToken
    ) -> "_Base":
        tops = {} if tops is None else tops
        wide = weight.cpu().double()
        if key not in tops:
            # Products in float32 take half the time, and are good to 1e-6 of the largest value.
            tops[key] = largest(Operator.of(weight.cpu().float()), BASE_VALUES, token)
            while len(tops) > MOST_KNOWN:
                tops.pop(next(iter(tops)))
        return cls(wide, wide.norm().item(), tops[key])


def _touching(wanted: DetailsWanted, pool: Mapping[str, Adapter]) -> list[int]:
    found = [i for i, row in enumerate(wanted.rows) if wanted.weight in pool[row.sha256].weights]
    if not found:
        raise MergeError(
            say("No adapter of the stack changes “{weight}”.", weight=".".join(wanted.weight))
        )
    return found


def _change(wanted: DetailsWanted, pool: Mapping[str, Adapter], merger: Merger, i: int) -> Change:
    """At its strength."""
    row = wanted.rows[i]
    adapter = pool[row.sha256]
    with reading_base_for(adapter, wanted.weight):
        delta = adapter.weights[wanted.weight]
        change = change_of(delta, lambda key: merger.base_weight(key).float())
    assert change is not None
    return scaled(change, scale_at(wanted.weight, row))


def _facts(change: Change, known: Directions, base: _Base | None) -> ChangeDetails:
    found = leverage(change, known.values)
    rows, columns = _side(found.rows), _side(found.columns)
    if base is None:
        return ChangeDetails(spectrum(change), rows, columns)
    lying = alignment(known, base.top.top(ALIGNED), base.norm)
    return ChangeDetails(
        spectrum(change),
        rows,
        columns,
        _beside(amplification(known, base.wide)),
        _beside(lying and lying.output),
        _beside(lying and lying.input),
    )


def _side(side: Side) -> SideEnergies:
    has_any = bool(side.participation.value)
    return SideEnergies(
        tuple(side.energies.tolist()), _beside(side.participation) if has_any else None
    )


def _beside(measured: Measured | None) -> BesideNull | None:
    return BesideNull(measured.value, measured.null) if measured else None


def _overlaps(known: Sequence[Directions]) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """φ and its null: of what they write, and of what they listen to."""
    pairs = [[overlap(one, other) for other in known] for one in known]

    def matrix(ask: Callable[[Overlap], float]) -> Matrix:
        return tuple(tuple(ask(each) if each else None for each in row) for row in pairs)

    return (
        matrix(lambda each: each.output.value),
        matrix(lambda each: each.output.null),
        matrix(lambda each: each.input.value),
        matrix(lambda each: each.input.null),
    )


def _rounding(key: WeightKey, stack: Change, base: torch.Tensor | None) -> Rounding | None:
    if base is None:
        return None
    found = merge_rounding(base, stack, base.dtype, ".".join(key))
    dtype = str(found.dtype).removeprefix("torch.")
    return Rounding(dtype, found.changed_share, found.error, found.gain)


def _intruders(
    stack: Change,
    whole: Directions,
    base: _Base | None,
    known: Sequence[Directions],
    touching: Sequence[int],
    token: CancelToken,
) -> IntruderTable | None:
    if base is None:
        return None
    found = intruders(Base.of(base.wide), stack, whole.values, tuple(known), token)
    told = [
        Intruder(
            one.value,
            one.cosine,
            touching[one.owner] if one.owner is not None else None,
            one.is_intruder,
        )
        for one in found.directions
    ]
    return IntruderTable(tuple(told), found.random_count)
