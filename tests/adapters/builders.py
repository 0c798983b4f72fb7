"""Tiny networks and adapter files for the tests, built from configurations and seeds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter, load_adapter
from loraviewer.adapters.targets import ModuleKey, TargetIndex


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


def tiny_components(dtype: torch.dtype = torch.float32) -> dict[str, nn.Module]:
    networks: dict[str, nn.Module] = {"unet": tiny_unet(), "text_encoder": tiny_text_encoder()}
    return {name: nn.Module.to(network, dtype) for name, network in networks.items()}


class Toy(nn.Module):
    """Seven small layers, linear and convolutional, for tests that need many networks."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, 8, 3)
        self.last = nn.Conv2d(8, 4, 3, bias=False)
        self.proj_in = nn.Conv2d(8, 8, 1)
        self.inner = nn.ModuleList([nn.Linear(8, 24), nn.Linear(24, 8, bias=False)])


def toy_components(dtype: torch.dtype = torch.float32) -> dict[str, nn.Module]:
    """A toy denoiser and a toy text encoder; the same weights on every call."""
    torch.manual_seed(3)
    networks: dict[str, nn.Module] = {"unet": Toy(), "text_encoder": Toy()}
    return {name: network.to(dtype) for name, network in networks.items()}


TOY_KEYS = [
    ("text_encoder", "inner.0"),
    ("text_encoder", "inner.1"),
    ("unet", "first"),
    ("unet", "inner.0"),
    ("unet", "inner.1"),
    ("unet", "last"),
    ("unet", "proj_in"),
]
"""Modules of the toy components in the order in which they are merged."""


def toy_adapter(
    name: str, seed: int, keys: Sequence[ModuleKey] = TOY_KEYS, rank: int = 3
) -> Adapter:
    """A random adapter of some modules; `name` is one character, repeated to make the hash."""
    generator = torch.Generator().manual_seed(seed)
    networks, modules = toy_components(), {}
    for component, path in keys:
        shape = networks[component].get_submodule(path).get_parameter("weight").shape
        up = torch.randn(shape[0], rank, generator=generator)
        down = torch.randn(rank, shape.numel() // shape[0], generator=generator)
        modules[component, path] = LowRankDelta(up, down, 0.25)
    return Adapter(name * 64, name, f"{name}.safetensors", modules)


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


def lora_tensors(
    modules: Mapping[str, tuple[tuple[int, ...], int]],
    seed: int,
    *,
    dtype: torch.dtype = torch.float32,
    alpha: float | None = 2.0,
) -> dict[str, torch.Tensor]:
    """kohya tensors of a random LoRA."""
    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}
    for name, (shape, rank) in modules.items():
        ones = (1,) * (len(shape) - 2)
        up = torch.randn(shape[0], rank, *ones, generator=generator) * 0.3
        down = torch.randn(rank, *shape[1:], generator=generator) * 0.3
        tensors[f"{name}.lora_up.weight"] = up.to(dtype)
        tensors[f"{name}.lora_down.weight"] = down.to(dtype)
        if alpha is not None:
            tensors[f"{name}.alpha"] = torch.tensor(alpha, dtype=dtype)
    return tensors


def write_lora(
    path: Path,
    tensors: Mapping[str, torch.Tensor],
    metadata: dict[str, str] | None = None,
) -> Path:
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata)
    return path


def load(path: Path, components: Mapping[str, nn.Module]) -> Adapter:
    return load_adapter(path, TargetIndex.of(components))[0]
