"""Blocks as patterns of the names of modules, for what runs where loraviewer does not.

`core.blocks` says which block a name lies in; this says which names lie in a block.
"""

import re

from loraviewer.core.blocks import (
    AFTER,
    AT_THE_END,
    AT_THE_END_OF_UNET,
    BEFORE,
    END,
    LAYERS,
    LISTS,
    MIDDLE,
    OF_A_LEVEL,
    TEXT_ENCODER,
    TIME,
    is_text_block,
)

_NUMBERED = r"\w+\.\d+\."
_OF_LEVELS = r"(?:down_blocks|mid_block|up_blocks)\."
_SAMPLERS = r"\w+samplers\."
_LAYER = rf"(?:{'|'.join(sorted(LAYERS))})\."
_IN_A_LAYER = rf"(?:\w+\.)*{_LAYER}\d+\."
_SIDES = {"IN": "down_blocks", "OUT": "up_blocks"}


def text_encoder_of(block: str) -> str:
    """The component that a text block lies in: `text_encoder_2` of `TE2.03`; "" of others."""
    if not is_text_block(block):
        return ""
    number = block[len("TE") : block.index(".")]
    return TEXT_ENCODER if number == "1" else f"{TEXT_ENCODER}_{number}"


def module_pattern(block: str) -> str:
    """A regular expression that matches the start of a module's dotted name, with a dot after it,
    within its component, where and only where the module lies in this block, in every network that
    loads here. block: a name as `core.blocks.is_block` knows them; ValueError for others."""
    if is_text_block(block):
        return _in_text_encoder(block.partition(".")[2])
    if block in _PLAIN:
        return _PLAIN[block]
    word, dot, number = block.rpartition(".")
    if dot:  # a list that has no letter here
        unlike_levels = r"(?!\w+\.\d+\.)" if word in _SIDES.values() else ""
        return rf"{word}\.{int(number)}\.{unlike_levels}"
    letters = block.rstrip("0123456789")
    if letters in _SIDES:
        return _in_level(_SIDES[letters], int(block[len(letters) :]) - (letters == "IN"))
    words = "|".join(word for word, letter in LISTS.items() if letter == letters)
    if not words:
        raise ValueError(f"“{block[:40]}” is no block")
    return rf"(?:{words})\.{int(block[len(letters) :])}\."


def _in_level(side: str, number: int) -> str:
    """number: of the block, counted from the first of the first level. The last of a level holds
    its sampler, and whatever a level has beyond the three."""
    level, at = divmod(number, OF_A_LEVEL)
    start = rf"{side}\.{level}\."
    if at < OF_A_LEVEL - 1:
        return rf"{start}(?!{_SAMPLERS})\w+\.{at}\."
    return rf"{start}(?:{_SAMPLERS}\d|\w+\.(?:[{at}-9]|\d\d+)\.)"


def _in_text_encoder(place: str) -> str:
    around = rf"(?!{_IN_A_LAYER})"
    end = rf"(?:(?:\w+\.)*final_layer_norm\.|{_starting(AT_THE_END)})"
    if place == AFTER:
        return around + end
    if place == BEFORE:
        return rf"{around}(?!{end})"
    return rf"(?:\w+\.)*{_LAYER}{int(place)}\."


def _starting(names: tuple[str, ...]) -> str:
    return rf"(?:{'|'.join(map(re.escape, names))})"


_PLAIN = {
    "IN00": r"conv_in\.",
    MIDDLE: r"mid_block\.",
    END: rf"(?!{_NUMBERED}){_starting(AT_THE_END_OF_UNET)}",
    TIME: rf"(?!{_NUMBERED}|{_OF_LEVELS}|conv_in\.|{_starting(AT_THE_END_OF_UNET)})",
    AFTER: rf"(?!{_NUMBERED}|{_OF_LEVELS}){_starting(AT_THE_END)}",
    BEFORE: rf"(?!{_NUMBERED}|{_OF_LEVELS}|{_starting(AT_THE_END)})",
}
