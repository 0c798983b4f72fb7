"""Which sort of text encoder a name speaks of, without a base to compare it with."""

import re

from loraviewer.adapters.naming.base import CLIP, LLM, T5
from loraviewer.adapters.naming.cleaning import speaks_of_text

OTHER = "other"
"""A text encoder whose words are none of a known sort."""

_MAY_BE_TEXT = re.compile(
    r"layer|text|resblocks|(?:^|[._])(?:te|clip|cond|t5|umt5|pile|qwen|gemma|llama)"
)
"""A quick look at thousands of names: what is in every name of a text encoder."""

_SORTS = (
    (T5, re.compile(r"encoder_block_\d+_layer_\d_(?:SelfAttention|DenseReluDense)_")),
    (
        CLIP,
        re.compile(
            r"(?<!text_)encoder_layers_\d+_(?:self_attn|mlp_fc[12]|layer_norm)|text_projection$"
            r"|text_model_|transformer_resblocks_\d"
        ),
    ),
    (LLM, re.compile(r"(?:^|_)layers_\d+_(?:self_attn_[qkvo]|mlp_(?:up|gate|down))_proj$")),
)


def text_sort(group_key: str) -> str:
    """`CLIP`, `T5`, `LLM` or `OTHER`; "" for a name of another network."""
    if not _MAY_BE_TEXT.search(group_key):
        return ""
    flat = group_key.replace(".", "_")
    for sort, pattern in _SORTS:
        if pattern.search(flat):
            return sort
    return OTHER if speaks_of_text(group_key) else ""
