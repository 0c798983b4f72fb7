"""The published architectures on the meta device, and listings of real files: names and shapes
without weights."""

import gzip
import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    ChromaTransformer2DModel,
    CosmosTransformer3DModel,
    Flux2Transformer2DModel,
    FluxTransformer2DModel,
    Krea2Transformer2DModel,
    Lumina2Transformer2DModel,
    QwenImageTransformer2DModel,
    SD3Transformer2DModel,
    UNet2DConditionModel,
    ZImageTransformer2DModel,
)
from torch import nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
)

from loraviewer.adapters.files.header import BITS_OF_DTYPE, Header, TensorInfo
from loraviewer.adapters.targets import TargetIndex

DATA = Path(__file__).parent.parent / "data"

_LEVELS_WITH_THREE_ATTENTIONS = {
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
}


def listing(name: str) -> Any:
    """`keys`: name → shape or None; some have `metadata`, `dtypes` or `base_shapes`."""
    return json.loads(gzip.decompress((DATA / "keys" / f"{name}.json.gz").read_bytes()))


def single_file(family: str) -> Any:
    """`keys` of a published checkpoint: name → shape or None; `unet`: LDM → diffusers name."""
    return json.loads(gzip.decompress((DATA / f"single_file_{family}.json.gz").read_bytes()))


def header_of(
    shapes: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
    dtypes: Mapping[str, str] | None = None,
) -> Header:
    """The header of a file with these tensors, F16 unless `dtypes` says otherwise."""
    tensors, at = {}, 0
    for name, shape in shapes.items():
        dtype = (dtypes or {}).get(name, "F16")
        size = math.prod(shape) * BITS_OF_DTYPE[dtype] // 8
        tensors[name] = TensorInfo(dtype, tuple(shape), at, at + size)
        at += size
    return Header(tensors, dict(metadata or {}), 8)


def _clip_l(*, projection: bool = False) -> nn.Module:
    config = CLIPTextConfig(
        hidden_size=768,
        intermediate_size=3072,
        num_hidden_layers=12,
        num_attention_heads=12,
        projection_dim=768,
    )
    return CLIPTextModelWithProjection(config) if projection else CLIPTextModel(config)


def _open_clip_h() -> nn.Module:
    return CLIPTextModel(
        CLIPTextConfig(
            hidden_size=1024,
            intermediate_size=4096,
            num_hidden_layers=23,
            num_attention_heads=16,
        )
    )


def _clip_g() -> nn.Module:
    return CLIPTextModelWithProjection(
        CLIPTextConfig(
            hidden_size=1280,
            intermediate_size=5120,
            num_hidden_layers=32,
            num_attention_heads=20,
            projection_dim=1280,
        )
    )


def _t5_xxl() -> nn.Module:
    return T5EncoderModel(
        T5Config(
            d_model=4096,
            d_ff=10240,
            d_kv=64,
            num_heads=64,
            num_layers=24,
            feed_forward_proj="gated-gelu",
        )
    )


def _qwen3_06b() -> nn.Module:
    return Qwen3Model(
        Qwen3Config(
            hidden_size=1024,
            intermediate_size=3072,
            num_hidden_layers=28,
            num_attention_heads=16,
            num_key_value_heads=8,
            head_dim=128,
        )
    )


def _sd1() -> dict[str, nn.Module]:
    unet = UNet2DConditionModel(cross_attention_dim=768, **_LEVELS_WITH_THREE_ATTENTIONS)
    return {"unet": unet, "text_encoder": _clip_l()}


def _sd2() -> dict[str, nn.Module]:
    # diffusers annotates tuples of one element for those of any length
    unet = UNet2DConditionModel(
        cross_attention_dim=1024,
        attention_head_dim=(5, 10, 20, 20),  # pyright: ignore[reportArgumentType]
        use_linear_projection=True,
        **_LEVELS_WITH_THREE_ATTENTIONS,
    )
    return {"unet": unet, "text_encoder": _open_clip_h()}


def _sdxl() -> dict[str, nn.Module]:
    # diffusers annotates tuples of one element for those of any length
    unet = UNet2DConditionModel(
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),  # pyright: ignore[reportArgumentType]
        attention_head_dim=(5, 10, 20),  # pyright: ignore[reportArgumentType]
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )
    return {"unet": unet, "text_encoder": _clip_l(), "text_encoder_2": _clip_g()}


def _refiner() -> dict[str, nn.Module]:
    # diffusers annotates tuples of one element for those of any length
    unet = UNet2DConditionModel(
        block_out_channels=(384, 768, 1536, 1536),
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
        transformer_layers_per_block=4,
        attention_head_dim=(6, 12, 24, 24),  # pyright: ignore[reportArgumentType]
        cross_attention_dim=1280,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2560,
    )
    return {"unet": unet, "text_encoder_2": _clip_g()}


def _flux1() -> dict[str, nn.Module]:
    transformer = FluxTransformer2DModel(num_layers=19, num_single_layers=38, guidance_embeds=True)
    return {"transformer": transformer, "text_encoder": _clip_l(), "text_encoder_2": _t5_xxl()}


def _flux2_klein_9b() -> dict[str, nn.Module]:
    return {
        "transformer": Flux2Transformer2DModel(
            num_layers=8,
            num_single_layers=24,
            num_attention_heads=32,
            joint_attention_dim=12288,
            guidance_embeds=False,
        )
    }


def _flux2_klein_4b() -> dict[str, nn.Module]:
    """As wide as Flux.1, and as its names go much the same."""
    return {
        "transformer": Flux2Transformer2DModel(
            num_layers=5,
            num_single_layers=20,
            num_attention_heads=24,
            joint_attention_dim=7680,
            guidance_embeds=False,
        )
    }


def _chroma() -> dict[str, nn.Module]:
    return {"transformer": ChromaTransformer2DModel(), "text_encoder": _t5_xxl()}


def _sd3(transformer: nn.Module) -> dict[str, nn.Module]:
    return {
        "transformer": transformer,
        "text_encoder": _clip_l(projection=True),
        "text_encoder_2": _clip_g(),
        "text_encoder_3": _t5_xxl(),
    }


def _sd3_medium() -> dict[str, nn.Module]:
    return _sd3(
        SD3Transformer2DModel(
            num_layers=24,
            num_attention_heads=24,
            caption_projection_dim=1536,
            pos_embed_max_size=192,
        )
    )


def _sd35_medium() -> dict[str, nn.Module]:
    return _sd3(
        SD3Transformer2DModel(
            num_layers=24,
            num_attention_heads=24,
            caption_projection_dim=1536,
            pos_embed_max_size=384,
            qk_norm="rms_norm",
            dual_attention_layers=tuple(range(13)),
        )
    )


def _sd35_large() -> dict[str, nn.Module]:
    return _sd3(
        SD3Transformer2DModel(
            num_layers=38,
            num_attention_heads=38,
            caption_projection_dim=2432,
            pos_embed_max_size=192,
            qk_norm="rms_norm",
        )
    )


def _anima() -> dict[str, nn.Module]:
    transformer = CosmosTransformer3DModel(
        num_attention_heads=16,
        attention_head_dim=128,
        num_layers=28,
        text_embed_dim=1024,
        adaln_lora_dim=256,
        extra_pos_embed_type=None,
    )
    return {"transformer": transformer, "text_encoder": _qwen3_06b()}


_BASES: Mapping[str, Callable[[], dict[str, nn.Module]]] = {
    "sd1": _sd1,
    "sd2": _sd2,
    "sdxl": _sdxl,
    "sdxl-refiner": _refiner,
    "flux1": _flux1,
    "flux2": _flux2_klein_9b,
    "flux2-4b": _flux2_klein_4b,
    "chroma": _chroma,
    "sd3-medium": _sd3_medium,
    "sd35-medium": _sd35_medium,
    "sd35-large": _sd35_large,
    "qwen-image": lambda: {"transformer": QwenImageTransformer2DModel(num_layers=60)},
    "z-image": lambda: {"transformer": ZImageTransformer2DModel()},
    "krea2": lambda: {"transformer": Krea2Transformer2DModel()},
    "lumina2": lambda: {"transformer": Lumina2Transformer2DModel(num_layers=26)},
    "anima": _anima,
}

BASES = tuple(_BASES)


@cache
def components_of(base: str) -> dict[str, nn.Module]:
    with torch.device("meta"):
        return _BASES[base]()


@cache
def index_of(base: str) -> TargetIndex:
    return TargetIndex.of(components_of(base))


def shapes_of(base: str) -> dict[str, dict[str, tuple[int, ...]]]:
    """Component → parameter → shape, tied parameters under both names."""
    return {
        component: {
            name: tuple(parameter.shape)
            for name, parameter in network.named_parameters(remove_duplicate=False)
        }
        for component, network in components_of(base).items()
    }
