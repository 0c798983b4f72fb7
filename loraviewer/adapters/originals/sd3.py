"""Stable Diffusion 3 and 3.5 as Stability AI wrote them."""

import re
from collections.abc import Iterable

from loraviewer.adapters.originals.words import Row, rows_of

_BLOCK, _MODULE = "joint_blocks.{}.", "transformer_blocks.{}."

_ROWS = (
    *rows_of(
        {
            "x_block.attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
            "x_block.attn.proj": "attn.to_out.0",
            "x_block.attn.ln_q": "attn.norm_q",
            "x_block.attn.ln_k": "attn.norm_k",
            "x_block.attn2.qkv": ("attn2.to_q", "attn2.to_k", "attn2.to_v"),
            "x_block.attn2.proj": "attn2.to_out.0",
            "x_block.attn2.ln_q": "attn2.norm_q",
            "x_block.attn2.ln_k": "attn2.norm_k",
            "x_block.mlp.fc1": "ff.net.0.proj",
            "x_block.mlp.fc2": "ff.net.2",
            "x_block.adaLN_modulation.1": "norm1.linear",
            "context_block.attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
            "context_block.attn.proj": "attn.to_add_out",
            "context_block.attn.ln_q": "attn.norm_added_q",
            "context_block.attn.ln_k": "attn.norm_added_k",
            "context_block.mlp.fc1": "ff_context.net.0.proj",
            "context_block.mlp.fc2": "ff_context.net.2",
            "context_block.adaLN_modulation.1": "norm1_context.linear",
        },
        _BLOCK,
        _MODULE,
    ),
    *rows_of(
        {
            "x_embedder.proj": "pos_embed.proj",
            "t_embedder.mlp.0": "time_text_embed.timestep_embedder.linear_1",
            "t_embedder.mlp.2": "time_text_embed.timestep_embedder.linear_2",
            "y_embedder.mlp.0": "time_text_embed.text_embedder.linear_1",
            "y_embedder.mlp.2": "time_text_embed.text_embedder.linear_2",
            "final_layer.linear": "proj_out",
        }
    ),
    # The original computes (shift, scale), diffusers (scale, shift).
    Row("final_layer.adaLN_modulation.1", ("norm_out.linear",), is_half_swapped=True),
)

_NUMBERED = re.compile(r"(?:joint_blocks|transformer_blocks)\.([0-9]{1,4})(?:\.|$)")


def sd3_rows(names: Iterable[str]) -> tuple[Row, ...]:
    """The rows for a network with these parameter names, in either words: in its last block the
    text side has one more modulation whose halves are swapped."""
    blocks = (_NUMBERED.match(name) for name in names)
    last = max((int(block[1]) for block in blocks if block), default=0)
    modulation = Row(
        f"joint_blocks.{last}.context_block.adaLN_modulation.1",
        (f"transformer_blocks.{last}.norm1_context.linear",),
        is_half_swapped=True,
    )
    return (modulation, *_ROWS)
