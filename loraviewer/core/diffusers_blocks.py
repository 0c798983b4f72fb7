"""What a script for diffusers says of strengths in single blocks.

`set_adapters` can be given a strength for each attention of a UNet, and no other part of a base:
resnets would follow the attention beside them, text encoders and transformers have no words. So
the script multiplies the strength that each module has after it, which is exact everywhere.
"""

from collections.abc import Sequence

from loraviewer.core.block_patterns import module_pattern, text_encoder_of
from loraviewer.core.blocks import is_block
from loraviewer.core.stack import AppliedAdapter

IMPORTS = "import re\n\n", "from peft.tuners.lora import LoraLayer\n"
"""What goes before and after the other imports of such a script."""

_MULTIPLY = """\
# In single blocks these are multiplied. What diffusers takes for that is for attentions alone, so
# it is done module by module; each lies in one block.


def multiply(name, part, pattern, factor):
    for place, module in getattr(pipeline, part, torch.nn.Module()).named_modules():
        is_adapted = isinstance(module, LoraLayer) and name in module.scaling
        if is_adapted and re.match(pattern, f"{place}."):
            module.scaling[name] *= factor


"""
_UNKNOWN = "# What {!r} has in {} was left out: no base is known to have such a block.\n"


def has_blocks(adapters: Sequence[AppliedAdapter]) -> bool:
    return any(adapter.block_scales for adapter in adapters)


def block_lines(names: Sequence[str], adapters: Sequence[AppliedAdapter]) -> str:
    """What follows `set_adapters`, where `denoiser` is known. names: of the adapters in the script;
    "" where no block has a strength of its own."""
    if not has_blocks(adapters):
        return ""
    lines = [
        _multiplied(name, block, factor)
        for name, adapter in zip(names, adapters, strict=True)
        for block, factor in adapter.block_scales
    ]
    return "".join([_MULTIPLY, *lines])


def _multiplied(name: str, block: str, factor: float) -> str:
    if not is_block(block):
        return _UNKNOWN.format(name, block)
    encoder = text_encoder_of(block)
    part = repr(encoder) if encoder else "denoiser"
    return f"multiply({name!r}, {part}, r'{module_pattern(block)}', {factor!r})  # {block}\n"
