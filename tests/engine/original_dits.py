"""Tiny transformers of newer families as their authors, or ComfyUI, write them: the inverse of what
diffusers' converters do, from the published names."""

import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]
_QKV = ("to_q", "to_k", "to_v")


def z_image(weights: Weights) -> dict[str, Tensor]:
    tensors = _fused(weights, r"(.+\.attention)\.(to_[qkv])\.weight", _QKV, r"\1.qkv.weight")
    return _renamed(
        tensors,
        (
            (r"\.attention\.to_out\.0\.", ".attention.out."),
            (r"\.attention\.norm_([qk])\.", r".attention.\1_norm."),
            (r"^all_x_embedder\.2-1\.", "x_embedder."),
            (r"^all_final_layer\.2-1\.", "final_layer."),
        ),
    )


def lumina2(weights: Weights) -> dict[str, Tensor]:
    tensors = _fused(weights, r"(.+)\.attn\.(to_[qkv])\.weight", _QKV, r"\1.attention.qkv.weight")
    return _renamed(
        tensors,
        (
            (r"\.attn\.to_out\.0\.", ".attention.out."),
            (r"\.attn\.norm_([qk])\.", r".attention.\1_norm."),
            (r"\.feed_forward\.linear_([123])\.", r".feed_forward.w\1."),
            (r"\.norm1\.linear\.", ".adaLN_modulation.1."),
            (r"\.norm1\.norm\.", ".attention_norm1."),
            (r"^(context_refiner\.\d+)\.norm1\.", r"\1.attention_norm1."),
            (r"\.norm2\.", ".attention_norm2."),
            (r"^time_caption_embed\.caption_embedder\.", "cap_embedder."),
            (r"^time_caption_embed\.timestep_embedder\.linear_1\.", "t_embedder.mlp.0."),
            (r"^time_caption_embed\.timestep_embedder\.linear_2\.", "t_embedder.mlp.2."),
            (r"^norm_out\.linear_1\.", "final_layer.adaLN_modulation.1."),
            (r"^norm_out\.linear_2\.", "final_layer.linear."),
        ),
    )


def chroma(weights: Weights) -> dict[str, Tensor]:
    tensors = dict(weights)
    for role in ("weight", "bias"):
        tensors = _fused(
            tensors,
            rf"transformer_blocks\.(\d+)\.attn\.(to_[qkv])\.{role}",
            _QKV,
            rf"double_blocks.\1.img_attn.qkv.{role}",
        )
        tensors = _fused(
            tensors,
            rf"transformer_blocks\.(\d+)\.attn\.(add_[qkv]_proj)\.{role}",
            ("add_q_proj", "add_k_proj", "add_v_proj"),
            rf"double_blocks.\1.txt_attn.qkv.{role}",
        )
        tensors = _fused(
            tensors,
            rf"single_transformer_blocks\.(\d+)\.(attn\.to_[qkv]|proj_mlp)\.{role}",
            (*(f"attn.{part}" for part in _QKV), "proj_mlp"),
            rf"single_blocks.\1.linear1.{role}",
        )
    double, single = r"^transformer_blocks\.(\d+)\.", r"^single_transformer_blocks\.(\d+)\."
    guidance = r"^distilled_guidance_layer\.layers\.(\d+)\."
    return _renamed(
        tensors,
        (
            (rf"{double}attn\.to_out\.0\.", r"double_blocks.\1.img_attn.proj."),
            (rf"{double}attn\.to_add_out\.", r"double_blocks.\1.txt_attn.proj."),
            (rf"{double}attn\.norm_q\.weight", r"double_blocks.\1.img_attn.norm.query_norm.scale"),
            (rf"{double}attn\.norm_k\.weight", r"double_blocks.\1.img_attn.norm.key_norm.scale"),
            (rf"{double}attn\.norm_added_q\.weight",
             r"double_blocks.\1.txt_attn.norm.query_norm.scale"),
            (rf"{double}attn\.norm_added_k\.weight",
             r"double_blocks.\1.txt_attn.norm.key_norm.scale"),
            (rf"{double}ff\.net\.0\.proj\.", r"double_blocks.\1.img_mlp.0."),
            (rf"{double}ff\.net\.2\.", r"double_blocks.\1.img_mlp.2."),
            (rf"{double}ff_context\.net\.0\.proj\.", r"double_blocks.\1.txt_mlp.0."),
            (rf"{double}ff_context\.net\.2\.", r"double_blocks.\1.txt_mlp.2."),
            (rf"{single}proj_out\.", r"single_blocks.\1.linear2."),
            (rf"{single}attn\.norm_q\.weight", r"single_blocks.\1.norm.query_norm.scale"),
            (rf"{single}attn\.norm_k\.weight", r"single_blocks.\1.norm.key_norm.scale"),
            (r"^proj_out\.", "final_layer.linear."),
            (r"^x_embedder\.", "img_in."),
            (r"^context_embedder\.", "txt_in."),
            (rf"{guidance}linear_1\.", r"distilled_guidance_layer.layers.\1.in_layer."),
            (rf"{guidance}linear_2\.", r"distilled_guidance_layer.layers.\1.out_layer."),
            (r"^(distilled_guidance_layer\.norms\.\d+)\.weight", r"\1.scale"),
        ),
    )  # fmt: skip


_RESNET = {
    "norm1": "residual.0", "conv1": "residual.2", "norm2": "residual.3", "conv2": "residual.6",
    "conv_shortcut": "shortcut",
}  # fmt: skip
_OF_EACH_UP_BLOCK = 4  # three resnets and what enlarges


def frame_vae(weights: Weights) -> dict[str, Tensor]:
    """The VAE of Qwen-Image as Wan wrote it."""
    inner = "|".join(_RESNET)
    tensors = {}
    for name, tensor in weights.items():
        new = re.sub(
            r"^decoder\.up_blocks\.(\d)\.(resnets|upsamplers)\.(\d)",
            lambda m: (
                "decoder.upsamples."
                f"{_OF_EACH_UP_BLOCK * int(m[1]) + (int(m[3]) if m[2] == 'resnets' else 3)}"
            ),
            name,
        )
        new = re.sub(r"^encoder\.down_blocks\.", "encoder.downsamples.", new)
        new = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"middle.{2 * int(m[1])}", new)
        new = re.sub(r"mid_block\.attentions\.0", "middle.1", new)
        new = re.sub(
            rf"((?:downsamples|upsamples|middle)\.\d+)\.({inner})\.",
            lambda m: f"{m[1]}.{_RESNET[m[2]]}.",
            new,
        )
        for own, old in (("conv_in", "conv1"), ("norm_out", "head.0"), ("conv_out", "head.2")):
            new = re.sub(rf"^((?:en|de)coder)\.{own}\.", rf"\1.{old}.", new)
        new = re.sub(r"^quant_conv\.", "conv1.", new)
        tensors[re.sub(r"^post_quant_conv\.", "conv2.", new)] = tensor
    return tensors


LAYOUTS: Mapping[str, Callable[[Weights], dict[str, Tensor]]] = {
    "z-image": z_image,
    "qwen-image": dict,  # published in the words of diffusers
    "chroma": chroma,
    "lumina2": lumina2,
}
"""Family → weights in diffusers' words → in the words of its files."""


def _fused(weights: Weights, pattern: str, parts: tuple[str, ...], fused: str) -> dict[str, Tensor]:
    """The rows of the modules called `parts`, the last group of the pattern, in one tensor."""
    tensors: dict[str, Tensor] = {}
    found: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        if match := re.fullmatch(pattern, name):
            found.setdefault(match.expand(fused), {})[match[match.lastindex or 0]] = tensor
        else:
            tensors[name] = tensor
    return tensors | {
        name: torch.cat([rows[part] for part in parts]) for name, rows in found.items()
    }


def _renamed(weights: Weights, words: tuple[tuple[str, str], ...]) -> dict[str, Tensor]:
    tensors = {}
    for name, tensor in weights.items():
        new = name
        for pattern, replacement in words:
            new = re.sub(pattern, replacement, new)
        tensors[new] = tensor
    return tensors
