"""Tiny networks and adapter files for the tests, built from configurations and seeds."""

from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from loraviewer.adapters.load import Adapter, load_adapter
from loraviewer.adapters.targets import TargetIndex

TinyNetwork = UNet2DConditionModel | CLIPTextModel


def tiny_unet(seed: int = 0) -> UNet2DConditionModel:
    """Two levels, attention in the deeper one; some ten thousand weights."""
    torch.manual_seed(seed)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=4,
        norm_num_groups=4,
    ).eval()


def tiny_text_encoder(seed: int = 1) -> CLIPTextModel:
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=8,
        bos_token_id=0,
        eos_token_id=1,
    )
    return CLIPTextModel(config).eval()


def tiny_components(dtype: torch.dtype = torch.float32) -> dict[str, TinyNetwork]:
    networks: dict[str, TinyNetwork] = {"unet": tiny_unet(), "text_encoder": tiny_text_encoder()}
    for network in networks.values():
        nn.Module.to(network, dtype)
    return networks


ATTENTION = "down_blocks_1_attentions_0_transformer_blocks_0_attn1_"
KOHYA_MODULES: dict[str, tuple[tuple[int, ...], int]] = {
    "lora_unet_" + ATTENTION + "to_q": ((16, 16), 4),
    "lora_unet_" + ATTENTION + "to_out_0": ((16, 16), 2),
    "lora_unet_down_blocks_1_attentions_0_proj_in": ((16, 16, 1, 1), 4),
    "lora_unet_down_blocks_0_resnets_0_conv1": ((8, 8, 3, 3), 3),
    "lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj": ((128, 16), 4),
    "lora_te_text_model_encoder_layers_0_self_attn_q_proj": ((16, 16), 4),
    "lora_te_text_model_encoder_layers_0_mlp_fc1": ((32, 16), 4),
}
"""kohya name -> (weight shape, rank) on the tiny components."""


def load(path: Path, components: Mapping[str, nn.Module]) -> Adapter:
    return load_adapter(path, TargetIndex.of(components))[0]
