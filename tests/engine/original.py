"""Single-file checkpoints as Stability AI published them, with random weights and tiny widths.

The names of the UNet come from listings of real files; those of the VAE and of the text encoders
follow the block arithmetic of the original code.
"""

import gzip
import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from loraviewer.core.resources import family_config
from loraviewer.engine.opening.networks import empty_network
from loraviewer.engine.opening.original_layouts import component_class

DATA = Path(__file__).parent.parent / "data"

TINY_TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "projection_dim": 32,
    "vocab_size": 49408,  # the bundled vocabulary
}
_ADDED = 2816  # what real SDXL takes besides: part of how it is recognised
_TIMES = 6 * 8  # sizes and crops, eight numbers each
_FEW_WORDS = 96
_TEXT_WIDTHS = {"sd1": (768,), "sd2": (1024,), "sdxl": (768, 1280)}
"""As published, for the UNet attends to them; everything else is tiny."""

TINY_VAE = {"block_out_channels": [2, 4, 8, 8], "norm_num_groups": 2}
_CLIP_PREFIX = {
    "sd1": "cond_stage_model.transformer.text_model.",
    "sdxl": "conditioner.embedders.0.transformer.text_model.",
}
_OPEN_CLIP_PREFIX = {"sd2": "cond_stage_model.model.", "sdxl": "conditioner.embedders.1.model."}


@cache
def listing(family: str) -> dict[str, Any]:
    """`keys`: name in a real file → shape or None; `unet`: name there → name in diffusers."""
    return json.loads(gzip.decompress((DATA / f"single_file_{family}.json.gz").read_bytes()))


def write_tiny_config(family: str, folder: Path) -> Path:
    """The bundled configuration with the same blocks, but only a few channels wide."""
    shutil.copytree(family_config(family), folder)
    levels = 3 if family == "sdxl" else 4
    times = {"addition_time_embed_dim": 8, "projection_class_embeddings_input_dim": _ADDED}
    edit(
        folder / "unet",
        block_out_channels=[4, 8, 16, 16][:levels],
        attention_head_dim=2,
        norm_num_groups=4,
        **(times if family == "sdxl" else {}),
    )
    edit(folder / "vae", **TINY_VAE)
    projection = {"projection_dim": _ADDED - _TIMES}
    parts = zip(("text_encoder", "text_encoder_2"), _TEXT_WIDTHS[family], strict=False)
    for part, width in parts:
        extra = projection if part == "text_encoder_2" else {}
        few = {"hidden_size": width, "vocab_size": _FEW_WORDS}
        edit(folder / part, **(TINY_TEXT | few | extra))
    return folder


def skeleton(config: Path) -> dict[str, nn.Module]:
    """The networks of a bundled configuration without weights, on the meta device."""
    index = json.loads((config / "model_index.json").read_text())
    names = [name for name in index if name.startswith(("unet", "transf", "text_encoder", "vae"))]
    return {name: empty_network(component_class(config, name), config / name) for name in names}


def random_networks(config: Path) -> dict[str, nn.Module]:
    generator = torch.Generator().manual_seed(0)
    networks = {name: network.to_empty(device="cpu") for name, network in skeleton(config).items()}
    for network in networks.values():
        for tensor in network.state_dict().values():  # with the buffers that files hold too
            if tensor.is_floating_point():
                tensor.normal_(generator=generator)
        if hasattr(network, "shared"):  # T5 reads its words from one table under two names
            words = network.get_submodule("encoder.embed_tokens")
            words.weight = network.get_parameter("shared.weight")
    return networks


def original_tensors(family: str, networks: dict[str, nn.Module]) -> dict[str, Tensor]:
    """All weights under the names and in the layout of the original checkpoints."""
    return _unet_tensors(family, networks["unet"]) | original_others(family, networks)


def original_others(family: str, networks: dict[str, nn.Module]) -> dict[str, Tensor]:
    """As `original_tensors`, without the UNet."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in networks["vae"].state_dict().items():
        tensors |= vae_tensor(name, tensor)
    if family in _CLIP_PREFIX:
        weights = _text_weights(networks["text_encoder"])
        tensors |= {_CLIP_PREFIX[family] + name: weights[name] for name in weights}
    if family in _OPEN_CLIP_PREFIX:
        name = "text_encoder_2" if family == "sdxl" else "text_encoder"
        named = _open_clip(networks[name])
        tensors |= {_OPEN_CLIP_PREFIX[family] + old: named[old] for old in named}
    return tensors


def save(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> Path:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata)
    return path


def edit(part: Path, **values) -> None:
    config = json.loads((part / "config.json").read_text())
    (part / "config.json").write_text(json.dumps(config | values))


def _unet_tensors(family: str, unet: nn.Module) -> dict[str, Tensor]:
    weights = unet.state_dict()
    names = listing(family)["unet"].items()
    return {f"model.diffusion_model.{old}": weights[new] for old, new in names}


def vae_tensor(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """The decoder counts its levels from the other end; attention was a 1×1 convolution."""
    old = name
    for pattern, replacement in (
        (r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2"),
        (r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample"),
        (r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{3 - int(m[1])}.block.{m[2]}"),
        (r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample"),
        (r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}"),
        (r"mid_block\.attentions\.0\.", "mid.attn_1."),
        (r"group_norm", "norm"),
        (r"to_([qkv])", r"\1"),
        (r"to_out\.0", "proj_out"),
        (r"conv_norm_out", "norm_out"),
        (r"conv_shortcut", "nin_shortcut"),
    ):
        old = re.sub(pattern, replacement, old)
    is_attention = "attn_1" in old and tensor.ndim == 2
    return {f"first_stage_model.{old}": tensor[:, :, None, None] if is_attention else tensor}


def _text_weights(network: nn.Module) -> dict[str, Tensor]:
    """Without the `text_model.` that some releases of transformers put in front."""
    return {name.removeprefix("text_model."): w for name, w in network.state_dict().items()}


def _open_clip(network: nn.Module) -> dict[str, Tensor]:
    """OpenCLIP keeps query, key and value in one matrix, and the projection transposed."""
    weights = _text_weights(network)
    width = weights["final_layer_norm.weight"].shape[0]
    projection = weights.pop("text_projection.weight", torch.zeros(width, width))
    named = {"text_projection": projection.T, "logit_scale": torch.tensor(1.0)}
    for name in weights:
        layer = re.match(r"encoder\.layers\.(\d+)\.(.*)", name)
        if layer is None:
            named[_OPEN_CLIP_ENDS[name]] = weights[name]
        elif ".q_proj." in name:
            parts = [
                weights[name.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")
            ]
            kind = name.rpartition(".")[2]
            named[f"transformer.resblocks.{layer[1]}.attn.in_proj_{kind}"] = torch.cat(parts)
        elif not re.search(r"[kv]_proj", name):
            module, _, kind = layer[2].rpartition(".")
            named[f"transformer.resblocks.{layer[1]}.{_OPEN_CLIP_LAYER[module]}.{kind}"] = weights[
                name
            ]
    return named


_OPEN_CLIP_ENDS = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.weight": "ln_final.weight",
    "final_layer_norm.bias": "ln_final.bias",
}
_OPEN_CLIP_LAYER = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
