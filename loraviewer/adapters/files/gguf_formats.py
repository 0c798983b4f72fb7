"""Number formats of GGUF files: blocks of weights that share scales.

Numbers and sizes are those of ggml (`GGML_QUANT_SIZES` of its Python package, which tests compare).
"""

from collections.abc import Mapping
from typing import NamedTuple

from loraviewer.adapters.files.header import BITS_OF_DTYPE


class BlockFormat(NamedTuple):
    """So many weights of a row take so many bytes together."""

    weights: int
    size_bytes: int


BLOCK_FORMATS: Mapping[str, BlockFormat] = {
    name: BlockFormat(*sizes)
    for name, sizes in {
        "Q4_0": (32, 18), "Q4_1": (32, 20), "Q5_0": (32, 22), "Q5_1": (32, 24), "Q8_0": (32, 34),
        "Q8_1": (32, 40), "Q2_K": (256, 84), "Q3_K": (256, 110), "Q4_K": (256, 144),
        "Q5_K": (256, 176), "Q6_K": (256, 210), "Q8_K": (256, 292), "IQ2_XXS": (256, 66),
        "IQ2_XS": (256, 74), "IQ3_XXS": (256, 98), "IQ1_S": (256, 50), "IQ4_NL": (32, 18),
        "IQ3_S": (256, 110), "IQ2_S": (256, 82), "IQ4_XS": (256, 136), "IQ1_M": (256, 56),
    }.items()
}  # fmt: skip

TYPE_NAMES: Mapping[int, str] = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
    10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS",
    17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
    23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16",
}  # fmt: skip
"""A file's number of a format → its name; plain ones as safetensors calls them."""

READABLE = frozenset({
    "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
    "IQ4_XS",
})  # fmt: skip
"""Those that diffusers can compute with."""


def block_format(name: str) -> BlockFormat | None:
    """Of plain numbers, a block of one; None for a format that is not known."""
    if name in BLOCK_FORMATS:
        return BLOCK_FORMATS[name]
    bits = BITS_OF_DTYPE.get(name, 0)
    return BlockFormat(1, bits // 8) if bits >= 8 else None
