"""Block strengths as the block-weight extension of A1111 and Forge writes them in a tag.

`<lora:name:1:lbw=1,0,0,…>`: a number for each block of one of its lists, or the name of a preset,
whose numbers are in a file that each person may change. Its shorter lists mean 0 for every block
that they leave out. Its first number, `BASE`, is for text encoders as a whole; Flux's lists have
one for each of two. What it has no words for stands in the same tag as `blocks=TE1.03=0.5 TIME=0`,
which it and A1111 pass over, and which is read here.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from loraviewer.core.a1111_text import exact
from loraviewer.core.blocks import (
    AFTER,
    BEFORE,
    MIDDLE,
    BlockScales,
    block_scales,
    factor_of,
)
from loraviewer.core.numbers import read_decimal
from loraviewer.core.sentences import say

LISTED, APART = "lbw", "blocks"
"""The two words in a tag."""

_BASE = "BASE"
_ENCODERS = ("CLIP", "T5")
_LAYERS_OF_FLUX = {"CLIP": ("TE1", 12), "T5": ("TE2", 24)}


def _numbered(letter: str, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(f"{letter}{number:02}" for number in numbers)


_UNET = (*_numbered("IN", range(12)), MIDDLE, *_numbered("OUT", range(12)))
_FLUX = ("IN", *_numbered("D", range(19)), *_numbered("S", range(38)), "OUT")
_ATTENDING = (1, 2, 4, 5, 7, 8)
_LISTS: Mapping[int, tuple[str, ...]] = {
    len(names): names
    for names in (
        (_BASE, *_UNET),
        (_BASE, *_numbered("IN", _ATTENDING), MIDDLE, *_numbered("OUT", range(3, 12))),
        (_BASE, *_numbered("IN", range(9)), MIDDLE, *_numbered("OUT", range(9))),
        (_BASE, *_numbered("IN", _ATTENDING[2:]), MIDDLE, *_numbered("OUT", range(6))),
        (*_ENCODERS, *_FLUX),
    )
}
"""How many numbers → what they are of: SD 1 and 2 whole and short, SDXL whole and short, Flux."""

_PRESETS: Mapping[str, str] = {
    "NONE": "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
    "ALL": "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
    "INS": "1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0",
    "IND": "1,0,0,0,1,1,1,0,0,0,0,0,0,0,0,0,0",
    "INALL": "1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0",
    "MIDD": "1,0,0,0,1,1,1,1,1,1,1,1,0,0,0,0,0",
    "OUTD": "1,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0,0",
    "OUTS": "1,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1",
    "OUTALL": "1,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1",
    "ALL0.5": ",".join(["0.5"] * 17),
    "FLUXALL": ",".join(["1"] * 61),
}
"""Those that the extension comes with."""

_RANDOM, _INHERITED, _PLOTTED = frozenset({"R", "U"}), "X", "XYZ"


class ReadWeights(msgspec.Struct, frozen=True):
    """`text`: by what the strength of the text encoders is multiplied. `preset`: the name that
    stood for the numbers."""

    scales: BlockScales
    text: float = 1.0
    preset: str = ""


def tag_parts(scales: BlockScales) -> list[str]:
    """What a tag says of block strengths: nothing, one part or two. Always the whole list, which
    leaves out no block and is right for SDXL as well."""
    names = _FLUX if _is_of_flux(scales) else _UNET
    head = ("1", "1") if names is _FLUX else ("1",)
    numbers = [exact(factor_of(scales, name)) for name in names]
    apart = [f"{name}={exact(f)}" for name, f in scales if name not in names]
    is_listed = len(apart) < len(scales)
    return [
        *([f"{LISTED}={','.join((*head, *numbers))}"] * is_listed),
        *([f"{APART}={' '.join(apart)}"] * bool(apart)),
    ]


def read_weights(text: str) -> ReadWeights | None:
    """Of what follows `lbw=`; None where it is another's preset, random, or not understood, for
    which `why_unread` has the words."""
    name = text.strip()
    said = _PRESETS.get(name, text).split(",")
    names, numbers = _LISTS.get(len(said)), [read_decimal(one) for one in said]
    if names is None or None in numbers:
        return None
    told = dict(zip(names, (n for n in numbers if n is not None), strict=True))
    encoders = {name: told.pop(name) for name in (_BASE, *_ENCODERS) if name in told}
    rest = {name: 0.0 for name in _UNET if name not in told and MIDDLE in told}
    apart, text_factor = _encoders_told(encoders)
    preset = name if name in _PRESETS else ""
    return ReadWeights(block_scales(told | rest | apart), text_factor, preset)


def why_unread(text: str) -> str:
    """What to say of weights that `read_weights` knows nothing of, as “lbw=…”, …."""
    said = [one.strip() for one in text.split(",")]
    if len(said) == 1:
        if said[0] == _PLOTTED:
            return say("for which a plot had other numbers in each picture")
        return say("a preset whose numbers only the presets file of the block-weight extension has")
    if len(said) not in _LISTS:
        return say("{count} numbers, for which there is no list of blocks", count=len(said))
    if _RANDOM & set(said):
        return say("in which R and U were drawn at random")
    if any(one.startswith(_INHERITED) for one in said):
        return say("in which X stands for another number")
    return say("in which not all are numbers")


def _encoders_told(encoders: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """The strengths of text encoders: in blocks where two of them differ, else of all."""
    if len(set(encoders.values())) == 1:
        return {}, next(iter(encoders.values()))
    apart: dict[str, float] = {}
    for name, factor in encoders.items():
        tag, layers = _LAYERS_OF_FLUX[name]
        places = (BEFORE, *(f"{number:02}" for number in range(layers)), AFTER)
        apart |= {f"{tag}.{place}": factor for place in places}
    return apart, 1.0


def read_apart(text: str) -> BlockScales | None:
    """Of `TE1.03=0.5 TIME=0`, apart by blanks or commas; None where it is not understood."""
    pairs = [part.partition("=") for part in text.replace(",", " ").split()]
    numbers = [(name, read_decimal(number)) for name, _, number in pairs]
    try:
        known = block_scales([(name, f) for name, f in numbers if f is not None])
    except ValueError:
        return None
    return known if all(f is not None for _, f in numbers) else None


def joined(parts: Sequence[BlockScales]) -> BlockScales:
    """What several parts of a tag say together; a later one counts where they contradict."""
    return block_scales({name: factor for part in parts for name, factor in part})


def is_weights(text: str) -> bool:
    """Whether a part without a word can only be such a list or preset."""
    return text in _PRESETS or ("," in text and text.count(",") + 1 in _LISTS)


def _is_of_flux(scales: BlockScales) -> bool:
    names = {name for name, _ in scales}
    return not names & set(_UNET) and bool(names & set(_FLUX))
