"""The stacks of a sweep: one stack, of which one number or two move from point to point."""

import itertools
from collections.abc import Iterator

import msgspec

from loraviewer.core.experiments.axes import Axis, What
from loraviewer.core.experiments.conditions import Condition, multiplied
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.stack import AppliedAdapter

_IN_TURN: tuple[What, ...] = ("fader", "text", "block", "master", "guidance")
"""Which axis acts first, whichever is named first: a fader moves the text encoders along, and the
master multiplies what the others have set."""


def sweep(experiment: Experiment) -> Iterator[Condition]:
    """Point by point, as they are given; of two axes, row by row of the first."""
    places = itertools.product(*(axis.points for axis in experiment.axes))
    for number, at in enumerate(places, 1):
        yield _point(experiment, f"sweep-x{number:03}", at)


def _point(experiment: Experiment, name: str, at: tuple[float, ...]) -> Condition:
    adapters, guidance = experiment.adapters, None
    moves = sorted(zip(experiment.axes, at, strict=True), key=_turn)
    for axis, number in moves:
        if axis.what == "guidance":
            guidance = number
        else:
            adapters = tuple(
                _moved(axis, place, one, number) for place, one in enumerate(adapters, 1)
            )
    return Condition(
        name=name, arm="real", depth=len(adapters), adapters=adapters, at=at, guidance=guidance
    )


def _turn(move: tuple[Axis, float]) -> tuple[int, bool]:
    """What is of all adapters before what is of one."""
    axis, _ = move
    return _IN_TURN.index(axis.what), axis.adapter > 0


def _moved(axis: Axis, place: int, adapter: AppliedAdapter, number: float) -> AppliedAdapter:
    """An adapter at one point of an axis; place: its number in the stack, from 1."""
    if axis.adapter not in (0, place):
        return adapter
    if axis.what == "master":
        return multiplied(adapter, number)
    if axis.what == "text":
        return msgspec.structs.replace(adapter, text_scale=number)
    if axis.what == "fader":
        return msgspec.structs.replace(adapter, scale=number, text_scale=number)
    blocks = {**dict(adapter.block_scales), axis.block: number}
    return msgspec.structs.replace(adapter, block_scales=tuple(blocks.items()))


def evenly(first: float, last: float, count: int) -> tuple[float, ...]:
    """`count` points from `first` to `last`, both among them; one alone is the first. Rounded to
    what people write: 0.1 and not 0.1 with a tail."""
    if count == 1:
        return (first,)
    step = (last - first) / (count - 1)
    return tuple(round(first + step * at, 9) + 0.0 for at in range(count))
