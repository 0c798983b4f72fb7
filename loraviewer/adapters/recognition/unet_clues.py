"""What names and widths of UNets say."""

import re
from collections.abc import Iterator

from loraviewer.adapters.recognition.clue_parts import (
    Clue,
    Fact,
    Names,
    facts,
)
from loraviewer.adapters.recognition.clue_words import (
    as_in,
)
from loraviewer.core.families import DEMO, UNKNOWN, family_title
from loraviewer.core.sentences import say

_UNET = r"(?:put_blocks|down_blocks|up_blocks|middle_block|mid_block)_.*"
_CROSS = re.compile(_UNET + r"attn2_(?:processor_)?to_[kv]$")
_SELF = re.compile(_UNET + r"attn1_(?:processor_)?to_[qkv]$")
_DEPTH = re.compile(r"(?:attentions_\d|put_blocks_\d+_1|middle_block_1)_transformer_blocks_(\d+)_")
_FAMILIES_OF_CONTEXT = {
    128: (DEMO,),
    768: ("sd1",),
    1024: ("sd2",),
    2048: ("sdxl", "kolors"),
    1280: ("sdxl-refiner",),
}
"""Kolors has the UNet of SDXL, and reads as many values of its own text encoder."""
_FAMILIES_OF_SELF = {
    128: (DEMO,),
    192: (DEMO,),
    320: ("sd1", "sd2"),
    640: ("sd1", "sd2", "sdxl", "kolors"),
    1280: ("sd1", "sd2", "sdxl", "kolors"),
    768: ("sdxl-refiner",),
    1536: ("sdxl-refiner",),
}
_UNET_BLOCKS = (
    Fact(
        ("down_blocks_0_att", "up_blocks_3_att", "put_blocks_"),
        r"down_blocks_0_att|up_blocks_3_att|input_blocks_[12]_1_|output_blocks_(?:9|1[01])_1_",
        ("sd1", "sd2"),
        say("it changes attention on the outermost level, which SDXL does not have"),
    ),
    Fact(
        ("_blocks_3_", "put_blocks_"),
        r"(?:down|up)_blocks_3_|(?:in|out)put_blocks_(?:9|1[01])_",
        ("sd1", "sd2", "sdxl-refiner"),
        say("it changes a fourth level of blocks, which SDXL does not have"),
    ),
    Fact(
        ("add_embedding_linear", "label_emb_0"),
        r"add_embedding_linear|label_emb_0",
        ("sdxl", "sdxl-refiner", "kolors"),
        say("it changes how picture sizes are read, which only SDXL does"),
    ),
)


_DEEP = ("sdxl", "kolors")


def cross_attention(names: Names) -> Iterator[Clue]:
    for module in names.having("attn2", _CROSS):
        if module.inputs:
            families = _FAMILIES_OF_CONTEXT.get(module.inputs, (UNKNOWN,))
            yield Clue(families, _reads(say("cross-attention"), module.inputs, families[0]))
            return


def _reads(what: str, values: int, family: str) -> str:
    if family == UNKNOWN:
        return say(
            "its {what} reads {values} values, as that of no known family does",
            what=what,
            values=values,
        )
    return say(
        "its {what} reads {values} values, as {family}’s does",
        what=what,
        values=values,
        family=family_title(family),
    )


def unet_depth(names: Names) -> Iterator[Clue]:
    deepest = max(map(int, _DEPTH.findall(names.text)), default=0)
    if deepest:
        families = _DEEP if deepest > 3 else (*_DEEP, "sdxl-refiner")
        yield Clue(
            families,
            say("its attention goes {count} blocks deep, as only SDXL’s does", count=deepest + 1),
        )


def unet_blocks(names: Names) -> Iterator[Clue]:
    yield from facts(names, _UNET_BLOCKS)


def self_attention(names: Names) -> Iterator[Clue]:
    widths = {module.inputs for module in names.having("attn1", _SELF)}
    for width in sorted(widths - {0}):
        if families := _FAMILIES_OF_SELF.get(width):
            sentence = as_in(
                say("its self-attention reads {values} values", values=width), families
            )
            yield Clue(families, sentence)
        else:
            yield Clue((UNKNOWN,), _reads(say("self-attention"), width, UNKNOWN))
