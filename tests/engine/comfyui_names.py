"""Names of adapter modules that ComfyUI looks for, by family: a table of facts, written down from
its public source as of the middle of 2026. It was not run.

It reads any of its own paths after `diffusion_model.`, and for some networks also the paths of
diffusers after `transformer.`; CLIP is `text_encoder.text_model.…` or kohya's `lora_te1_…`."""

import re

_ATTENTION = r"attn\.(to_[qkv]|to_out\.0|add_[qkv]_proj|to_add_out)"
_MLP = r"ff(_context)?\.net\.(0\.proj|2)"
_NORM = r"norm1(_context)?\.linear"
_ENDS = ("context_embedder", r"norm_out\.linear", "proj_out")
_TIME = r"time_text_embed\.(timestep|text|guidance)_embedder\.linear_[12]"
_FLUX = (
    *_ENDS,
    "x_embedder",
    _TIME,
    rf"transformer_blocks\.\d+\.({_ATTENTION}|{_MLP}|{_NORM}|ff(_context)?\.linear_(in|out))",
    r"single_transformer_blocks\.\d+\.(attn\.to_[qkv]|norm\.linear|proj_mlp|proj_out)",
    r"single_transformer_blocks\.\d+\.attn\.(to_qkv_mlp_proj|to_out)",
)
_GATED_MLP = r"ff(_context)?\.(linear_[12]|out_projection)"
_Z_BLOCK = (
    r"attention\.(to_[qkv]|to_out\.0)",
    r"feed_forward\.w[123]",
    r"adaLN_modulation\.0",
)
_KREA_BLOCK = r"(attn\.(to_[qkv]|to_gate|to_out\.0)|ff\.(gate|up|down))"

_TRANSFORMERS: dict[str, tuple[str, ...]] = {
    "sd3": (
        *_ENDS,
        r"pos_embed\.proj",
        _TIME,
        rf"transformer_blocks\.\d+\.({_ATTENTION}|{_MLP}|{_NORM})",
    ),
    "flux1": _FLUX,
    "flux2": _FLUX,
    "flux2-klein": _FLUX,
    "chroma": _FLUX,
    "lumina2": (),
    "anima": (),
    "z-image": (
        rf"(layers|context_refiner|noise_refiner)\.\d+\.({'|'.join(_Z_BLOCK)})",
        r"all_(x_embedder|final_layer)\.2-1(\.linear|\.adaLN_modulation\.1)?",
        r"cap_embedder\.1",
        r"t_embedder\.mlp\.[02]",
    ),
    "qwen-image": (
        "img_in",
        "txt_in",
        r"norm_out\.linear",
        "proj_out",
        _TIME,
        rf"transformer_blocks\.\d+\.({_ATTENTION}|(img|txt)_(mod\.1|mlp\.net\.(0\.proj|2)))",
    ),
    "auraflow": (
        *_ENDS,
        r"pos_embed\.proj",
        r"time_step_proj\.linear_[12]",
        rf"(joint|single)_transformer_blocks\.\d+\.({_ATTENTION}|{_GATED_MLP}|{_NORM})",
    ),
    "hidream": (r".*",),
    "krea2": (
        "img_in",
        r"(time_embed|txt_in)\.linear_[12]",
        "time_mod_proj",
        r"text_fusion\.projector",
        r"final_layer\.linear",
        rf"(transformer_blocks|text_fusion\.(layerwise|refiner)_blocks)\.\d+\.{_KREA_BLOCK}",
    ),
}
"""Paths after `transformer.`; HiDream's own are those of diffusers. Sana and CogView4 are not among
its networks."""

FAMILIES = tuple(_TRANSFORMERS)

_CLIP_MODULE = r"encoder[._]layers[._]\d+[._](mlp[._]fc[12]|self_attn[._](q|k|v|out)_proj)"
_RESNET = "(conv1|conv2|conv_shortcut|time_emb_proj)"
_BLOCK = r"(attn[12]_to_(q|k|v|out_0)|ff_net_(0_proj|2))"
_SPATIAL = rf"(proj_in|proj_out|transformer_blocks_\d+_{_BLOCK})"
_UNET = (
    r"(time|add)_embedding_linear_[12]",
    "conv_(in|out)",
    rf"(down_blocks_\d+|up_blocks_\d+|mid_block)_resnets_\d+_{_RESNET}",
    rf"(down_blocks_\d+|up_blocks_\d+|mid_block)_attentions_\d+_{_SPATIAL}",
    r"(down|up)_blocks_\d+_(down|up)samplers_0_conv",
)


def is_read_of_transformer(family: str, module: str) -> bool:
    """Of a name as `transformer.transformer_blocks.0.attn.to_q`, without the tensor's suffix."""
    path = module.removeprefix("transformer.")
    return path != module and _matches(_TRANSFORMERS[family], path)


def is_read_of_stable_diffusion(module: str, has_two_encoders: bool) -> bool:
    """Of a kohya name as `lora_unet_mid_block_attentions_0_proj_in`."""
    encoders = ("lora_te1_", "lora_te2_") if has_two_encoders else ("lora_te_",)
    names = [f"lora_unet_{path}" for path in _UNET]
    names += [rf"{prefix}text_model_{_CLIP_MODULE}" for prefix in encoders]
    return _matches((*names, "lora_te2_text_projection"), module)


def is_read_of_clip(module: str) -> bool:
    """Of a dotted name as `text_encoder_2.text_model.encoder.layers.0.mlp.fc1`."""
    return _matches((rf"text_encoder(_2)?\.text_model\.{_CLIP_MODULE}",), module)


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)
