"""What a script for diffusers says where the adapters became one change by another rule than the
sum, which is all that diffusers knows."""

import shlex

from loraviewer.core.arguments import AdapterArgument, spelled
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter

_BAKED = """\
# diffusers only sums adapters, and these became one change by “{rule}”. Write the weights once, and
# run this where they then lie:
#   {command}
# The same picture but for rounding.
"""
_TAKING_TURNS = """\
# NOT the same picture: diffusers only sums adapters, and in this one they act by “{rule}” while it
# is denoised.
"""


def is_baked(request: GenerationRequest) -> bool:
    """Whether the script has to start from weights that loraviewer wrote."""
    return bool(request.adapters) and not request.merge_rule.in_weights.is_sum


def baked_path(source: str) -> str:
    """What these weights are called, a folder or one file as their base is."""
    return "merged.safetensors" if source.lower().endswith(".safetensors") else "merged"


def rule_note(request: GenerationRequest, source: str) -> str:
    """Lines of comments; "" where a sum is what was made."""
    rule = request.merge_rule.text
    if is_baked(request):
        return _BAKED.format(rule=rule, command=_command(request, source))
    is_other = request.adapters and request.merge_rule.acts_at_decoding
    return _TAKING_TURNS.format(rule=rule) if is_other else ""


def _command(request: GenerationRequest, source: str) -> str:
    """On one line: what paths may hold must not end a comment."""
    adapters = [part for a in request.adapters for part in ("--lora", spelled(_argument(a)))]
    rule, output = request.merge_rule.text, baked_path(source)
    words = ["--base", source, *adapters, "--merge-rule", rule, "-o", output]
    command = shlex.join(["loraviewer", "bake", *words])
    return "".join(c if c.isprintable() else "�" for c in command)


def _argument(adapter: AppliedAdapter) -> AdapterArgument:
    return AdapterArgument(adapter.path, adapter.scale, adapter.text_scale, adapter.block_scales)
