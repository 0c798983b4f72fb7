"""Flux.1's transformer from Black Forest Labs' layout to that of diffusers.

Query, key and value lie in one matrix there, in the single blocks with the first layer of the MLP;
the last modulation gives shift and scale, in diffusers scale and shift.
"""

from collections.abc import Iterator
from typing import Any

import torch

Tensors = dict[str, torch.Tensor]

_ENDS = {
    "img_in.": "x_embedder.",
    "txt_in.": "context_embedder.",
    "time_in.in_layer.": "time_text_embed.timestep_embedder.linear_1.",
    "time_in.out_layer.": "time_text_embed.timestep_embedder.linear_2.",
    "vector_in.in_layer.": "time_text_embed.text_embedder.linear_1.",
    "vector_in.out_layer.": "time_text_embed.text_embedder.linear_2.",
    "guidance_in.in_layer.": "time_text_embed.guidance_embedder.linear_1.",
    "guidance_in.out_layer.": "time_text_embed.guidance_embedder.linear_2.",
    "final_layer.linear.": "proj_out.",
    "final_layer.adaLN_modulation.1.": "norm_out.linear.",
}
_DOUBLE = {
    "img_mod.lin.": "norm1.linear.",
    "txt_mod.lin.": "norm1_context.linear.",
    "img_attn.norm.query_norm.scale": "attn.norm_q.weight",
    "img_attn.norm.key_norm.scale": "attn.norm_k.weight",
    "txt_attn.norm.query_norm.scale": "attn.norm_added_q.weight",
    "txt_attn.norm.key_norm.scale": "attn.norm_added_k.weight",
    "img_attn.proj.": "attn.to_out.0.",
    "txt_attn.proj.": "attn.to_add_out.",
    "img_mlp.0.": "ff.net.0.proj.",
    "img_mlp.2.": "ff.net.2.",
    "txt_mlp.0.": "ff_context.net.0.proj.",
    "txt_mlp.2.": "ff_context.net.2.",
}
_SINGLE = {
    "modulation.lin.": "norm.linear.",
    "norm.query_norm.scale": "attn.norm_q.weight",
    "norm.key_norm.scale": "attn.norm_k.weight",
    "linear2.": "proj_out.",
}
_FUSED_DOUBLE = {
    "img_attn.qkv.": ("attn.to_q.", "attn.to_k.", "attn.to_v."),
    "txt_attn.qkv.": ("attn.add_q_proj.", "attn.add_k_proj.", "attn.add_v_proj."),
}
_FUSED_SINGLE = {"linear1.": ("attn.to_q.", "attn.to_k.", "attn.to_v.", "proj_mlp.")}


def flux_to_diffusers(tensors: Tensors) -> Tensors:
    """tensors: without prefix; taken out one by one, so that nothing is held twice."""
    hidden = tensors["img_in.weight"].shape[0]
    converted: Tensors = {}
    for name in list(tensors):
        converted |= dict(_converted(name, tensors.pop(name), hidden))
    return converted


def _converted(name: str, tensor: torch.Tensor, hidden: int) -> Iterator[tuple[str, Any]]:
    family, _, rest = name.partition(".")
    number, _, inner = rest.partition(".")
    if family == "double_blocks":
        yield from _block(f"transformer_blocks.{number}.", inner, tensor, hidden, _DOUBLE)
    elif family == "single_blocks":
        yield from _block(f"single_transformer_blocks.{number}.", inner, tensor, hidden, _SINGLE)
    elif name.startswith("final_layer.adaLN_modulation."):
        shift, scale = tensor.chunk(2, dim=0)
        yield _renamed(name, _ENDS), torch.cat([scale, shift])
    else:
        yield _renamed(name, _ENDS), tensor


def _block(
    prefix: str, inner: str, tensor: torch.Tensor, hidden: int, names: dict[str, str]
) -> Iterator[tuple[str, torch.Tensor]]:
    for start, targets in (_FUSED_DOUBLE if names is _DOUBLE else _FUSED_SINGLE).items():
        if inner.startswith(start):
            role = inner.removeprefix(start)
            rows = [hidden] * 3 + [tensor.shape[0] - 3 * hidden] * (len(targets) - 3)
            for target, part in zip(targets, tensor.split(rows), strict=True):
                yield f"{prefix}{target}{role}", part.clone()
            return
    yield prefix + _renamed(inner, names), tensor


def _renamed(name: str, names: dict[str, str]) -> str:
    """The name with its known beginning replaced; names of other parts stay as they are."""
    start = next((start for start in names if name.startswith(start)), None)
    return name if start is None else names[start] + name.removeprefix(start)
