"""Denoisers by the names and shapes of their weights, in the original layouts and in diffusers'.

The first rule that knows a set of names decides; none of them guesses. Facts: the published
checkpoints of each family.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from loraviewer.adapters.files.header import TensorInfo
from loraviewer.core.families import UNKNOWN

Tensors = Mapping[str, TensorInfo]

VIDEO_FAMILIES = frozenset(
    {"animatediff", "cosmos", "hunyuan-video", "ltx-video", "mochi", "svd", "wan"}
)
FLOW_FAMILIES = frozenset(
    {
        "anima",
        "auraflow",
        "chroma",
        "flux1",
        "flux2",
        "hidream",
        "krea2",
        "lumina2",
        "qwen-image",
        "sana",
        "sd3",
        "z-image",
    }
)
"""Families trained by flow matching, which need no mark in the file to say so."""


@dataclass(frozen=True)
class Denoiser:
    """`evidence`: the tensor that decided, with its shape. `is_diffusers`: named in diffusers'
    words rather than as first published."""

    family: str
    variant: str
    evidence: str
    is_diffusers: bool = False


def recognise(tensors: Tensors) -> Denoiser | None:
    """The denoiser whose weights these are, without any prefix; None if no rule knows them."""
    return next((found for rule in _RULES if (found := rule(tensors)) is not None), None)


_FLUX_MARK = "double_blocks.0.img_attn.norm.key_norm.scale"
_DIFFUSERS_FLUX_MARK = "single_transformer_blocks.0.attn.to_q.weight"
_FLUX2_MARKS = ("double_stream_modulation_img.lin.weight", "single_stream_modulation.lin.weight")
_DIFFUSERS_FLUX2_MARK = "double_stream_modulation_img.linear.weight"
_FLUX_VARIANT_OF_INPUTS = {384: "fill", 128: "control"}
_FLUX2_VARIANT_OF_TEXT = {7680: "klein-4b", 12288: "klein-9b", 15360: "dev"}


def _flux(tensors: Tensors) -> Denoiser | None:
    if _FLUX_MARK not in tensors:
        return None
    if any(mark in tensors for mark in _FLUX2_MARKS):
        variant = _FLUX2_VARIANT_OF_TEXT.get(_inputs(tensors, "txt_in.weight"), UNKNOWN)
        return Denoiser("flux2", variant, _shown(tensors, "txt_in.weight"))
    if any(name.startswith("distilled_guidance_layer.") for name in tensors):
        is_of_pixels = any(name.startswith("nerf_") for name in tensors)
        variant = "radiance" if is_of_pixels else "base"
        return Denoiser("chroma", variant, "distilled_guidance_layer.*")
    variant = _flux1_variant(tensors, "img_in.weight", "guidance_in.in_layer.weight")
    return Denoiser("flux1", variant, _shown(tensors, _FLUX_MARK))


def _diffusers_flux(tensors: Tensors) -> Denoiser | None:
    if _DIFFUSERS_FLUX2_MARK in tensors:
        context = "context_embedder.weight"
        variant = _FLUX2_VARIANT_OF_TEXT.get(_inputs(tensors, context), UNKNOWN)
        return Denoiser("flux2", variant, _shown(tensors, context), True)
    if _DIFFUSERS_FLUX_MARK not in tensors or "x_embedder.weight" not in tensors:
        return None
    if any(name.startswith("distilled_guidance_layer.") for name in tensors):
        return Denoiser("chroma", "base", "distilled_guidance_layer.*", True)
    guidance = "time_text_embed.guidance_embedder.linear_1.weight"
    variant = _flux1_variant(tensors, "x_embedder.weight", guidance)
    return Denoiser("flux1", variant, _shown(tensors, "x_embedder.weight"), True)


def _flux1_variant(tensors: Tensors, first: str, guidance: str) -> str:
    """first: the layer that takes the latents; guidance: one that only the dev models have."""
    if first not in tensors:
        return UNKNOWN
    usual = "dev" if guidance in tensors else "schnell"
    return _FLUX_VARIANT_OF_INPUTS.get(_inputs(tensors, first), usual)


_SD3_DEPTH_OF_LARGE = 38


def _sd3(tensors: Tensors) -> Denoiser | None:
    """The hidden width is 64 × the number of blocks: 24 in the medium models, 38 in the large."""
    mark = "joint_blocks.0.context_block.attn.qkv.weight"
    if mark not in tensors:
        return None
    if f"joint_blocks.{_SD3_DEPTH_OF_LARGE - 1}.context_block.attn.qkv.weight" in tensors:
        return Denoiser("sd3", "3.5-large", _shown(tensors, mark))
    is_newer = "joint_blocks.0.x_block.attn2.qkv.weight" in tensors
    return Denoiser("sd3", "3.5-medium" if is_newer else "medium", _shown(tensors, mark))


def _diffusers_sd3(tensors: Tensors) -> Denoiser | None:
    mark = "transformer_blocks.0.attn.add_q_proj.weight"
    if mark not in tensors or "pos_embed.proj.weight" not in tensors:
        return None
    if f"transformer_blocks.{_SD3_DEPTH_OF_LARGE - 1}.attn.to_q.weight" in tensors:
        return Denoiser("sd3", "3.5-large", _shown(tensors, mark), True)
    is_newer = "transformer_blocks.0.attn2.to_q.weight" in tensors
    return Denoiser("sd3", "3.5-medium" if is_newer else "medium", _shown(tensors, mark), True)


_UNET_FAMILY_OF_CONTEXT = {768: "sd1", 1024: "sd2", 1280: "sdxl-refiner", 2048: "sdxl"}
_VARIANT_OF_CHANNELS = {5: "depth", 7: "upscaler", 8: "instruct-pix2pix", 9: "inpaint"}
_XL_VARIANT_OF_DEPTHS = {
    (2, 2, 10, 10): "base",
    (2, 2, 4, 4): "ssd-1b",
    (1, 1, 2, 2): "vega",
    (2, 6): "koala-1b",
    (2, 5): "koala-700m",
}
"""Transformer blocks in each attention of the way down → published model."""

_XL_ADDED_INPUTS = {"sdxl": 2816, "sdxl-refiner": 2560}
"""Pooled text, sizes and crops (or the aesthetic score): width of what SDXL takes besides."""

_KOLORS_ADDED_INPUTS = 5632
_UNCLIP_INPUTS = (1536, 2048)
_CROSS = ".transformer_blocks.0.attn2.to_k.weight"


def _unet(tensors: Tensors) -> Denoiser | None:
    return _any_unet(
        tensors,
        attentions=[f"input_blocks.{i}.1" for i in range(1, 12)],
        first="input_blocks.0.0.weight",
        added="label_emb.0.0.weight",
        is_diffusers=False,
    )


def _diffusers_unet(tensors: Tensors) -> Denoiser | None:
    if "conv_in.weight" not in tensors:
        return None
    added = "add_embedding.linear_1.weight"
    return _any_unet(
        tensors,
        attentions=[f"down_blocks.{i}.attentions.{j}" for i in range(4) for j in range(3)],
        first="conv_in.weight",
        added=added if added in tensors else "class_embedding.linear_1.weight",
        is_diffusers=True,
    )


def _any_unet(
    tensors: Tensors, *, attentions: list[str], first: str, added: str, is_diffusers: bool
) -> Denoiser | None:
    """attentions: prefixes of the cross-attentions that may exist on the way down, in order."""
    found = [prefix for prefix in attentions if prefix + _CROSS in tensors]
    if not found:
        return None
    mark = found[0] + _CROSS
    family = _UNET_FAMILY_OF_CONTEXT.get(_inputs(tensors, mark), UNKNOWN)
    extra = _inputs(tensors, added)
    if family in _XL_ADDED_INPUTS and extra not in (_XL_ADDED_INPUTS[family], 0):
        family = "kolors" if extra == _KOLORS_ADDED_INPUTS else UNKNOWN
    if any("time_stack" in n or "temporal_transformer_blocks" in n for n in tensors):
        return Denoiser("svd", "base", _shown(tensors, mark), is_diffusers)
    if any("motion_modules" in name for name in tensors):
        return Denoiser("animatediff", "base", _shown(tensors, mark), is_diffusers)
    variant = _VARIANT_OF_CHANNELS.get(_inputs(tensors, first))
    if variant is None:
        depths = tuple(_depth(tensors, prefix) for prefix in found)
        variant = _plain_unet_variant(family, depths, extra)
    return Denoiser(family, variant, _shown(tensors, mark), is_diffusers)


def _plain_unet_variant(family: str, depths: tuple[int, ...], added_inputs: int) -> str:
    """Of a UNet that starts from nothing but noise."""
    if family == "sdxl-refiner":
        return "refiner"
    if family == "sdxl":
        return _XL_VARIANT_OF_DEPTHS.get(depths, UNKNOWN)
    return "unclip" if added_inputs in _UNCLIP_INPUTS else "base"


def _depth(tensors: Tensors, prefix: str) -> int:
    """How many transformer blocks an attention has."""
    depth = 0
    while f"{prefix}.transformer_blocks.{depth}.attn2.to_k.weight" in tensors:
        depth += 1
    return depth


_MARKED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("qwen-image", ("transformer_blocks.0.img_mlp.net.0.proj.weight",), True),
    ("z-image", ("layers.0.adaLN_modulation.0.weight", "cap_embedder.1.weight"), False),
    ("z-image", ("all_x_embedder.2-1.weight",), True),
    ("lumina2", ("layers.0.adaLN_modulation.1.weight", "cap_embedder.1.weight"), False),
    ("lumina2", ("time_caption_embed.caption_embedder.1.weight",), True),
    ("anima", ("llm_adapter.blocks.0.cross_attn.q_proj.weight",), False),
    ("krea2", ("txtfusion.projector.weight",), False),
    ("krea2", ("blocks.0.attn.wq.weight", "blocks.0.attn.gate.weight"), False),
    ("krea2", ("text_fusion.projector.weight",), True),
    ("auraflow", ("double_layers.0.attn.w1q.weight",), False),
    ("auraflow", ("joint_transformer_blocks.0.attn.to_q.weight", "register_tokens"), True),
    ("sana", ("blocks.0.cross_attn.q_linear.weight", "blocks.0.mlp.inverted_conv.conv.weight"),
     False),
    ("sana", ("transformer_blocks.0.ff.conv_inverted.weight",), True),
    ("pixart", ("blocks.0.cross_attn.q_linear.weight", "y_embedder.y_embedding"), False),
    ("pixart", ("adaln_single.linear.weight", "caption_projection.linear_1.weight",
                "pos_embed.proj.weight"), True),
    ("hunyuan-dit", ("text_embedding_padding", "blocks.0.attn2.to_q.weight"), True),
    ("hidream", ("double_stream_blocks.0.block.adaLN_modulation.1.bias",), False),
    ("kandinsky2.2", ("encoder_hid_proj.image_embeds.weight", "add_embedding.image_proj.weight"),
     True),
    ("cascade", ("clip_txt_mapper.weight",), False),
    ("wan", ("head.modulation",), False),
    ("wan", ("condition_embedder.time_proj.weight", "scale_shift_table"), True),
    ("hunyuan-video", ("txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.bias",), False),
    ("ltx-video", ("patchify_proj.weight",), False),
    ("ltx-video", ("adaln_single.linear.weight", "proj_in.weight", "scale_shift_table"), True),
    ("mochi", ("blocks.0.attn.qkv_x.weight",), False),
    ("cosmos", ("x_embedder.proj.1.weight",), False),
    ("animatediff",
     ("down_blocks.0.motion_modules.0.temporal_transformer.proj_in.weight",), True),
)  # fmt: skip
"""Family, names that only its denoisers have together, whether they are diffusers' names.
Anima is a Cosmos with a language adapter, so it stands before it."""


_OTHER_VARIANTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "qwen-image": (
        ("time_text_embed.addition_t_embedding.weight", "layered"),
        ("__index_timestep_zero__", "edit"),
    ),
    "z-image": (("siglip_embedder.1.weight", "omni"),),
}
"""Family → a tensor that only a variant of it has, and the variant."""


def _marked(tensors: Tensors) -> Denoiser | None:
    for family, marks, is_diffusers in _MARKED:
        if all(mark in tensors for mark in marks):
            others = _OTHER_VARIANTS.get(family, ())
            variant = next((name for mark, name in others if mark in tensors), "base")
            return Denoiser(family, variant, _shown(tensors, marks[0]), is_diffusers)
    return None


_RULES = (_flux, _sd3, _unet, _diffusers_unet, _diffusers_flux, _diffusers_sd3, _marked)


def _inputs(tensors: Tensors, name: str) -> int:
    """The second axis of a weight; 0 where there is none."""
    info = tensors.get(name)
    return info.shape[1] if info is not None and len(info.shape) >= 2 else 0


def _shown(tensors: Tensors, name: str) -> str:
    info = tensors.get(name)
    return f"{name} {'×'.join(map(str, info.shape))}".rstrip() if info else name
