"""Strengths of all blocks of an adapter at once: those that everybody needs, and a person's own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from loraviewer.core.block_order import (
    DECODER,
    DENOISER,
    DOUBLE,
    ENCODER,
    SINGLE,
    in_order,
    is_unet,
    place_of,
)
from loraviewer.core.blocks import MIDDLE, is_text_block

LONGEST_NAME = 60


class Preset(StrEnum):
    """What stays at 1. All but `ALL` and `TEXT_OFF` leave text encoders as they are."""

    ALL = "all"
    ENCODER = "encoder"
    MIDDLE = "middle"
    DECODER = "decoder"
    DOUBLE = "double"
    SINGLE = "single"
    FIRST_THIRD = "first third"
    MIDDLE_THIRD = "middle third"
    LAST_THIRD = "last third"
    TEXT_OFF = "text off"


_OF_LISTS = {
    Preset.ENCODER: ENCODER,
    Preset.MIDDLE: MIDDLE,
    Preset.DECODER: DECODER,
    Preset.DOUBLE: DOUBLE,
    Preset.SINGLE: SINGLE,
}
_THIRDS = (Preset.FIRST_THIRD, Preset.MIDDLE_THIRD, Preset.LAST_THIRD)


def offered(own: Iterable[str]) -> tuple[Preset, ...]:
    """Those that say something about an adapter with these blocks."""
    blocks = tuple(own)
    lists = {place_of(block).list_name for block in blocks if not is_text_block(block)} - {""}
    if is_unet(blocks):
        parts: Sequence[Preset] = (Preset.ENCODER, Preset.MIDDLE, Preset.DECODER)
    elif lists:
        is_double = {DOUBLE, SINGLE} <= lists
        parts = (*((Preset.DOUBLE, Preset.SINGLE) if is_double else ()), *_THIRDS)
    else:
        parts = ()
    text = (Preset.TEXT_OFF,) if any(map(is_text_block, blocks)) else ()
    return (Preset.ALL, *parts, *text)


def preset_factors(
    preset: Preset, own: Iterable[str], base: Iterable[str], present: Mapping[str, float]
) -> dict[str, float]:
    """The strengths after it. own: the blocks of the adapter; base: all that the base has, of which
    thirds are; present: the strengths before it."""
    if preset is Preset.ALL:
        return {}
    if preset is Preset.TEXT_OFF:
        return {**present, **{block: 0.0 for block in own if is_text_block(block)}}
    stays = _chosen(preset, base)
    denoiser = (block for block in own if not is_text_block(block))
    return {**present, **{block: float(stays(block)) for block in denoiser}}


def restricted(factors: Mapping[str, float], own: Iterable[str]) -> dict[str, float]:
    """What of a person's preset says something about an adapter with these blocks."""
    known = set(own)
    return {block: factor for block, factor in factors.items() if block in known}


def preset_name(typed: str) -> str:
    """As it is kept: in one line, and short enough for a menu."""
    return " ".join(typed.split())[:LONGEST_NAME].rstrip()


def _chosen(preset: Preset, base: Iterable[str]) -> Callable[[str], bool]:
    if preset in _THIRDS:
        return _third(base, _THIRDS.index(preset)).__contains__
    name = _OF_LISTS[preset]
    return lambda block: place_of(block).list_name == name


def _third(base: Iterable[str], index: int) -> frozenset[str]:
    """Of all numbered blocks of the denoiser, in their order."""
    places = ((block, place_of(block)) for block in in_order(base))
    listed = [b for b, place in places if place.network == DENOISER and place.list_name]
    return frozenset(b for i, b in enumerate(listed) if i * len(_THIRDS) // len(listed) == index)
