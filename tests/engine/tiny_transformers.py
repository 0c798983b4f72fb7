# pyright: reportArgumentType=false
"""Tiny denoisers of the families whose adapters diffusers loads, each in its pipeline's class
without the parts that loading an adapter never looks at."""

from collections.abc import Callable

import diffusers
from diffusers.loaders.lora_pipeline import AnimaLoraLoaderMixin
from torch import nn

_HEADS = {"attention_head_dim": 16, "num_attention_heads": 2}
_ROPE = (4, 4, 4, 4)


class AnimaLoader(AnimaLoraLoaderMixin):
    """Anima has no pipeline class but blocks; its loader is the same."""

    hf_device_map = None

    def __init__(self, transformer: nn.Module) -> None:
        self.transformer = transformer
        self.components = {"transformer": transformer}


def _alone(pipeline: type, transformer: nn.Module, *others: str, **options):
    names = ("scheduler", "vae", "text_encoder", "tokenizer", *others)
    return pipeline(transformer=transformer, **dict.fromkeys(names), **options)


def chroma():
    transformer = diffusers.ChromaTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        joint_attention_dim=16,
        axes_dims_rope=(4, 4, 8),
        approximator_num_channels=8,
        approximator_hidden_dim=16,
        approximator_layers=1,
        **_HEADS,
    )
    return _alone(diffusers.ChromaPipeline, transformer)


def flux2(is_klein: bool = False):
    transformer = diffusers.Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        joint_attention_dim=24,
        timestep_guidance_channels=16,
        axes_dims_rope=_ROPE,
        guidance_embeds=not is_klein,
        **_HEADS,
    )
    pipeline = diffusers.Flux2KleinPipeline if is_klein else diffusers.Flux2Pipeline
    return _alone(pipeline, transformer)


def auraflow():
    transformer = diffusers.AuraFlowTransformer2DModel(
        sample_size=8,
        num_mmdit_layers=1,
        num_single_dit_layers=1,
        joint_attention_dim=16,
        caption_projection_dim=32,
        pos_embed_max_size=16,
        **_HEADS,
    )
    return _alone(diffusers.AuraFlowPipeline, transformer)


def sana():
    transformer = diffusers.SanaTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_layers=1,
        num_cross_attention_heads=2,
        cross_attention_head_dim=16,
        cross_attention_dim=32,
        caption_channels=16,
        sample_size=8,
        **_HEADS,
    )
    return _alone(diffusers.SanaPipeline, transformer)


def cogview4():
    transformer = diffusers.CogView4Transformer2DModel(
        in_channels=4,
        out_channels=4,
        num_layers=1,
        text_embed_dim=16,
        time_embed_dim=8,
        condition_dim=4,
        pos_embed_max_size=8,
        sample_size=8,
        rope_axes_dim=(8, 8),
        **_HEADS,
    )
    return _alone(diffusers.CogView4Pipeline, transformer)


def hidream():
    transformer = diffusers.HiDreamImageTransformer2DModel(
        patch_size=2,
        in_channels=4,
        out_channels=4,
        num_layers=1,
        num_single_layers=1,
        caption_channels=[16, 16],
        text_emb_dim=16,
        axes_dims_rope=(8, 8),
        max_resolution=(8, 8),
        llama_layers=[0, 1],
        **_HEADS,
    )
    numbers = (2, 3, 4)
    others = [f"{part}_{n}" for part in ("text_encoder", "tokenizer") for n in numbers]
    return _alone(diffusers.HiDreamImagePipeline, transformer, *others)


def krea2():
    transformer = diffusers.Krea2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_key_value_heads=1,
        intermediate_size=24,
        timestep_embed_dim=16,
        text_hidden_dim=16,
        num_text_layers=2,
        text_num_attention_heads=2,
        text_num_key_value_heads=2,
        text_intermediate_size=24,
        num_layerwise_text_blocks=1,
        num_refiner_text_blocks=1,
        axes_dims_rope=(4, 6, 6),
        **_HEADS,
    )
    return _alone(diffusers.Krea2Pipeline, transformer)


def anima():
    return AnimaLoader(
        diffusers.CosmosTransformer3DModel(
            in_channels=4,
            out_channels=4,
            num_layers=1,
            text_embed_dim=16,
            adaln_lora_dim=8,
            max_size=(4, 8, 8),
            extra_pos_embed_type=None,
            **_HEADS,
        )
    )


LOADERS: dict[str, Callable] = {
    "chroma": chroma,
    "flux2": flux2,
    "flux2-klein": lambda: flux2(is_klein=True),
    "auraflow": auraflow,
    "sana": sana,
    "cogview4": cogview4,
    "hidream": hidream,
    "krea2": krea2,
    "anima": anima,
}
