"""Where a block lies: its network, the list it belongs to there, and its place in that list."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from loraviewer.core.blocks import AFTER, END, MIDDLE, is_text_block

DENOISER = "denoiser"
"""The network of every block that is no text encoder's; theirs are `TE1`, `TE2` …"""

ENCODER, DECODER, DOUBLE, SINGLE = "IN", "OUT", "D", "S"
"""Lists of blocks: both sides of a UNet, and two that transformers have."""

OF_A_LEVEL = 3
"""Blocks of a UNet's level on either side, at most."""

_NUMBERED = re.compile(r"(IN|OUT|[DSLB]|[a-z_]+\.|TE[1-9]\.)([0-9]{2,3})", re.ASCII)
_LISTS = ("", ENCODER, MIDDLE, DECODER, DOUBLE, SINGLE)
"""In the order in which what is computed passes them; others come after them."""


class BlockPlace(NamedTuple):
    """`list_name`: "" for what lies before and after all lists (`TIME`, `END`, `IN`, `OUT`)."""

    network: str
    list_name: str = ""
    number: int = 0


def place_of(block: str) -> BlockPlace:
    network = block.partition(".")[0] if is_text_block(block) else DENOISER
    if block == MIDDLE:
        return BlockPlace(network, MIDDLE)
    match = _NUMBERED.fullmatch(block)
    return (
        BlockPlace(network, match[1].rstrip("."), int(match[2])) if match else BlockPlace(network)
    )


def is_last(block: str) -> bool:
    """Whether it lies after all lists of its network."""
    return block == END or block.rpartition(".")[2] == AFTER


def in_order(blocks: Iterable[str]) -> tuple[str, ...]:
    """As what is computed passes them: the denoiser first, then the text encoders."""
    return tuple(sorted(set(blocks), key=_key))


def networks(blocks: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Network → its blocks, both in order."""
    found: dict[str, list[str]] = {}
    for block in in_order(blocks):
        found.setdefault(place_of(block).network, []).append(block)
    return {network: tuple(own) for network, own in found.items()}


def is_unet(blocks: Iterable[str]) -> bool:
    """Whether a denoiser with these blocks goes down and up again."""
    sides = (ENCODER, MIDDLE, DECODER)
    return any(place_of(block).list_name in sides for block in blocks)


def level_of(block: str, levels: int) -> int:
    """Of a block of a UNet with so many levels: 0 is the finest, where both sides end."""
    place = place_of(block)
    own = place.number // OF_A_LEVEL
    return own if place.list_name == ENCODER else levels - 1 - own


def levels_of(blocks: Iterable[str]) -> int:
    """How many levels a UNet with these blocks has."""
    places = map(place_of, blocks)
    sides = (p.number // OF_A_LEVEL for p in places if p.list_name in (ENCODER, DECODER))
    return max(sides, default=-1) + 1


def _key(block: str) -> tuple[bool, str, bool, int, str, int]:
    network, name, number = place_of(block)
    rank = _LISTS.index(name) if name in _LISTS else len(_LISTS)
    return is_text_block(block), network, is_last(block), rank, name, number
