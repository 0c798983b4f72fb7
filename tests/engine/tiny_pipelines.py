# pyright: reportArgumentType=false
"""Tiny text-to-image pipelines beyond Stable Diffusion, with random weights and tiny vocabularies,
saved as diffusers saves them."""

from collections.abc import Callable
from pathlib import Path

import diffusers
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

from tests.engine import tiny
from tests.engine.original_flow import CONTEXT, T5_VOCABULARY, write_t5_tokenizer

LATENTS = 4  # channels of the VAEs
_SCRATCH = "tokenizers"


def _clip(folder: Path) -> transformers.CLIPTokenizer:
    target = folder / _SCRATCH / "clip"
    if not target.exists():
        tiny.write_tokenizer(target)
    return transformers.CLIPTokenizer.from_pretrained(target, model_max_length=12)


def _clip_encoder(tokenizer, width: int, with_projection: bool):
    config = tiny.text_config(tokenizer, width)
    if with_projection:
        return transformers.CLIPTextModelWithProjection(config)
    return transformers.CLIPTextModel(config)


def _t5_tokenizer(folder: Path):
    target = folder / _SCRATCH / "t5"
    if not target.exists():
        write_t5_tokenizer(target)
    return transformers.T5Tokenizer.from_pretrained(target, model_max_length=16)


def _t5() -> transformers.T5EncoderModel:
    return transformers.T5EncoderModel(
        transformers.T5Config(
            vocab_size=T5_VOCABULARY,
            d_model=CONTEXT,
            d_kv=8,
            d_ff=32,
            num_layers=2,
            num_heads=2,
        )
    )


def _byte_tokenizer(specials: tuple[str, ...]) -> transformers.PreTrainedTokenizerFast:
    """One token a byte, as language models' vocabularies begin."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE({piece: i for i, piece in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(specials))
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=specials[0], eos_token=specials[0]
    )
    wrapped.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    return wrapped


def _vae(levels: int = 3, **extra) -> diffusers.AutoencoderKL:
    return diffusers.AutoencoderKL(
        block_out_channels=(8,) * (levels - 1) + (16,),
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        latent_channels=LATENTS,
        layers_per_block=1,
        norm_num_groups=4,
        mid_block_add_attention=False,
        **extra,
    )


def _flow() -> diffusers.FlowMatchEulerDiscreteScheduler:
    return diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0)


def sd3(folder: Path) -> diffusers.DiffusionPipeline:
    clip = _clip(folder)
    return diffusers.StableDiffusion3Pipeline(
        transformer=diffusers.SD3Transformer2DModel(
            sample_size=8,
            patch_size=2,
            in_channels=LATENTS,
            out_channels=LATENTS,
            num_layers=2,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=CONTEXT,
            caption_projection_dim=16,
            pooled_projection_dim=32 + 16,
            pos_embed_max_size=16,
        ),
        scheduler=_flow(),
        vae=_vae(shift_factor=0.1),
        text_encoder=_clip_encoder(clip, 32, with_projection=True),
        tokenizer=clip,
        text_encoder_2=_clip_encoder(clip, 16, with_projection=True),
        tokenizer_2=clip,
        text_encoder_3=_t5(),
        tokenizer_3=_t5_tokenizer(folder),
    )


def flux(folder: Path, is_distilled: bool = True) -> diffusers.DiffusionPipeline:
    clip = _clip(folder)
    return diffusers.FluxPipeline(
        transformer=diffusers.FluxTransformer2DModel(
            in_channels=4 * LATENTS,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=CONTEXT,
            pooled_projection_dim=32,
            guidance_embeds=is_distilled,
            axes_dims_rope=(4, 6, 6),
        ),
        scheduler=_flow(),
        vae=_vae(shift_factor=0.1),
        text_encoder=_clip_encoder(clip, 32, with_projection=False),
        tokenizer=clip,
        text_encoder_2=_t5(),
        tokenizer_2=_t5_tokenizer(folder),
    )


def pixart(folder: Path) -> diffusers.DiffusionPipeline:
    return diffusers.PixArtSigmaPipeline(
        transformer=diffusers.PixArtTransformer2DModel(
            sample_size=8,
            num_layers=2,
            patch_size=2,
            attention_head_dim=8,
            num_attention_heads=2,
            caption_channels=CONTEXT,
            in_channels=LATENTS,
            out_channels=2 * LATENTS,
            cross_attention_dim=16,
            use_additional_conditions=False,
        ),
        scheduler=diffusers.DPMSolverMultistepScheduler(),
        vae=_vae(),
        text_encoder=_t5(),
        tokenizer=_t5_tokenizer(folder),
    )


def chroma(folder: Path) -> diffusers.DiffusionPipeline:
    return diffusers.ChromaPipeline(
        transformer=diffusers.ChromaTransformer2DModel(
            in_channels=4 * LATENTS,
            num_layers=2,
            num_single_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=CONTEXT,
            axes_dims_rope=(4, 6, 6),
            approximator_num_channels=16,
            approximator_hidden_dim=32,
            approximator_layers=2,
        ),
        scheduler=_flow(),
        vae=_vae(shift_factor=0.1),
        text_encoder=_t5(),
        tokenizer=_t5_tokenizer(folder),
    )


def lumina2(folder: Path, heads: int = 1) -> diffusers.DiffusionPipeline:
    """heads: of queries, for each one of keys and values; three as published."""
    tokenizer = _byte_tokenizer(("<eos>",))
    return diffusers.Lumina2Pipeline(
        transformer=diffusers.Lumina2Transformer2DModel(
            sample_size=4,
            patch_size=2,
            in_channels=LATENTS,
            hidden_size=8 * heads,
            num_layers=2,
            num_attention_heads=heads,
            num_kv_heads=1,
            multiple_of=16,
            axes_dim_rope=(4, 2, 2),
            axes_lens=(512, 128, 128),
            cap_feat_dim=8,
        ),
        scheduler=_flow(),
        vae=_vae(levels=4, shift_factor=0.1),
        text_encoder=transformers.Gemma2Model(
            transformers.Gemma2Config(
                vocab_size=len(tokenizer),
                hidden_size=8,
                intermediate_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=2,
                head_dim=4,
            )
        ),
        tokenizer=tokenizer,
    )


def z_image(folder: Path) -> diffusers.DiffusionPipeline:
    tokenizer = _byte_tokenizer(("<|endoftext|>",))
    return diffusers.ZImagePipeline(
        transformer=diffusers.ZImageTransformer2DModel(
            in_channels=LATENTS,
            dim=32,
            n_layers=2,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=16,
            axes_dims=[8, 4, 4],
            axes_lens=[512, 32, 32],
        ),
        scheduler=_flow(),
        vae=_vae(shift_factor=0.1),
        text_encoder=transformers.Qwen3Model(
            transformers.Qwen3Config(
                vocab_size=len(tokenizer),
                hidden_size=16,
                intermediate_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=2,
                head_dim=8,
            )
        ),
        tokenizer=tokenizer,
    )


def qwen_image(folder: Path) -> diffusers.DiffusionPipeline:
    tokenizer = _byte_tokenizer(("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]},
        "rope_theta": 1000000.0,
    }
    vision = {
        "depth": 1,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": 16,
    }
    return diffusers.QwenImagePipeline(
        transformer=diffusers.QwenImageTransformer2DModel(
            in_channels=4 * LATENTS,
            out_channels=LATENTS,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            axes_dims_rope=(8, 4, 4),
        ),
        scheduler=_flow(),
        vae=diffusers.AutoencoderKLQwenImage(
            base_dim=4,
            z_dim=LATENTS,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            latents_mean=[0.1] * LATENTS,
            latents_std=[1.5] * LATENTS,
        ),
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration(
            transformers.Qwen2_5_VLConfig(text_config=text, vision_config=vision)
        ),
        tokenizer=tokenizer,
    )


BUILDERS: dict[str, Callable[[Path], diffusers.DiffusionPipeline]] = {
    "sd3": sd3,
    "flux1": flux,
    "chroma": chroma,
    "pixart": pixart,
    "lumina2": lumina2,
    "z-image": z_image,
    "qwen-image": qwen_image,
}
"""Family → how to make its tiny pipeline; tokenizers are made in the folder."""


def save(family: str, root: Path, **options) -> Path:
    """The pipeline of a family as a diffusers folder."""
    torch.manual_seed(0)
    folder = root / family
    BUILDERS[family](root).save_pretrained(folder, **options)
    return folder


def write_lora(path: Path, network: torch.nn.Module, module: str, component: str) -> Path:
    """A PEFT-named LoRA of one linear module."""
    generator = torch.Generator().manual_seed(1)
    out, inner = network.get_parameter(f"{module}.weight").shape
    save_file(
        {
            f"{component}.{module}.lora_A.weight": torch.randn(2, inner, generator=generator),
            f"{component}.{module}.lora_B.weight": torch.randn(out, 2, generator=generator),
        },
        path,
    )
    return path
