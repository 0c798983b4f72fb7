import gzip
import json
from pathlib import Path

import pytest

from loraviewer.adapters.files.header import Header, TensorInfo
from loraviewer.adapters.recognition.checkpoint_header import CheckpointFacts, checkpoint_facts
from loraviewer.adapters.recognition.pipeline_families import family_of_pipeline

DATA = Path(__file__).parent.parent.parent / "data"
_UNET = "model.diffusion_model."
_CROSS = ".transformer_blocks.{}.attn2.to_k.weight"


def header_of(shapes, metadata=None, dtypes=None) -> Header:
    """shapes: name → axes (None: one number). dtypes: name → dtype, F16 where it is not given."""
    tensors = {
        name: TensorInfo((dtypes or {}).get(name, "F16"), tuple(shape or ()), 0, 2)
        for name, shape in shapes.items()
    }
    return Header(tensors, metadata or {}, 0)


def facts_of(shapes, metadata=None, dtypes=None) -> CheckpointFacts:
    return checkpoint_facts(header_of(shapes, metadata, dtypes))


def listing(file: str) -> dict[str, list[int] | None]:
    return json.loads(gzip.decompress((DATA / file).read_bytes()))["keys"]


# Real files


@pytest.mark.parametrize(
    ("file", "family", "variant", "prediction", "components"),
    [
        ("single_file_sd1", "sd1", "base", "epsilon", ("text_encoder", "unet", "vae")),
        ("single_file_sd2", "sd2", "base", "unknown", ("text_encoder", "unet", "vae")),
        ("single_file_sdxl", "sdxl", "base", "epsilon",
         ("text_encoder", "text_encoder_2", "unet", "vae")),
        ("single_file_sdxl-refiner", "sdxl-refiner", "refiner", "epsilon",
         ("text_encoder_2", "unet", "vae")),
        ("keys/flux2_transformer_bfl_keys", "flux2", "klein-9b", "flow", ("transformer",)),
        ("keys/anima_comfyui_keys", "anima", "base", "flow", ("transformer",)),
        ("keys/z_image_transformer_comfyui_keys", "z-image", "base", "flow", ("transformer",)),
    ],
)  # fmt: skip
def test_published_checkpoints(file, family, variant, prediction, components):
    facts = facts_of(listing(f"{file}.json.gz"))
    assert (facts.kind, facts.family, facts.variant) == ("checkpoint", family, variant)
    assert facts.prediction == prediction
    assert facts.components == components
    assert facts.evidence
    assert not facts.is_diffusers_named


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("flux2_vae_bfl_keys", "vae"),
        ("qwen_vl_encoder_comfyui_keys", "text-encoder"),
        ("instantx_flux_controlnet", "controlnet"),
        ("xlabs_flux_controlnet", "controlnet"),
        ("xlabs_flux_ip_adapter", "ip-adapter"),
        ("xlabs_flux_ip_adapter_v2", "ip-adapter"),
        ("flux_redux", "ip-adapter"),
        ("flux_control_lora_format", "adapter"),
        ("flux_lora_xlabs_format", "adapter"),
        ("real_keys_sdxl_loha", "adapter"),
        ("anima_lora_lokr_format", "adapter"),
        ("real_qwen_image_lightning_header", "adapter"),
        ("real_sd15_kohya_locon_header", "adapter"),
    ],
)
def test_files_that_are_no_base(file, kind):
    facts = facts_of(listing(f"keys/{file}.json.gz"))
    assert (facts.kind, facts.family) == (kind, "unknown")
    assert not facts.is_checkpoint
    assert facts.evidence


@pytest.mark.parametrize(
    ("file", "parameters"),
    [("single_file_sd1", 859_520_964), ("single_file_sdxl", 2_567_463_684)],
)
def test_parameters_of_published_unets(file, parameters):
    """The sizes their authors published."""
    unet = {n: s for n, s in listing(f"{file}.json.gz").items() if n.startswith(_UNET)}
    assert facts_of(unet).parameters == parameters


@pytest.mark.parametrize("file", ["single_file_sd1", "single_file_sdxl"])
@pytest.mark.parametrize("prefix", ["model.", "diffusion_model.", ""])
def test_denoisers_alone_under_other_prefixes(file, prefix):
    keys = listing(f"{file}.json.gz")
    alone = {
        prefix + name.removeprefix(_UNET): shape
        for name, shape in keys.items()
        if name.startswith(_UNET)
    }
    facts = facts_of(alone)
    assert facts.family == facts_of(keys).family
    assert facts.components == ("unet",)
    assert facts.prefix == prefix


# Variants


def unet(first: int, context: int, depths=((1, 1), (2, 1)), added: int = 0, prefix: str = _UNET):
    """The telling weights of a UNet: (block number, depth) of attentions on the way down."""
    shapes: dict[str, tuple[int, ...]] = {f"{prefix}input_blocks.0.0.weight": (320, first, 3, 3)}
    for block, depth in depths:
        for i in range(depth):
            shapes[f"{prefix}input_blocks.{block}.1{_CROSS.format(i)}"] = (320, context)
    if added:
        shapes[f"{prefix}label_emb.0.0.weight"] = (1280, added)
    return shapes


_XL = ((4, 2), (5, 2), (7, 10), (8, 10))


@pytest.mark.parametrize(
    ("shapes", "family", "variant"),
    [
        (unet(9, 768), "sd1", "inpaint"),
        (unet(8, 768), "sd1", "instruct-pix2pix"),
        (unet(5, 1024), "sd2", "depth"),
        (unet(7, 1024, ((4, 1),)), "sd2", "upscaler"),
        (unet(4, 1024, added=1536), "sd2", "unclip"),
        (unet(4, 1024, added=2048), "sd2", "unclip"),
        (unet(4, 2048, _XL, 2816), "sdxl", "base"),
        (unet(9, 2048, _XL, 2816), "sdxl", "inpaint"),
        (unet(8, 2048, _XL, 2816), "sdxl", "instruct-pix2pix"),
        (unet(4, 2048, ((4, 2), (5, 2), (7, 4), (8, 4)), 2816), "sdxl", "ssd-1b"),
        (unet(4, 2048, ((4, 1), (5, 1), (7, 2), (8, 2)), 2816), "sdxl", "vega"),
        (unet(4, 2048, ((3, 2), (5, 6)), 2816), "sdxl", "koala-1b"),
        (unet(4, 2048, ((3, 2), (5, 5)), 2816), "sdxl", "koala-700m"),
        (unet(4, 2048, ((4, 3), (5, 3)), 2816), "sdxl", "unknown"),
        (unet(4, 2048, _XL, 5632), "kolors", "base"),
        (unet(4, 2048, _XL, 999), "unknown", "base"),
        (unet(4, 1280, ((4, 4),), 2560), "sdxl-refiner", "refiner"),
        (unet(4, 999), "unknown", "base"),
    ],
)  # fmt: skip
def test_unets(shapes, family, variant):
    facts = facts_of(shapes)
    assert (facts.kind, facts.family, facts.variant) == ("checkpoint", family, variant)


def test_a_video_unet_is_no_base_for_pictures():
    shapes = unet(8, 1024) | {f"{_UNET}input_blocks.1.1.time_stack.0.norm1.weight": (320,)}
    assert facts_of(shapes).kind == "video"


_FLUX = "double_blocks.0.img_attn.norm.key_norm.scale"


def flux(inputs: int, **extra):
    names = {name.replace("__", "."): shape for name, shape in extra.items()}
    return {_FLUX: (128,), "img_in.weight": (3072, inputs), **names}


@pytest.mark.parametrize(
    ("shapes", "family", "variant"),
    [
        (flux(64), "flux1", "schnell"),
        (flux(64, guidance_in__in_layer__weight=(3072, 256)), "flux1", "dev"),
        (flux(384, guidance_in__in_layer__weight=(3072, 256)), "flux1", "fill"),
        (flux(128, guidance_in__in_layer__weight=(3072, 256)), "flux1", "control"),
        (flux(64, distilled_guidance_layer__in_proj__weight=(1, 1)), "chroma", "base"),
        *(
            (
                flux(128, single_stream_modulation__lin__weight=(1, 1), txt_in__weight=(1, width)),
                "flux2",
                variant,
            )
            for width, variant in ((7680, "klein-4b"), (12288, "klein-9b"), (15360, "dev"))
        ),
    ],
)
@pytest.mark.parametrize("prefix", ["", _UNET])
def test_flux(shapes, family, variant, prefix):
    facts = facts_of({prefix + name: shape for name, shape in shapes.items()})
    assert (facts.family, facts.variant, facts.prediction) == (family, variant, "flow")
    assert facts.components == ("transformer",)


@pytest.mark.parametrize(
    ("extra", "variant"),
    [
        ((), "medium"),
        (("joint_blocks.0.x_block.attn2.qkv.weight",), "3.5-medium"),
        (("joint_blocks.37.context_block.attn.qkv.weight",), "3.5-large"),
    ],
)
def test_sd3(extra, variant):
    names = ("joint_blocks.0.context_block.attn.qkv.weight", *extra)
    bundle = {"text_encoders.t5xxl.transformer.shared.weight": (32128, 4096)}
    bundle |= {"text_encoders.clip_g.transformer.text_projection.weight": (1280, 1280)}
    facts = facts_of({_UNET + name: (4608, 1536) for name in names} | bundle)
    assert (facts.family, facts.variant, facts.prediction) == ("sd3", variant, "flow")
    assert facts.components == ("text_encoder_2", "text_encoder_3", "transformer")


@pytest.mark.parametrize(
    ("names", "family", "variant"),
    [
        ({"conv_in.weight": (320, 4, 3, 3),
          "down_blocks.0.attentions.0" + _CROSS.format(0): (320, 768)}, "sd1", "base"),
        ({"conv_in.weight": (320, 9, 3, 3),
          "down_blocks.0.attentions.0" + _CROSS.format(0): (320, 1024)}, "sd2", "inpaint"),
        ({"conv_in.weight": (320, 4, 3, 3), "add_embedding.linear_1.weight": (1280, 2816)}
         | {f"down_blocks.{i}.attentions.{j}" + _CROSS.format(k): (640, 2048)
            for i, depth in ((1, 2), (2, 10)) for j in (0, 1) for k in range(depth)},
         "sdxl", "base"),
        ({"single_transformer_blocks.0.attn.to_q.weight": (3072, 3072),
          "x_embedder.weight": (3072, 64)}, "flux1", "schnell"),
        ({"transformer_blocks.0.attn.add_q_proj.weight": (1536, 1536),
          "pos_embed.proj.weight": (1536, 16, 2, 2)}, "sd3", "medium"),
        ({"transformer_blocks.0.img_mlp.net.0.proj.weight": (12288, 3072)}, "qwen-image", "base"),
        ({"all_x_embedder.2-1.weight": (3840, 64)}, "z-image", "base"),
        ({"text_fusion.projector.weight": (1, 12)}, "krea2", "base"),
    ],
)  # fmt: skip
def test_denoisers_in_the_words_of_diffusers(names, family, variant):
    facts = facts_of(names)
    assert (facts.family, facts.variant, facts.is_diffusers_named) == (family, variant, True)


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (("blocks.0.attn.wq.weight", "blocks.0.attn.gate.weight"), "krea2"),
        (("txtfusion.projector.weight",), "krea2"),
        (("layers.0.adaLN_modulation.1.weight", "cap_embedder.1.weight"), "lumina2"),
        (("double_layers.0.attn.w1q.weight",), "auraflow"),
    ],
)
def test_other_transformers_by_their_own_names(names, family):
    facts = facts_of(dict.fromkeys(names, (8, 8)))
    assert (facts.kind, facts.family) == ("checkpoint", family)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("head.modulation", "wan"),
        ("txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.bias", "hunyuan-video"),
        ("patchify_proj.weight", "ltx-video"),
        ("blocks.0.attn.qkv_x.weight", "mochi"),
    ],
)
def test_video_models(name, family):
    facts = facts_of({_UNET + name: (8, 8)})
    assert (facts.kind, facts.family) == ("video", family)


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ({"emb_params": (4, 768)}, "embedding"),
        ({"clip_l": (4, 768), "clip_g": (4, 1280)}, "embedding"),
        ({"<my-cat>": (768,)}, "embedding"),
        ({"first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3)}, "vae"),
        ({"encoder.block.0.layer.0.SelfAttention.q.weight": (4096, 4096)}, "text-encoder"),
        ({"text_model.encoder.layers.0.self_attn.q_proj.weight": (768, 768)}, "text-encoder"),
        ({"control_model.input_blocks.0.0.weight": (320, 4, 3, 3)}, "controlnet"),
        ({"image_proj.proj.weight": (768, 1024)}, "ip-adapter"),
        ({"some.weight": (2, 2)}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_other_files(shapes, kind):
    facts = facts_of(shapes)
    assert facts.kind == kind
    assert (facts.family, facts.variant, facts.prediction) == ("unknown",) * 3


# Prediction, precision and averages


@pytest.mark.parametrize(
    ("marks", "metadata", "prediction"),
    [
        (("v_pred",), {}, "v_prediction"),
        (("v_pred",), {"modelspec.prediction_type": "epsilon"}, "v_prediction"),
        (("edm_vpred.sigma_max", "edm_vpred.sigma_min"), {}, "edm_v_prediction"),
        (("edm_mean", "edm_std"), {}, "edm"),
        ((), {"modelspec.prediction_type": "v"}, "v_prediction"),
        ((), {}, "epsilon"),
    ],
)
def test_prediction_of_sdxl(marks, metadata, prediction):
    shapes = unet(4, 2048, _XL, 2816) | dict.fromkeys(marks, ())
    assert facts_of(shapes, metadata).prediction == prediction


@pytest.mark.parametrize(
    ("metadata", "prediction"),
    [
        ({}, "unknown"),
        ({"modelspec.architecture": "stable-diffusion-v2-768-v"}, "v_prediction"),
        ({"modelspec.architecture": "stable-diffusion-v2-512"}, "epsilon"),
        ({"modelspec.prediction_type": "epsilon"}, "epsilon"),
        ({"ss_v_parameterization": "True"}, "v_prediction"),
    ],
)
def test_prediction_of_sd2_is_known_from_metadata_only(metadata, prediction):
    assert facts_of(unet(4, 1024), metadata).prediction == prediction


def test_zero_terminal_snr():
    assert facts_of(unet(4, 768) | {"v_pred": (), "ztsnr": ()}).is_zero_terminal_snr
    assert not facts_of(unet(4, 768)).is_zero_terminal_snr


_VAE = "first_stage_model.decoder.conv_in.weight"
_FIRST = f"{_UNET}input_blocks.0.0.weight"


@pytest.mark.parametrize(
    ("extra", "denoiser", "vae", "dtype", "is_mixed"),
    [
        ({}, "F16", "F16", "F16", False),
        ({}, "BF16", "F32", "BF16", True),
        ({}, "F8_E4M3", "BF16", "F8_E4M3", True),
        ({f"{_UNET}scaled_fp8": (0,)}, "F8_E4M3", "F8_E4M3", "scaled_fp8", False),
        ({f"{_UNET}out.2.scale_weight": ()}, "F8_E4M3", "F8_E4M3", "scaled_fp8", False),
        ({f"{_FIRST}.quant_state.bitsandbytes__nf4": (9,)}, "U8", "U8", "nf4", False),
        ({f"{_UNET}out.2.weight_scale_inv": (2, 2)}, "F8_E4M3", "F8_E4M3", "block_fp8", False),
    ],
)
def test_precision_is_that_of_the_denoiser(extra, denoiser, vae, dtype, is_mixed):
    shapes = unet(4, 768) | {_VAE: (512, 4, 3, 3)} | extra
    dtypes = {name: vae if name == _VAE else denoiser for name in shapes}
    facts = facts_of(shapes, dtypes=dtypes)
    assert (facts.dtype, facts.is_mixed) == (dtype, is_mixed)


def test_averages_are_told_and_not_counted():
    shapes = unet(4, 768)
    ema = {f"model_ema.diffusion_modelx{i}weight": (10, 10) for i in range(101)}
    facts = facts_of(shapes | ema | {"model_ema.decay": (), "alphas_cumprod": (1000,)})
    assert facts.has_ema
    assert facts.parameters == facts_of(shapes).parameters
    assert not facts_of(shapes).has_ema


def test_a_family_of_pipelines():
    names = {
        "StableDiffusion3Pipeline": "sd3",
        "Flux2KleinPipeline": "flux2",
        "FluxPipeline": "flux1",
        "HunyuanVideoPipeline": "hunyuan-video",
        "StableDiffusionXLPipeline": "unknown",
    }
    assert {name: family_of_pipeline(name) for name in names} == names
