"""“Merged, it costs nothing”: what a picture takes with stacks merged, and computed beside.

Machines are noisy: all ways of a round follow each other, and only their ratios in it count.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Progress, Timings
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.runners.runner import Painter

_DRAWS = 2_000
_LEVEL = 0.95


@dataclass(frozen=True)
class Timed:
    """One way of making a picture. `ratio`: of its denoising to the base's in the same round, the
    median; `low` … `high`: 95 % by the bootstrap over rounds. `merge_ms`: median, of putting the
    stack in force, once for any number of pictures."""

    way: str
    adapters: int
    ratio: float
    low: float
    high: float
    merge_ms: float
    denoise_ms: float
    rounds: int


def timed(
    painters: Mapping[str, Painter],
    stacks: Sequence[tuple[AppliedAdapter, ...]],
    request: GenerationRequest,
    rounds: int,
) -> list[Timed]:
    """painters: by what they are called, each with the base loaded. stacks: the empty one first,
    against which all are timed, in the first painter. request: of one picture; each round takes a
    seed of its own, so that no cache answers. The first round only warms up."""
    ways = [
        (name, painter, stack)
        for name, painter in painters.items()
        for stack in stacks
        if stack or name == next(iter(painters))
    ]
    found: list[list[Timings]] = [[] for _ in ways]
    for number in range(rounds + 1):
        for at in _turned(len(ways), number):
            _, painter, stack = ways[at]
            asked = msgspec.structs.replace(request, adapters=stack).with_seed(number + 1)
            answer = painter.render_anew(asked, CancelToken(), _silently)
            if number:
                found[at].append(answer.timings)
    base = np.array([timings.denoise_ms for timings in found[0]])
    return [
        _timed(name, len(stack), timings, base)
        for (name, _, stack), timings in zip(ways, found, strict=True)
    ]


def _turned(count: int, number: int) -> Iterator[int]:
    """Each round begins with another one: whoever comes first is not always the same."""
    return itertools.islice(itertools.cycle(range(count)), number % count, number % count + count)


def _timed(name: str, adapters: int, timings: Sequence[Timings], base: np.ndarray) -> Timed:
    denoise = np.array([one.denoise_ms for one in timings])
    ratios = denoise / base
    draws = np.random.default_rng(0).integers(len(ratios), size=(_DRAWS, len(ratios)))
    medians = np.median(ratios[draws], axis=1)
    low, high = np.quantile(medians, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Timed(
        name,
        adapters,
        float(np.median(ratios)),
        float(low),
        float(high),
        float(np.median([one.merge_ms for one in timings])),
        float(np.median(denoise)),
        len(timings),
    )


def _silently(_: Progress) -> None:
    pass
