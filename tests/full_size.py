"""A UNet of Stable Diffusion 1.5 in full size with random weights, and random adapters for it."""

import torch
from diffusers import UNet2DConditionModel
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.targets import WeightKey

RANK = 16
ATTENTION_ENDINGS = (
    *("to_q", "to_k", "to_v", "to_out.0"),
    *("ff.net.0.proj", "ff.net.2", "proj_in", "proj_out"),
)
"""The 192 linears and 1×1 convolutions of the attention blocks, which most LoRAs of SD 1 change."""


def full_size_unet(dtype: torch.dtype = torch.float32) -> UNet2DConditionModel:
    """859.5 M parameters, in 3.4 GB as float32."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=64, cross_attention_dim=768, attention_head_dim=8, layers_per_block=2
    )
    unet.eval().requires_grad_(False)
    nn.Module.to(unet, dtype)  # diffusers’ own has lost its types
    return unet


def attention_keys(unet: UNet2DConditionModel) -> list[WeightKey]:
    return [
        ("unet", f"{path}.weight")
        for path, module in unet.named_modules()
        if path.endswith(ATTENTION_ENDINGS) and hasattr(module, "weight")
    ]


def random_adapter(
    unet: UNet2DConditionModel, keys: list[WeightKey], number: int, rank: int = RANK
) -> Adapter:
    """float16 factors, as files have them; ‖ΔW‖ is a few percent of ‖W₀‖."""
    generator = torch.Generator().manual_seed(number)
    weights = {}
    for key in keys:
        shape = unet.get_parameter(key[1]).shape
        n = shape[1:].numel()
        up = torch.randn(shape[0], rank, generator=generator).half()
        down = torch.randn(rank, n, generator=generator).half()
        weights[key] = LowRankDelta(up, down, 0.03 / (n * rank) ** 0.5)
    return renamed(Adapter("", f"random {number}", "", weights), number)


def renamed(adapter: Adapter, number: int) -> Adapter:
    """The same factors under another hash."""
    return Adapter(f"{number:064x}", f"random {number}", "", adapter.weights)
