"""Which family a file was made for, and that shapes beat metadata."""

import pytest

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.recognition.families import (
    family_evidence,
    family_of_adapter,
    family_of_targets,
)
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.resources import demo_adapters
from tests.adapters.builders import tiny_components
from tests.adapters.real_bases import BASES, header_of, index_of, listing

_FAMILY = {
    "flux2-4b": "flux2",
    "sd35-medium": "sd3",
    "sd35-large": "sd3",
    "sd3-medium": "sd3",
}


@pytest.mark.parametrize("base", BASES)
def test_published_bases(base):
    assert family_of_targets(index_of(base)) == _FAMILY.get(base, base)


def test_a_base_of_unusual_size_is_unknown():
    assert family_of_targets(TargetIndex.of(tiny_components())) == "unknown"


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("real_sd15_kohya_locon_header", "sd1"),
        ("real_flux1_xlabs_header", "flux1"),
        ("real_qwen_image_lightning_header", "qwen-image"),
        ("flux_control_lora_format", "flux1"),
        ("flux_lora_aitoolkit_format", "flux1"),
        ("flux_lora_diffusers_base_model_format", "flux1"),
        ("flux_lora_diffusers_dora_format", "flux1"),
        ("flux_lora_diffusers_format", "flux1"),
        ("flux_lora_diffusers_no_proj_mlp_format", "flux1"),
        ("flux_lora_kohya_format", "flux1"),
        ("flux_lora_kohya_with_te1_and_te3_format", "flux1"),
        ("flux_lora_xlabs_format", "flux1"),
        ("flux_lokr_bfl_format", "flux1"),
        ("qwen_image_lora_kohya_format", "qwen-image"),
        ("anima_lora_kohya_format", "anima"),
        ("anima_lora_kohya_with_te_format", "anima"),
        ("anima_lora_peft_format", "anima"),
        ("anima_lora_lokr_format", "anima"),
        ("flux_redux", "unknown"),
        ("instantx_flux_controlnet", "unknown"),
        ("xlabs_flux_ip_adapter", "unknown"),
        ("flux2_vae_bfl_keys", "unknown"),
        ("qwen_vl_encoder_comfyui_keys", "unknown"),
    ],
)
def test_listings(name, family):
    found = listing(name)
    evidence = family_evidence(header_of(found["keys"], found.get("metadata")))
    assert evidence.family == family
    assert bool(evidence.sentences) == (family != "unknown")


def test_a_slider_without_cross_attention():
    keys = listing("real_keys_sdxl_slider_attn1_only")["keys"]
    rank = {"lora_down.weight": (4, 640), "lora_up.weight": (640, 4), "alpha": ()}
    shapes = {name: rank[name.split(".", 1)[1]] for name in keys}
    assert family_of_adapter(header_of(shapes)) == "sdxl"


# One module of each kind on a cross-attention: the width must come out of its factors.

_CROSS = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
_OUT, _CONTEXT = 640, {"sd1": 768, "sd2": 1024, "sdxl": 2048, "sdxl-refiner": 1280}


def lora(width):
    return {"lora_up.weight": (_OUT, 8), "lora_down.weight": (8, width), "alpha": ()}


def peft(width):
    return {"lora_B.weight": (_OUT, 8), "lora_A.weight": (8, width)}


def loha(width):
    halves = {f"hada_w{n}_a": (_OUT, 8) for n in (1, 2)}
    return halves | {f"hada_w{n}_b": (8, width) for n in (1, 2)}


def lokr(width):
    return {"lokr_w1": (8, 8), "lokr_w2_a": (_OUT // 8, 4), "lokr_w2_b": (4, width // 8)}


def lokr_whole(width):
    return {"lokr_w1": (8, 16), "lokr_w2": (_OUT // 8, width // 16)}


def oft_v2(width):
    return {"oft_R.weight": (width // 32, 32 * 31 // 2)}


def glora(width):
    return {
        "a1.weight": (width, 8),
        "a2.weight": (8, width),
        "b1.weight": (_OUT, 8),
        "b2.weight": (8, width),
    }


def glora_old(width):
    return {
        "a1.weight": (8, width),
        "a2.weight": (width, 8),
        "b1.weight": (8, width),
        "b2.weight": (_OUT, 8),
    }


def whole(width):
    return {"diff": (_OUT, width)}


@pytest.mark.parametrize("family", _CONTEXT)
@pytest.mark.parametrize(
    "kind", [lora, peft, loha, lokr, lokr_whole, oft_v2, glora, glora_old, whole]
)
def test_the_width_of_cross_attention(kind, family):
    shapes = {f"{_CROSS}.{suffix}": shape for suffix, shape in kind(_CONTEXT[family]).items()}
    evidence = family_evidence(header_of(shapes, {"ss_base_model_version": "flux1"}))
    assert evidence.family == family
    assert f"reads {_CONTEXT[family]} values" in evidence.sentences[0]
    assert "flux1" in evidence.sentences[-1]


@pytest.mark.parametrize(
    "key",
    [
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v",
        "down_blocks.1.attentions.0.transformer_blocks.0.attn2.processor.to_v",
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_v",
        "diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_v",
        "lycoris_mid_block_attentions_0_transformer_blocks_0_attn2_to_v",
        "base_model.model.mid_block.attentions.0.transformer_blocks.0.attn2.to_v",
    ],
)
def test_cross_attention_in_every_convention(key):
    is_old = "processor" in key
    names = (f"{key}_lora.up.weight", f"{key}_lora.down.weight")
    names = names if is_old else (f"{key}.lora_up.weight", f"{key}.lora_down.weight")
    header = header_of(dict(zip(names, ((640, 4), (4, 2048)), strict=True)))
    assert family_of_adapter(header) == "sdxl"


def test_unusual_widths_are_of_no_known_family():
    """Block names alone would say SD 1.5."""
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    shapes = {f"{name}.{suffix}": shape for suffix, shape in lora(48).items()}
    evidence = family_evidence(header_of(shapes, {"ss_base_model_version": "sd_v1"}))
    assert evidence.family == "unknown"
    assert "no known family" in evidence.sentences[0]


# Transformers by names and widths.


def pair(key, out, inputs):
    return {f"{key}.lora_up.weight": (out, 4), f"{key}.lora_down.weight": (4, inputs)}


@pytest.mark.parametrize(
    ("modules", "family"),
    [
        ([("lora_unet_single_blocks_0_linear1", 7 * 3072, 3072)], "flux1"),
        ([("lora_unet_single_blocks_0_linear1", 9 * 3072, 3072)], "flux2"),
        ([("diffusion_model.double_blocks.0.img_mlp.0", 6 * 3072, 3072)], "flux2"),
        ([("diffusion_model.double_blocks.0.img_attn.qkv", 12288, 4096)], "flux2"),
        ([("diffusion_model.double_blocks.0.img_attn.qkv", 9216, 3072)], "flux1"),
        ([("diffusion_model.single_blocks.9.linear2", 6144, 24576)], "flux2"),
        ([("transformer.single_transformer_blocks.9.attn.to_qkv_mlp_proj", 36, 6144)], "flux2"),
        ([("transformer.single_transformer_blocks.9.proj_mlp", 12288, 3072)], "flux1"),
        ([("lora_unet_distilled_guidance_layer_layers_0_in_layer", 5120, 5120)], "chroma"),
        ([("lora_unet_joint_blocks_0_x_block_attn_qkv", 4608, 1536)], "sd3"),
        ([("transformer.transformer_blocks.0.attn.to_q", 1536, 1536)], "sd3"),
        ([("transformer.transformer_blocks.9.attn.add_q_proj", 2432, 2432)], "sd3"),
        ([("transformer_blocks.59.attn.to_q", 3072, 3072)], "qwen-image"),
        ([("transformer.transformer_blocks.0.img_mlp.net.2", 3072, 12288)], "qwen-image"),
        ([("diffusion_model.layers.0.attention.to_q", 3840, 3840)], "z-image"),
        ([("lora_unet_layers_0_attention_qkv", 11520, 3840)], "z-image"),
        ([("lora_unet_layers_0_attention_qkv", 3840, 2304)], "lumina2"),
        ([("lora_unet_blocks_6_attn_wv", 1536, 6144)], "krea2"),
        ([("transformer.text_fusion.refiner_blocks.0.ff.up", 6912, 2560)], "krea2"),
        ([("diffusion_model.blocks.0.self_attn.q_proj", 2048, 2048)], "anima"),
        ([("diffusion_model.blocks.0.self_attn.q", 5120, 5120)], "wan"),
        ([("lora_unet_double_blocks_0_img_mlp_fc1", 12288, 3072)], "hunyuan-video"),
        ([("lora_te_text_model_encoder_layers_0_mlp_fc1", 3072, 768)], "sd1"),
        ([("lora_te_text_model_encoder_layers_0_mlp_fc1", 4096, 1024)], "sd2"),
        ([("lora_te2_text_model_encoder_layers_0_mlp_fc1", 5120, 1280)], "sdxl"),
        (
            [
                ("lora_te1_text_model_encoder_layers_0_mlp_fc1", 3072, 768),
                ("lora_te2_text_model_encoder_layers_0_mlp_fc1", 5120, 1280),
            ],
            "sdxl",
        ),
        (
            [
                ("lora_te1_text_model_encoder_layers_0_mlp_fc1", 3072, 768),
                ("lora_te2_encoder_block_0_layer_0_SelfAttention_q", 4096, 4096),
            ],
            "flux1",
        ),
        ([("lora_te_layers_0_self_attn_k_proj", 1024, 1024)], "anima"),
        ([("something.else", 64, 64)], "unknown"),
    ],
)
def test_modules(modules, family):
    shapes = {}
    for module in modules:
        shapes |= pair(*module)
    assert family_of_adapter(header_of(shapes)) == family


# Metadata.


@pytest.mark.parametrize(
    ("metadata", "family"),
    [
        ({"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
        ({"ss_base_model_version": "sd_v2_v"}, "sd2"),
        ({"ss_base_model_version": "sdxl_"}, "sdxl"),
        ({"ss_v2": "True"}, "sd2"),
        ({"modelspec.architecture": "stable-diffusion-v1/lora"}, "sd1"),
        ({"modelspec.architecture": "stable-diffusion-xl-v1-refiner"}, "sdxl-refiner"),
        ({"modelspec.architecture": "stable-diffusion-3-medium"}, "sd3"),
        ({"modelspec.architecture": "flux-1-dev/lora"}, "flux1"),
        ({"ss_base_model_version": "krea2"}, "krea2"),
        ({"ss_base_model_version": "None"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_metadata_decides_where_names_say_nothing(metadata, family):
    header = header_of(pair("some.thing", 8, 8), metadata)
    assert family_of_adapter(header) == family


def test_metadata_decides_between_what_shapes_leave():
    shapes = pair("lora_unet_single_blocks_0_linear2", 3072, 15360)
    assert family_of_adapter(header_of(shapes)) == "flux1"
    evidence = family_evidence(header_of(shapes, {"ss_base_model_version": "chroma"}))
    assert evidence.family == "chroma"
    assert evidence.sentences[0] == "its metadata says “chroma”"


def test_confirming_and_contradicting_metadata():
    shapes = {f"{_CROSS}.{suffix}": shape for suffix, shape in lora(2048).items()}
    agreeing = family_evidence(header_of(shapes, {"ss_base_model_version": "sdxl_base_v1-0"}))
    assert agreeing.sentences == (
        "its cross-attention reads 2048 values, as SDXL’s does",
        "its metadata says “sdxl_base_v1-0”",
    )
    against = family_evidence(header_of(shapes, {"ss_base_model_version": "sd_v1"}))
    assert against.family == "sdxl"
    assert against.sentences[-1] == "but its metadata says “sd_v1”"


def test_one_file_of_two_families():
    """The stronger fact decides; the other one is told."""
    shapes = {f"{_CROSS}.{suffix}": shape for suffix, shape in lora(768).items()}
    shapes |= pair("lora_unet_joint_blocks_0_x_block_attn_qkv", 4608, 1536)
    evidence = family_evidence(header_of(shapes))
    assert evidence.family == "sd1"
    assert evidence.sentences[-1].startswith("but it changes joint blocks")


def test_oft_knows_only_rows():
    """Rows of an SDXL query say nothing of its context, but the depth of the block does."""
    name = "oft_unet_down_blocks_2_attentions_0_transformer_blocks_9_attn2_to_k"
    header = header_of({f"{name}.oft_blocks": (40, 32, 32)})
    assert family_of_adapter(header) == "sdxl"


@pytest.mark.parametrize("file", demo_adapters(), ids=lambda file: file.stem)
def test_nothing_in_a_bundled_adapter_contradicts_what_it_is_for(file):
    """The demo is built as SD 1.x is, and trainers have no other word for that."""
    found = family_evidence(read_header(file))
    assert found.family == "demo"
    assert not [sentence for sentence in found.sentences if sentence.startswith("but ")]
