"""Prompts of an experiment that leave something to the seed, with the words that were drawn: a
description says what was asked for, whatever becomes of the wildcards' files."""

from collections.abc import Iterable, Sequence

import msgspec

from loraviewer.core.variants.draws import words_of
from loraviewer.core.variants.shares import AskedShare, asked_shares
from loraviewer.core.variants.template import is_open
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`words`: of each of the experiment's seeds, in their order."""

    template: str
    words: tuple[str, ...]
    shares: tuple[AskedShare, ...] = ()


def wordings(
    prompts: Iterable[str], seeds: Sequence[int], wildcards: Wildcards = NO_WILDCARDS
) -> tuple[Wording, ...]:
    """Of those that leave anything open."""
    return tuple(_wording(prompt, seeds, wildcards) for prompt in prompts if is_open(prompt))


def _wording(template: str, seeds: Sequence[int], wildcards: Wildcards) -> Wording:
    words = tuple(words_of(template, seed, wildcards).text for seed in seeds)
    return Wording(template, words, asked_shares(template, seeds, wildcards))
