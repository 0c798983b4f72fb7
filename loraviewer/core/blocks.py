"""Blocks of networks, as artists know them, and an adapter's strengths in them.

A block is named once for a whole base: `IN00` … `IN11`, `M00`, `OUT00` … `OUT11` of UNets (the
numbers of their authors' code: three to a level, as the block-weight extension of A1111 counts),
`D00` … and `S00` … of Flux's double and single blocks, `TE1.00` … of the layers of the first text
encoder. What lies before and after them has names too: `TIME` and `END`, `IN` and `OUT`, `TE1.IN`
and `TE1.OUT`.
"""

import itertools
import math
import re
from collections.abc import Mapping

BlockScales = tuple[tuple[str, float], ...]
"""(block, factor) of every block whose factor is not 1, in the order of the names."""

Pairs = BlockScales | list[tuple[str, float]]

MIDDLE, TIME, END = "M00", "TIME", "END"
BEFORE, AFTER = "IN", "OUT"
TEXT_ENCODER = "text_encoder"
OF_A_LEVEL = 3
"""Blocks of a level in the code of the authors of SD and SDXL. Other UNets have no more."""

LISTS = {
    "transformer_blocks": "D",
    "joint_blocks": "D",
    "double_blocks": "D",
    "single_transformer_blocks": "S",
    "single_blocks": "S",
    "layers": "L",
    "blocks": "B",
}
"""What transformers call their lists of blocks → the letter of their names here."""

LAYERS = frozenset({"layers", "block", "h", "resblocks"})
"""What text encoders call theirs."""

AT_THE_END = ("norm_out", "proj_out", "final", "last", "text_projection", "norm.", "lm_head")
AT_THE_END_OF_UNET = ("conv_norm_out", "conv_out", "clf.")
_NAME = re.compile(r"[A-Za-z][\w.]{0,60}", re.ASCII)
_BLOCK = re.compile(
    r"(?:IN|OUT|[DSLB])[0-9]{2,3}|M00|TIME|END|IN|OUT|TE[1-9]\.(?:[0-9]{2,3}|IN|OUT)"
    r"|[a-z_]+\.[0-9]{2,3}"
)


def block_of(component: str, name: str) -> str:
    """The block of a weight by its place in the base: ("unet", "mid_block.resnets.0.conv1.weight")
    is in M00. Every weight of a component has one."""
    if component.startswith(TEXT_ENCODER):
        return _of_text_encoder(component, name)
    word, _, rest = name.partition(".")
    if word == "down_blocks" or word == "up_blocks":
        return _of_level(word, rest)
    if word == "mid_block":
        return MIDDLE
    number = rest.partition(".")[0]
    if number.isdecimal():
        letter = LISTS.get(word)
        return f"{letter or f'{word}.'}{int(number):02}"
    return _around_unet(name) if component == "unet" else _around(name)


def is_block(name: str) -> bool:
    """Whether a base may have a block of this name."""
    return bool(_BLOCK.fullmatch(name))


def is_text_block(block: str) -> bool:
    """Whether a block is a text encoder's."""
    return block.startswith("TE")


def factor_of(scales: BlockScales, block: str) -> float:
    """1 where nothing is said of a block."""
    for name, factor in scales:
        if name == block:
            return factor
    return 1.0


def block_scales(factors: Mapping[str, float] | Pairs) -> BlockScales:
    """In canonical form: equal strengths are equal values.

    Raises `ValueError` for a block that is named twice or not as blocks are, and for a factor that
    is no finite number.
    """
    pairs = list(factors if isinstance(factors, tuple | list) else factors.items())
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a block is named twice")
    for name, factor in found.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"“{name[:40]}” is no name of a block")
        if not math.isfinite(factor):
            raise ValueError(f"the strength of block {name} is not a finite number")
    # "+ 0.0" turns -0.0 into 0.0: equal strengths must have equal bytes.
    return tuple(sorted((n, factor + 0.0) for n, factor in found.items() if factor != 1.0))


def _of_level(side: str, rest: str) -> str:
    """`rest`: `1.attentions.0.proj_in.weight`. Samplers lie in the last block of their level."""
    level, what, index = [*rest.split(".", 3), "", ""][:3]
    if not level.isdecimal():
        return MIDDLE
    if not index.isdecimal():  # Cascade numbers its blocks without words
        return f"{side}.{int(level):02}"
    is_sampler = what in ("downsamplers", "upsamplers")
    last = OF_A_LEVEL - 1
    at = OF_A_LEVEL * int(level) + (last if is_sampler else min(int(index), last))
    return f"IN{at + 1:02}" if side == "down_blocks" else f"OUT{at:02}"


def _around_unet(name: str) -> str:
    if name.startswith("conv_in."):
        return "IN00"
    return END if name.startswith(AT_THE_END_OF_UNET) else TIME


def _around(name: str) -> str:
    return AFTER if name.startswith(AT_THE_END) else BEFORE


def _of_text_encoder(component: str, name: str) -> str:
    tag = f"TE{component[len(TEXT_ENCODER) + 1 :] or '1'}"
    parts = name.split(".")
    for word, number in itertools.pairwise(parts):
        if word in LAYERS and number.isdecimal():
            return f"{tag}.{int(number):02}"
    is_end = "final_layer_norm" in parts or _around(name) == AFTER
    return f"{tag}.{AFTER if is_end else BEFORE}"
