"""Block strengths as one line for the clipboard, as they stand in a tag (`block_weights`)."""

import re
from collections.abc import Iterable

from loraviewer.core.block_weights import (
    APART,
    LISTED,
    ReadWeights,
    joined,
    read_apart,
    read_weights,
    tag_parts,
)
from loraviewer.core.blocks import BlockScales, block_scales, is_text_block

_LONGEST = 4_000
_TAG = re.compile(r"<\w{1,20}:([^<>]+)>")
_NOTHING = re.compile(r"(?:te|unet)=.*|[+-]?[0-9.]+")
"""Parts of a tag that say how strong an adapter is as a whole."""


def written(scales: BlockScales) -> str:
    """`lbw=1,0.5,…:blocks=TE1.03=0.5`, as it is put into a tag; "" where all blocks are at 1."""
    return ":".join(tag_parts(scales))


def read_line(text: str) -> ReadWeights | None:
    """What follows a name in a tag, the tag itself, a bare list of numbers or the name of one of
    the extension's presets, also as its own list of them has it (`MINE:1,0,…`). None where any of
    it is not understood."""
    line = text.strip()
    if not line or len(line) > _LONGEST:
        return None
    tag = _TAG.fullmatch(line)
    parts = tag[1].split(":")[1:] if tag else line.split(":")
    said = [part.strip() for part in parts if not (tag and _NOTHING.fullmatch(part.strip()))]
    if not tag and len(said) == 2 and "=" not in line:
        said = said[1:]
    return _together([_read_part(part) for part in said])


def on_blocks(read: ReadWeights, own: Iterable[str]) -> BlockScales:
    """With what the line says of text encoders as a whole put into each of their blocks."""
    factors = dict(read.scales)
    text = {b: factors.get(b, 1.0) * read.text for b in own if is_text_block(b)}
    return block_scales(factors | text)


def _read_part(part: str) -> ReadWeights | None:
    word, is_, rest = part.partition("=")
    if word == APART and is_:
        apart = read_apart(rest)
        return None if apart is None else ReadWeights(apart)
    return read_weights(rest if is_ and word in (LISTED, "w") else part)


def _together(parts: list[ReadWeights | None]) -> ReadWeights | None:
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    text = next((part.text for part in known if part.text != 1.0), 1.0)
    return ReadWeights(joined([part.scales for part in known]), text)
