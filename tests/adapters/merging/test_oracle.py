"""Against PEFT: its unmerged LoRA layers and our merged weights give the same pictures."""

import pytest
import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from torch import nn

from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from tests.adapters.builders import TinyNetwork, tiny_text_encoder, tiny_unet
from tests.adapters.toys import equal_weights, use, weights, write_lora

UNET_TARGETS = ["to_q", "to_k", "to_v", "to_out.0", "proj_in", "ff.net.2", "conv1", "conv_in"]
TEXT_TARGETS = ["q_proj", "out_proj", "fc1"]


def make_unmerged(network: TinyNetwork, targets: list[str], **options) -> LoraConfig:
    """Give the network a random PEFT adapter, not merged; its configuration."""
    torch.manual_seed(7)
    config = LoraConfig(r=4, target_modules=targets, **options)
    network.add_adapter(config)
    for name, parameter in network.named_parameters():
        if "lora_" in name:
            nn.init.normal_(parameter, std=0.2)
    return config


def unet_output(unet):
    generator = torch.Generator().manual_seed(3)
    latents = torch.randn(2, 4, 8, 8, generator=generator)
    words = torch.randn(2, 5, 16, generator=generator)
    with torch.no_grad():
        return unet(latents, torch.tensor(500), words).sample


def text_output(encoder):
    with torch.no_grad():
        return encoder(torch.tensor([[0, 5, 9, 33, 1]])).last_hidden_state


def relative(left, right):
    return ((left - right).norm() / right.norm()).item()


@pytest.mark.parametrize(
    "config",
    [
        {"lora_alpha": 4},
        {"lora_alpha": 10},
        {"lora_alpha": 10, "use_rslora": True},
        {"lora_alpha": 2, "alpha_pattern": {"conv_in": 16}, "rank_pattern": {"conv_in": 2}},
    ],
    ids=["plain", "alpha", "rslora", "patterns"],
)
def test_merged_weights_paint_what_peft_paints(tmp_path, config):
    unet, encoder = tiny_unet(), tiny_text_encoder()
    of_unet = make_unmerged(unet, UNET_TARGETS, **config)
    of_encoder = make_unmerged(encoder, TEXT_TARGETS, lora_alpha=6)
    # diffusers annotates modules where it takes, and wants, tensors
    StableDiffusionPipeline.save_lora_weights(
        tmp_path,
        unet_lora_layers=get_peft_model_state_dict(unet),  # pyright: ignore[reportArgumentType]
        text_encoder_lora_layers=get_peft_model_state_dict(encoder),  # pyright: ignore[reportArgumentType]
        unet_lora_adapter_metadata=of_unet.to_dict(),
        text_encoder_lora_adapter_metadata=of_encoder.to_dict(),
    )
    ours = {"unet": tiny_unet(), "text_encoder": tiny_text_encoder()}
    path = tmp_path / "pytorch_lora_weights.safetensors"
    adapter, report = load_adapter(path, TargetIndex.of(ours))
    assert report.is_complete
    base = unet_output(ours["unet"])
    WeightMerger(ours).apply(use((adapter, 1.0)), {adapter.sha256: adapter}, CancelToken())
    assert relative(unet_output(ours["unet"]), unet_output(unet)) < 1e-5
    assert relative(text_output(ours["text_encoder"]), text_output(encoder)) < 1e-5
    assert relative(base, unet_output(unet)) > 1e-2


def test_kohya_and_peft_files_of_one_lora_give_identical_weights(tmp_path):
    unet = tiny_unet()
    make_unmerged(unet, UNET_TARGETS, lora_alpha=4)
    peft, kohya, old = {}, {}, {}
    for name, tensor in get_peft_model_state_dict(unet).items():
        path, _, role = name.removesuffix(".weight").rpartition(".")
        word = {"lora_A": "down", "lora_B": "up"}[role]
        peft[f"unet.base_model.model.{name}"] = tensor.contiguous()
        flat = path.replace(".", "_")
        kohya[f"lora_unet_{flat}.lora_{word}.weight"] = tensor.contiguous()
        old[f"unet.{path}.lora.{word}.weight"] = tensor.contiguous()
    merged = []
    for number, tensors in enumerate((peft, kohya, old)):
        components = {"unet": tiny_unet()}
        path = write_lora(tmp_path / f"{number}.safetensors", tensors)
        adapter, report = load_adapter(path, TargetIndex.of(components))
        assert report.is_complete
        merger = WeightMerger(components)
        merger.apply(use((adapter, 0.8)), {adapter.sha256: adapter}, CancelToken())
        merged.append(weights(components))
    assert equal_weights(merged[0], merged[1])
    assert equal_weights(merged[0], merged[2])
