"""SD 3 and Flux.1 in the layouts of their authors, with random weights and tiny widths.

Written from the published names: https://github.com/Stability-AI/sd3-ref and
https://github.com/black-forest-labs/flux.
"""

import json
import re
import shutil
from pathlib import Path

import torch
from torch import Tensor, nn

from loraviewer.core.resources import family_config
from tests.engine import original

CONTEXT = 96  # width of T5, and of what the transformers attend to
T5_VOCABULARY = 256

_TINY_T5 = {
    "d_model": CONTEXT,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_heads": 2,
    "vocab_size": T5_VOCABULARY,
}
_TINY_SD3 = {
    "attention_head_dim": 4,
    "num_attention_heads": 2,
    "caption_projection_dim": 8,
    "joint_attention_dim": CONTEXT,
    "pooled_projection_dim": 32 + 48,
    "pos_embed_max_size": 8,
    "sample_size": 8,
}
_TINY_FLUX = {
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "axes_dims_rope": [4, 6, 6],
    "num_layers": 2,
    "num_single_layers": 2,
    "joint_attention_dim": CONTEXT,
    "pooled_projection_dim": 32,
}


def write_tiny_config(config: str, folder: Path) -> Path:
    """The bundled configuration `config` with few and narrow layers."""
    shutil.copytree(family_config(config), folder)
    original.edit(folder / "vae", **original.TINY_VAE)
    original.edit(folder / "text_encoder", **original.TINY_TEXT)
    if config.startswith("flux1"):
        original.edit(folder / "transformer", **_TINY_FLUX)
        original.edit(folder / "text_encoder_2", **_TINY_T5)
        return folder
    layers = 38 if config == "sd3.5-large" else 3
    dual = {"dual_attention_layers": [0, 1]} if config == "sd3.5-medium" else {}
    original.edit(folder / "transformer", **_TINY_SD3, **dual, num_layers=layers)
    narrow = {"hidden_size": 48, "projection_dim": 48}
    original.edit(folder / "text_encoder_2", **(original.TINY_TEXT | narrow))
    original.edit(folder / "text_encoder_3", **_TINY_T5)
    return folder


def original_tensors(config: str, networks: dict[str, nn.Module]) -> dict[str, Tensor]:
    """All weights as one file of the authors (or of ComfyUI) holds them."""
    is_flux = config.startswith("flux1")
    layout = _flux if is_flux else _sd3
    named = layout(networks["transformer"].state_dict())
    tensors = {f"model.diffusion_model.{name}": named[name] for name in named}
    for name, tensor in networks["vae"].state_dict().items():
        tensors |= original.vae_tensor(name, tensor)
    tensors |= _bundled("clip_l", networks["text_encoder"])
    if is_flux:
        return tensors | _bundled("t5xxl", networks["text_encoder_2"])
    tensors |= _bundled("clip_g", networks["text_encoder_2"])
    return tensors | _bundled("t5xxl", networks["text_encoder_3"])


def _bundled(what: str, network: nn.Module) -> dict[str, Tensor]:
    """Transformers' names; CLIP always with `text_model.`; one of T5's two equal embeddings."""
    tensors = {}
    for name, tensor in network.state_dict().items():
        if name == "encoder.embed_tokens.weight":
            continue
        bare = name.removeprefix("text_model.")
        is_inner = what != "t5xxl" and not bare.startswith("text_projection")
        inner = f"text_model.{bare}" if is_inner else bare
        tensors[f"text_encoders.{what}.transformer.{inner}"] = tensor
    return tensors


_FLUX_NAMES = (
    (r"^x_embedder", "img_in"),
    (r"^context_embedder", "txt_in"),
    (r"^time_text_embed\.timestep_embedder", "time_in"),
    (r"^time_text_embed\.text_embedder", "vector_in"),
    (r"^time_text_embed\.guidance_embedder", "guidance_in"),
    (r"_in\.linear_1\.", "_in.in_layer."),
    (r"_in\.linear_2\.", "_in.out_layer."),
    (r"^proj_out", "final_layer.linear"),
    (r"^norm_out\.linear", "final_layer.adaLN_modulation.1"),
    (r"^single_transformer_blocks\.(\d+)\.norm\.linear", r"single_blocks.\1.modulation.lin"),
    (r"^single_transformer_blocks\.(\d+)\.proj_out", r"single_blocks.\1.linear2"),
    (
        r"^single_transformer_blocks\.(\d+)\.attn\.norm_q\.weight",
        r"single_blocks.\1.norm.query_norm.scale",
    ),
    (
        r"^single_transformer_blocks\.(\d+)\.attn\.norm_k\.weight",
        r"single_blocks.\1.norm.key_norm.scale",
    ),
    (r"^transformer_blocks", "double_blocks"),
    (r"\.norm1\.linear", ".img_mod.lin"),
    (r"\.norm1_context\.linear", ".txt_mod.lin"),
    (r"\.attn\.norm_q\.weight", ".img_attn.norm.query_norm.scale"),
    (r"\.attn\.norm_k\.weight", ".img_attn.norm.key_norm.scale"),
    (r"\.attn\.norm_added_q\.weight", ".txt_attn.norm.query_norm.scale"),
    (r"\.attn\.norm_added_k\.weight", ".txt_attn.norm.key_norm.scale"),
    (r"\.attn\.to_out\.0", ".img_attn.proj"),
    (r"\.attn\.to_add_out", ".txt_attn.proj"),
    (r"\.ff\.net\.0\.proj", ".img_mlp.0"),
    (r"\.ff\.net\.2", ".img_mlp.2"),
    (r"\.ff_context\.net\.0\.proj", ".txt_mlp.0"),
    (r"\.ff_context\.net\.2", ".txt_mlp.2"),
)
_FLUX_FUSED = {
    "single": (("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"), "linear1"),
    "image": (("attn.to_q", "attn.to_k", "attn.to_v"), "img_attn.qkv"),
    "text": (("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"), "txt_attn.qkv"),
}


def _flux(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    weights = dict(weights)
    named: dict[str, Tensor] = {}
    for block in {name.rpartition(".attn.to_q")[0] for name in weights if ".attn.to_q" in name}:
        is_single = block.startswith("single")
        new = block.replace("single_transformer_blocks", "single_blocks")
        new = new.replace("transformer_blocks", "double_blocks")
        for kind in ("single",) if is_single else ("image", "text"):
            named |= _fused(weights, block, new, *_FLUX_FUSED[kind])
    for name, tensor in weights.items():
        new = name
        for pattern, replacement in _FLUX_NAMES:
            new = re.sub(pattern, replacement, new)
        named[new] = _swapped(tensor) if "adaLN_modulation" in new else tensor
    return named


_SD3_NAMES = (
    (r"^pos_embed\.pos_embed", "pos_embed"),
    (r"^pos_embed\.proj", "x_embedder.proj"),
    (r"^time_text_embed\.timestep_embedder\.linear_1", "t_embedder.mlp.0"),
    (r"^time_text_embed\.timestep_embedder\.linear_2", "t_embedder.mlp.2"),
    (r"^time_text_embed\.text_embedder\.linear_1", "y_embedder.mlp.0"),
    (r"^time_text_embed\.text_embedder\.linear_2", "y_embedder.mlp.2"),
    (r"^norm_out\.linear", "final_layer.adaLN_modulation.1"),
    (r"^proj_out", "final_layer.linear"),
    (r"^transformer_blocks", "joint_blocks"),
    (r"\.norm1\.linear", ".x_block.adaLN_modulation.1"),
    (r"\.norm1_context\.linear", ".context_block.adaLN_modulation.1"),
    (r"\.attn\.norm_q\.", ".x_block.attn.ln_q."),
    (r"\.attn\.norm_k\.", ".x_block.attn.ln_k."),
    (r"\.attn\.norm_added_q\.", ".context_block.attn.ln_q."),
    (r"\.attn\.norm_added_k\.", ".context_block.attn.ln_k."),
    (r"\.attn2\.norm_q\.", ".x_block.attn2.ln_q."),
    (r"\.attn2\.norm_k\.", ".x_block.attn2.ln_k."),
    (r"\.attn\.to_out\.0", ".x_block.attn.proj"),
    (r"\.attn2\.to_out\.0", ".x_block.attn2.proj"),
    (r"\.attn\.to_add_out", ".context_block.attn.proj"),
    (r"\.ff\.net\.0\.proj", ".x_block.mlp.fc1"),
    (r"\.ff\.net\.2", ".x_block.mlp.fc2"),
    (r"\.ff_context\.net\.0\.proj", ".context_block.mlp.fc1"),
    (r"\.ff_context\.net\.2", ".context_block.mlp.fc2"),
)
_SD3_FUSED = (
    (("attn.to_q", "attn.to_k", "attn.to_v"), "x_block.attn.qkv"),
    (("attn2.to_q", "attn2.to_k", "attn2.to_v"), "x_block.attn2.qkv"),
    (("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"), "context_block.attn.qkv"),
)


def _sd3(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The last modulations are stored as (shift, scale), in diffusers as (scale, shift)."""
    weights = dict(weights)
    blocks = {name.split(".attn.")[0] for name in weights if ".attn.to_q" in name}
    last = max(int(block.rpartition(".")[2]) for block in blocks)
    named: dict[str, Tensor] = {}
    for block in blocks:
        new = block.replace("transformer_blocks", "joint_blocks")
        for parts, fused in _SD3_FUSED:
            named |= _fused(weights, block, new, parts, fused)
    for name, tensor in weights.items():
        new = name
        for pattern, replacement in _SD3_NAMES:
            new = re.sub(pattern, replacement, new)
        is_last = new.startswith(("final_layer.adaLN", f"joint_blocks.{last}.context_block.adaLN"))
        named[new] = _swapped(tensor) if is_last else tensor
    return named


def _fused(
    weights: dict[str, Tensor], block: str, new: str, parts: tuple[str, ...], fused: str
) -> dict[str, Tensor]:
    """Take the parts out of `weights` and stack their rows."""
    found = {}
    for kind in ("weight", "bias"):
        names = [f"{block}.{part}.{kind}" for part in parts]
        if names[0] in weights:
            found[f"{new}.{fused}.{kind}"] = torch.cat([weights.pop(name) for name in names])
    return found


def _swapped(tensor: Tensor) -> Tensor:
    return torch.cat(tensor.chunk(2)[::-1])


def write_t5_tokenizer(folder: Path) -> Path:
    """A `tokenizer.json` as T5's: unigrams of letters and a few words."""
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import Unigram

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(Unigram([(piece, score) for piece, score in T5_PIECES], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=["$A", "</s>"], special_tokens=[("</s>", 1)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 32}))
    return folder


T5_PIECES = (
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -2.0),
    *((letter, -5.0) for letter in "abcdefghijklmnopqrstuvwxyz"),
    ("▁a", -3.0),
    ("▁red", -4.0),
    ("▁cat", -4.5),
)
