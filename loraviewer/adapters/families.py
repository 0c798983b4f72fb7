"""Which family of base an adapter or a checkpoint belongs to, from names and shapes alone.

Shapes beat metadata, which is often wrong and only breaks ties.
"""

import re
from collections.abc import Iterable, Mapping

from loraviewer.adapters.groups import split_name
from loraviewer.adapters.header import Header
from loraviewer.adapters.targets import TargetIndex

FAMILY_TITLES: Mapping[str, str] = {
    "sd1": "SD 1.x",
    "sd2": "SD 2.x",
    "sdxl": "SDXL",
    "sdxl-refiner": "the SDXL refiner",
    "sd3": "SD 3",
    "flux1": "Flux.1",
    "flux2": "Flux.2",
    "qwen-image": "Qwen-Image",
}

_FAMILY_OF_WIDTH = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl-refiner"}
"""Width of the text embeddings that cross-attention reads → family."""

_CROSS_KEY = re.compile(r"attn2[._](?:processor\.)?to[._][kv]$")
_DEEP_BLOCK = re.compile(r"(?:blocks|block)[._].*transformer_blocks[._]([2-9]|\d\d)[._]")
_DOWN_SUFFIXES = (".lora_down.weight", ".lora_A.weight", "lora.down.weight", "layer.down.weight")
_FAMILY_OF_BASE_VERSION = {"sd_v1": "sd1", "sd_v2": "sd2", "sdxl_": "sdxl", "flux1": "flux1"}
_FAMILY_OF_ARCHITECTURE = {
    "stable-diffusion-v1": "sd1",
    "stable-diffusion-v2": "sd2",
    "stable-diffusion-xl-v1-base": "sdxl",
    "stable-diffusion-xl-v1-refiner": "sdxl-refiner",
    "stable-diffusion-3": "sd3",
    "flux-1": "flux1",
}


def family_of_adapter(header: Header) -> str:
    """The family an adapter file was made for, or "unknown"."""
    keys = {name: split_name(name)[0] for name in header.tensors}
    return (
        _from_cross_attention(header, keys)
        or _from_other_networks(keys.values())
        or _from_metadata(header.metadata)
        or _from_block_names(keys.values())
        or _from_text_encoders(header, keys)
        or "unknown"
    )


def family_of_targets(index: TargetIndex) -> str:
    """The family of a loaded base, from the width that its cross-attention reads."""
    for target in index.targets:
        if target.component == "unet" and _CROSS_KEY.search(target.path):
            return _FAMILY_OF_WIDTH.get(target.shape[1], "unknown")
    return "unknown"


def _from_cross_attention(header: Header, keys: Mapping[str, str]) -> str | None:
    for name, key in keys.items():
        shape = header.tensors[name].shape
        if _CROSS_KEY.search(key) and name.endswith(_DOWN_SUFFIXES) and len(shape) >= 2:
            return _FAMILY_OF_WIDTH.get(shape[1])
    return None


def _from_other_networks(keys: Iterable[str]) -> str | None:
    for key in keys:
        if "img_mlp" in key and "transformer_blocks" in key:
            return "qwen-image"
        if "joint_blocks" in key:
            return "sd3"
        if "single_blocks" in key or "single_transformer_blocks" in key:
            return "flux1"
    return None


def _from_metadata(metadata: Mapping[str, str]) -> str | None:
    for field, table in (
        ("ss_base_model_version", _FAMILY_OF_BASE_VERSION),
        ("modelspec.architecture", _FAMILY_OF_ARCHITECTURE),
    ):
        value = metadata.get(field, "")
        for start, family in table.items():
            if value.startswith(start):
                return family
    return None


def _from_block_names(keys: Iterable[str]) -> str | None:
    keys = tuple(keys)
    if any(_DEEP_BLOCK.search(key) for key in keys):
        return "sdxl"
    if any("lora_te2_text_model" in key or "text_encoder_2.text_model" in key for key in keys):
        return "sdxl"
    return None


def _from_text_encoders(header: Header, keys: Mapping[str, str]) -> str | None:
    for name, key in keys.items():
        shape = header.tensors[name].shape
        if "self_attn" in key and name.endswith(_DOWN_SUFFIXES) and len(shape) == 2:
            return {768: "sd1", 1024: "sd2", 1280: "sdxl"}.get(shape[1])
    return None


_CROSS_IN_CHECKPOINT = "input_blocks.{}.1.transformer_blocks.0.attn2.to_k.weight"


def family_of_checkpoint(header: Header) -> str:
    """The family of a single-file checkpoint or a diffusers UNet file; order of rules matters."""
    shapes = {
        name.removeprefix("model.diffusion_model."): info.shape
        for name, info in header.tensors.items()
    }
    deep = shapes.get(_CROSS_IN_CHECKPOINT.format(4))
    shallow = shapes.get(_CROSS_IN_CHECKPOINT.format(2))
    diffusers = shapes.get(
        "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
        shapes.get("down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight"),
    )
    if "double_blocks.0.img_attn.norm.key_norm.scale" in shapes:
        is_second = "double_stream_modulation_img.lin.weight" in shapes
        return "flux2" if is_second else "flux1"
    if "joint_blocks.0.context_block.attn.qkv.weight" in shapes:
        return "sd3"
    for shape in (shallow, deep, diffusers):
        if shape is not None and len(shape) == 2:
            return _FAMILY_OF_WIDTH.get(shape[1], "unknown")
    return "unknown"
