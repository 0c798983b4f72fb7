"""What the widths and ratios of an adapter's modules say, as sentences without subject and stop."""

from collections.abc import Callable, Sequence

from loraviewer.adapters.name_lists import one_of
from loraviewer.core.families import family_title
from loraviewer.core.sentences import say

FactOf = Callable[[float], str]
"""A width or a ratio → the fact about it."""


def as_in(fact: str, families: Sequence[str]) -> str:
    return say("{fact}, as in {families}", fact=fact, families=_titles(families))


def _titles(families: Sequence[str]) -> str:
    return one_of([family_title(family) for family in families])


def text_input_reads(values: float) -> str:
    return say("its text input reads {values} values", values=values)


def blocks_read(values: float) -> str:
    return say("its blocks read {values} values", values=values)


def layers_read(values: float) -> str:
    return say("its layers read {values} values", values=values)


def text_encoder_reads(values: float) -> str:
    return say("its text encoder reads {values} values", values=values)


def rows_of_single_blocks(ratio: float) -> str:
    return say("its single blocks have {ratio:g} rows for each value they read", ratio=ratio)


def rows_of_double_blocks(ratio: float) -> str:
    return say("its double blocks have {ratio:g} rows for each value they read", ratio=ratio)
