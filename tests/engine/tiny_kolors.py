# pyright: reportArgumentType=false
"""A tiny Kolors: a UNet, a VAE and a ChatGLM with random weights, and a vocabulary that is trained
here. Its denoiser takes as many values as the published one, which is how that is recognised."""

import importlib
import io
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.pipelines.kolors.text_encoder import ChatGLMConfig, ChatGLMModel
from diffusers.pipelines.kolors.tokenizer import ChatGLMTokenizer

from tests.engine import original

CONTEXT, ADDED, TIMES = 2048, 5632, 928  # as published, but for the last: 256 there
WIDTH = ADDED - 6 * TIMES
WORDS = 120
_TEXT = ("a red cat in a forest", "a girl in a meadow at night", "blue trees, (clouds:1.3)")


def vocabulary(words: int = 60) -> bytes:
    """As SentencePiece writes it; of more words than are found, all letters."""
    library: Any = importlib.import_module("sentencepiece")  # what checks types may lack it
    written = io.BytesIO()
    library.SentencePieceTrainer.train(
        sentence_iterator=iter(_TEXT),
        model_writer=written,
        vocab_size=words,
        model_type="bpe",
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    return written.getvalue()


def text_encoder() -> ChatGLMModel:
    config = ChatGLMConfig(
        num_layers=2,
        padded_vocab_size=WORDS,
        hidden_size=WIDTH,
        ffn_hidden_size=16,
        kv_channels=8,
        num_attention_heads=4,
        seq_length=256,
        multi_query_attention=True,
        multi_query_group_num=2,
        add_qkv_bias=True,
        original_rope=True,
    )
    model = ChatGLMModel(config)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.3)
    return model


def unet() -> diffusers.UNet2DConditionModel:
    return diffusers.UNet2DConditionModel(
        sample_size=4,
        block_out_channels=(4, 8, 8),
        norm_num_groups=4,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=2,
        transformer_layers_per_block=(1, 1, 2),
        use_linear_projection=True,
        cross_attention_dim=CONTEXT,
        encoder_hid_dim=WIDTH,
        encoder_hid_dim_type="text_proj",
        addition_embed_type="text_time",
        addition_time_embed_dim=TIMES,
        projection_class_embeddings_input_dim=ADDED,
    )


def scheduler() -> diffusers.EulerDiscreteScheduler:
    """As published."""
    return diffusers.EulerDiscreteScheduler(
        num_train_timesteps=1100,
        beta_start=0.00085,
        beta_end=0.014,
        beta_schedule="scaled_linear",
        timestep_spacing="leading",
        steps_offset=1,
    )


def save(folder: Path) -> diffusers.KolorsPipeline:
    """The pipeline, as diffusers writes it into `folder`; its tokenizer's file is one beside it."""
    torch.manual_seed(0)
    path = folder.parent / "tokenizer.model"
    path.write_bytes(vocabulary())
    pipeline = diffusers.KolorsPipeline(
        vae=diffusers.AutoencoderKL(
            **original.TINY_VAE,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            latent_channels=4,
            layers_per_block=1,
            scaling_factor=0.13025,
        ),
        text_encoder=text_encoder(),
        tokenizer=ChatGLMTokenizer(str(path)),
        unet=unet(),
        scheduler=scheduler(),
    )
    pipeline.vae.decoder.conv_out.weight.data.normal_(std=0.5)  # pictures of many colours
    pipeline.unet.conv_out.weight.data.normal_(std=0.5)
    pipeline.save_pretrained(folder)
    return pipeline
