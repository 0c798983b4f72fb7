"""Transformers in the original words, written down without the package's tables."""

from collections.abc import Iterator, Mapping

import torch

_FLUX_DOUBLE = {
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
}
_FLUX_NORMS = {
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
}
_FLUX_OUTER = {
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "final_layer.linear": "proj_out",
}
_ROLES = ("weight", "bias")
_QKV = ("attn.to_q", "attn.to_k", "attn.to_v")
_ADDED = ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")

Weights = dict[str, torch.Tensor]
Given = Mapping[str, torch.Tensor]


def flux_original(weights: Given) -> Weights:
    """Flux.1 as Black Forest Labs keeps it, from the weights of diffusers' network."""
    return dict(_flux_tensors(weights))


def _flux_tensors(weights: Given) -> Iterator[tuple[str, torch.Tensor]]:
    for role in _ROLES:
        for old, new in _FLUX_OUTER.items():
            yield f"{old}.{role}", weights[f"{new}.{role}"]
        scale, shift = weights[f"norm_out.linear.{role}"].chunk(2)
        yield f"final_layer.adaLN_modulation.1.{role}", torch.cat([shift, scale])
    for block in range(_blocks(weights, "transformer_blocks")):
        old, new = f"double_blocks.{block}.", f"transformer_blocks.{block}."
        for name, module in _FLUX_NORMS.items():
            yield f"{old}{name}.scale", weights[f"{new}{module}.weight"]
        for role in _ROLES:
            yield f"{old}img_attn.qkv.{role}", _stack(weights, new, _QKV, role)
            yield f"{old}txt_attn.qkv.{role}", _stack(weights, new, _ADDED, role)
            for name, module in _FLUX_DOUBLE.items():
                yield f"{old}{name}.{role}", weights[f"{new}{module}.{role}"]
    for block in range(_blocks(weights, "single_transformer_blocks")):
        old, new = f"single_blocks.{block}.", f"single_transformer_blocks.{block}."
        for part, module in (("query", "q"), ("key", "k")):
            yield f"{old}norm.{part}_norm.scale", weights[f"{new}attn.norm_{module}.weight"]
        for role in _ROLES:
            yield f"{old}linear1.{role}", _stack(weights, new, (*_QKV, "proj_mlp"), role)
            yield f"{old}linear2.{role}", weights[f"{new}proj_out.{role}"]
            yield f"{old}modulation.lin.{role}", weights[f"{new}norm.linear.{role}"]


def sd3_original(weights: Given) -> Weights:
    """SD 3 and 3.5 as Stability AI keeps it, from the weights of diffusers' network."""
    return dict(_sd3_tensors(weights))


_SD3_OUTER = {
    "x_embedder.proj": "pos_embed.proj",
    "context_embedder": "context_embedder",
    "t_embedder.mlp.0": "time_text_embed.timestep_embedder.linear_1",
    "t_embedder.mlp.2": "time_text_embed.timestep_embedder.linear_2",
    "y_embedder.mlp.0": "time_text_embed.text_embedder.linear_1",
    "y_embedder.mlp.2": "time_text_embed.text_embedder.linear_2",
    "final_layer.linear": "proj_out",
}
_SD3_BLOCK = {
    "x_block.attn.proj": "attn.to_out.0",
    "x_block.attn2.proj": "attn2.to_out.0",
    "x_block.mlp.fc1": "ff.net.0.proj",
    "x_block.mlp.fc2": "ff.net.2",
    "x_block.adaLN_modulation.1": "norm1.linear",
    "x_block.attn.ln_q": "attn.norm_q",
    "x_block.attn.ln_k": "attn.norm_k",
    "x_block.attn2.ln_q": "attn2.norm_q",
    "x_block.attn2.ln_k": "attn2.norm_k",
    "context_block.attn.ln_q": "attn.norm_added_q",
    "context_block.attn.ln_k": "attn.norm_added_k",
    "context_block.attn.proj": "attn.to_add_out",
    "context_block.mlp.fc1": "ff_context.net.0.proj",
    "context_block.mlp.fc2": "ff_context.net.2",
}


def _sd3_tensors(weights: Given) -> Iterator[tuple[str, torch.Tensor]]:
    blocks = _blocks(weights, "transformer_blocks")
    for role in _ROLES:
        for old, new in _SD3_OUTER.items():
            yield f"{old}.{role}", weights[f"{new}.{role}"]
        yield f"final_layer.adaLN_modulation.1.{role}", _swapped(weights[f"norm_out.linear.{role}"])
        for block in range(blocks):
            old, new = f"joint_blocks.{block}.", f"transformer_blocks.{block}."
            yield f"{old}x_block.attn.qkv.{role}", _stack(weights, new, _QKV, role)
            yield f"{old}context_block.attn.qkv.{role}", _stack(weights, new, _ADDED, role)
            if f"{new}attn2.to_q.{role}" in weights:
                second = tuple(name.replace("attn.", "attn2.") for name in _QKV)
                yield f"{old}x_block.attn2.qkv.{role}", _stack(weights, new, second, role)
            for name, module in _SD3_BLOCK.items():
                if f"{new}{module}.{role}" in weights:
                    yield f"{old}{name}.{role}", weights[f"{new}{module}.{role}"]
            modulation = weights[f"{new}norm1_context.linear.{role}"]
            yield (
                f"{old}context_block.adaLN_modulation.1.{role}",
                _swapped(modulation) if block == blocks - 1 else modulation,
            )


def _blocks(weights: Given, start: str) -> int:
    return 1 + max(int(name.split(".")[1]) for name in weights if name.startswith(f"{start}."))


def _stack(weights: Given, block: str, modules: tuple[str, ...], role: str) -> torch.Tensor:
    return torch.cat([weights[f"{block}{module}.{role}"] for module in modules])


def _swapped(rows: torch.Tensor) -> torch.Tensor:
    first, second = rows.chunk(2)
    return torch.cat([second, first])
