# pyright: reportArgumentType=false
"""Tiny Stable Diffusion pipelines with random weights, saved as the ecosystem saves them."""

import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

WORDS = ("a", "girl", "cat", "red", "blue", "tree", "blurry")
SEED = 0
CONTEXT = 32  # width of the text embeddings
RANK = 4


def write_tokenizer(folder: Path) -> None:
    """A word-level CLIP vocabulary: single letters, merges of WORDS, two specials."""
    letters = sorted(set("abcdefghijklmnopqrstuvwxyz"))
    tokens = [*letters, *(f"{c}</w>" for c in letters)]
    merges: list[str] = []
    for word in WORDS:
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            pair = f"{parts[0]} {parts[1]}"
            if pair not in merges:
                merges.append(pair)
            parts = [parts[0] + parts[1], *parts[2:]]
            if parts[0] not in tokens:
                tokens.append(parts[0])
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    vocab = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")


def build_sd(folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """An SD-1-like pipeline of 32×32 pictures, v-prediction, trailing; lists its words."""
    torch.manual_seed(SEED)
    tokenizer = _tokenizer(folder.parent / f"{folder.name}-tokenizer")
    pipeline = StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(text_config(tokenizer, CONTEXT)),
        tokenizer=tokenizer,
        unet=_unet(CONTEXT),
        scheduler=_scheduler(),
        safety_checker=None,  # type: ignore[arg-type]
        feature_extractor=None,  # type: ignore[arg-type]
        requires_safety_checker=False,
    )
    pipeline.to(dtype).save_pretrained(folder)
    (folder / "words.txt").write_text("\n".join(WORDS))
    return folder


def build_sdxl(folder: Path) -> Path:
    """An SDXL-like pipeline with two text encoders."""
    torch.manual_seed(SEED)
    tokenizer = _tokenizer(folder.parent / f"{folder.name}-tokenizer")
    unet = _unet(
        2 * CONTEXT,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + CONTEXT,
        transformer_layers_per_block=(1, 2),
    )
    StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(text_config(tokenizer, CONTEXT)),
        text_encoder_2=CLIPTextModelWithProjection(text_config(tokenizer, CONTEXT)),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet,
        scheduler=_scheduler(),
        add_watermarker=False,
    ).save_pretrained(folder)
    return folder


def write_lora(path: Path, seed: int, *, with_text: bool = False, strength: float = 0.3) -> Path:
    """A PEFT-named LoRA for `build_sd`: cross-attention keys of the UNet, values of the text."""
    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}

    def add(module: str, out: int, inner: int) -> None:
        up = torch.randn(out, RANK, generator=generator) * strength
        tensors[f"{module}.lora_B.weight"] = up
        tensors[f"{module}.lora_A.weight"] = torch.randn(RANK, inner, generator=generator)

    block = "unet.down_blocks.1.attentions.0.transformer_blocks.0"
    add(f"{block}.attn2.to_k", 32, CONTEXT)
    add(f"{block}.attn2.to_v", 32, CONTEXT)
    add(f"{block}.attn1.to_q", 32, 32)
    if with_text:
        for layer in (0, 1):
            module = f"text_encoder.text_model.encoder.layers.{layer}.self_attn.v_proj"
            add(module, CONTEXT, CONTEXT)
    save_file(tensors, path)
    return path


def _tokenizer(folder: Path) -> CLIPTokenizer:
    write_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder, model_max_length=12, local_files_only=True)


def _unet(context: int, **extra) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=context,
        **extra,
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=4,
        scaling_factor=1.0,
        mid_block_add_attention=False,
    )


def text_config(tokenizer: CLIPTokenizer, width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=12,
        projection_dim=width,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
    )
