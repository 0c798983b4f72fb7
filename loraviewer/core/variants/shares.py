"""In which shares options were asked for, and how often their words came."""

from collections.abc import Iterable, Sequence

import msgspec

from loraviewer.core.variants.draws import chances, options_of, words_of
from loraviewer.core.variants.template import Choice, parsed
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards

_MOST_OPTIONS = 50
"""Of more, nobody reads a table."""


class AskedShare(msgspec.Struct, frozen=True):
    """`choice`: which of the template, from 1. `asked`: 0 … 1. `drawn`: how many seeds have it."""

    choice: int
    option: str
    asked: float
    drawn: int
    seeds: int


def asked_shares(
    template: str, seeds: Sequence[int], wildcards: Wildcards = NO_WILDCARDS
) -> tuple[AskedShare, ...]:
    """Of the choices that stand in no other and take one option."""
    taken = [words_of(template, seed, wildcards).taken for seed in seeds]
    parts = [part for part in parsed(template) if not isinstance(part, str)]
    found = list[AskedShare]()
    for number, part in enumerate(parts):
        options = options_of(part, wildcards)
        if not 0 < len(options) <= _MOST_OPTIONS:
            continue
        if isinstance(part, Choice) and (part.least, part.most) != (1, 1):
            continue
        likely = chances([one.weight for one in options])
        for at, (one, asked) in enumerate(zip(options, likely, strict=True)):
            drawn = _count(at, (places[number] for places in taken))
            found.append(AskedShare(number + 1, one.text, asked, drawn, len(seeds)))
    return tuple(found)


def _count(at: int, taken: Iterable[tuple[int, ...]]) -> int:
    return sum(at in places for places in taken)
