"""What of a network comes and goes together where it is streamed."""

import re

_BLOCK = re.compile(r"(?:[A-Za-z_]\w*\.)+?\d+(?=\.)", re.ASCII)


def streamed_block(name: str) -> str:
    """The block that a tensor of a network lies in: an entry of the outermost list of modules
    around it ("transformer_blocks.3", "encoder.block.7"). "" for what lies in none, and never
    leaves the device."""
    match = _BLOCK.match(name)
    return match[0] if match else ""
