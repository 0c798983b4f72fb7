"""Listings of real files on bases of the published size: everything lands, or the exception is
named here."""

import pytest

from loraviewer.adapters.groups import adapter_groups, split_groups
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.naming.registry import naming_of
from loraviewer.adapters.originals.stored import stored_weights
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.real_bases import header_of, index_of, listing, single_file


def matched(header, index):
    report = match_file(header, index).report("")
    assert report.total > 0
    return report


def header_of_listing(name):
    found = listing(name)
    return header_of(found["keys"], found.get("metadata"), found.get("dtypes"))


# Complete files with shapes.


@pytest.mark.parametrize(
    ("name", "base", "modules", "naming"),
    [
        ("real_sd15_kohya_locon_header", "sd1", 278, ("kohya",)),
        ("real_flux1_xlabs_header", "flux1", 76, ("xlabs",)),
        ("real_qwen_image_lightning_header", "qwen-image", 720, ("diffusers",)),
        ("flux_lora_aitoolkit_format", "flux1", 228, ("bfl",)),
        ("flux_lora_diffusers_base_model_format", "flux1", 381, ("peft",)),
        ("flux_lora_diffusers_dora_format", "flux1", 266, ("onetrainer",)),
        ("flux_lora_diffusers_format", "flux1", 494, ("diffusers",)),
        ("flux_lora_diffusers_no_proj_mlp_format", "flux1", 342, ("diffusers",)),
        ("flux_lora_kohya_format", "flux1", 304, ("kohya",)),
        ("flux_lora_kohya_with_te1_and_te3_format", "flux1", 544, ("kohya",)),
        ("flux_lora_xlabs_format", "flux1", 12, ("xlabs",)),
    ],
)
def test_every_module_lands(name, base, modules, naming):
    header = header_of_listing(name)
    report = matched(header, index_of(base))
    assert report.is_complete, dict(report.reasons)
    assert len(report.matched) == modules
    assert naming_of(group.key for group in split_groups(header.tensors)) == naming


@pytest.mark.parametrize(
    ("base_file", "name", "modules"),
    [("sd1", "real_sd15_kohya_locon_header", 278), ("sdxl", "real_sdxl_kohya_ldm_modules", 1052)],
)
def test_a_base_from_its_header_alone(base_file, name, modules):
    keys = single_file(base_file)["keys"]
    places = stored_weights(header_of({key: shape or () for key, shape in keys.items()}))
    index = TargetIndex.of_shapes(
        {c: {n: w.shape for n, w in weights.items()} for c, weights in places.items() if c != "vae"}
    )
    header = _lora_of_modules() if "modules" in name else header_of_listing(name)
    report = matched(header, index)
    assert report.is_complete
    assert len(report.matched) == modules


def test_names_and_shapes_of_a_kohya_sdxl_file():
    report = matched(_lora_of_modules(), index_of("sdxl"))
    assert report.is_complete
    assert len(report.matched) == 1052


def _lora_of_modules():
    shapes = {}
    for name, (out, *rest) in listing("real_sdxl_kohya_ldm_modules")["modules"].items():
        shapes[f"{name}.lora_up.weight"] = [out, 4, *[1] * (len(rest) - 1)]
        shapes[f"{name}.lora_down.weight"] = [4, *rest]
    return header_of(shapes)


# Names without shapes.


@pytest.mark.parametrize(
    ("name", "base", "modules", "naming"),
    [
        ("real_keys_sdxl_loha", "sdxl", 1052, ("kohya-ldm", "kohya")),
        ("real_keys_sdxl_slider_attn1_only", "sdxl", 280, ("kohya",)),
        ("flux_lora_diffusers_v2_format", "flux1", 190, ("diffusers",)),
    ],
)
def test_every_name_lands(name, base, modules, naming):
    keys = [group.key for group in split_groups(listing(name)["keys"])]
    assert len(keys) == modules
    assert [key for key in keys if not index_of(base).find(key)] == []
    assert naming_of(keys) == naming


def test_target_shapes_of_a_full_sdxl_file():
    """The listing gives the shape of the weight behind each name, found by other means."""
    shapes = listing("real_keys_sdxl_loha")["base_shapes"]
    for key, shape in shapes.items():
        (landing,) = index_of("sdxl").find(key)
        assert landing.target.shape == tuple(shape), key


# A control adapter: replaced norms, biases, and an input layer that must grow.


def test_flux_control():
    report = matched(header_of_listing("flux_control_lora_format"), index_of("flux1"))
    # Its `img_in` reads 128 values: the latents and those of the control picture. The base reads
    # 64, and loraviewer does not change what a base takes in.
    assert report.shape_mismatch == ("img_in",)
    assert report.unmatched == report.unsupported == ()
    assert len(report.matched) == 465


# One block in several conventions at once: each must land where the others do.


def test_one_flux_block_in_three_conventions():
    keys = listing("flux_doc_sdscripts_and_aitoolkit_block0")["keys"]
    landed = {}
    for naming in ("kohya", "diffusers", "xlabs"):
        own = {n: s for n, s in keys.items() if naming_of([n]) == (naming,)}
        report = matched(header_of(own), index_of("flux1"))
        assert report.is_complete
        landed[naming] = {
            landing.target.path for key in report.matched for landing in index_of("flux1").find(key)
        }
    assert landed["kohya"] == landed["diffusers"]
    assert landed["xlabs"] < landed["kohya"]


# Hand-made samples: the names are right, some shapes are not those of the published model.

_ANIMA_WRONG = {
    "anima_lora_kohya_format": {
        "lora_unet_blocks_0_adaln_modulation_cross_attn_1",
        "lora_unet_blocks_0_cross_attn_k_proj",
        "lora_unet_blocks_0_cross_attn_v_proj",
    },
    "anima_lora_peft_format": {
        "diffusion_model.blocks.0.cross_attn.k_proj",
        "diffusion_model.blocks.0.cross_attn.v_proj",
    },
    "anima_lora_kohya_with_te_format": {
        "lora_unet_blocks_0_cross_attn_k_proj",
        "lora_te_layers_0_mlp_down_proj",
        "lora_te_layers_0_mlp_gate_proj",
        "lora_te_layers_0_mlp_up_proj",
        "lora_te_layers_0_self_attn_o_proj",
        "lora_te_layers_0_self_attn_q_proj",
    },
}


@pytest.mark.parametrize("name", _ANIMA_WRONG)
def test_anima_samples(name):
    header = header_of_listing(name)
    report = matched(header, index_of("anima"))
    assert set(report.shape_mismatch) == _ANIMA_WRONG[name]
    assert len(report.matched) == report.total - len(_ANIMA_WRONG[name])


@pytest.mark.parametrize("name", ["anima_lora_kohya_format", "anima_lora_peft_format"])
def test_anima_on_a_file_of_its_own_names(name):
    """`net.blocks…` as published; the base is one block deep, as the samples are."""
    places = stored_weights(header_of_listing("anima_comfyui_keys"))
    index = TargetIndex.of_shapes(
        {c: {n: w.shape for n, w in weights.items()} for c, weights in places.items()}
    )
    header = header_of_listing(name)
    assert set(matched(header, index).shape_mismatch) == _ANIMA_WRONG[name]
    (landing,) = index.find("lora_unet_llm_adapter_blocks_5_cross_attn_k_proj")
    assert landing.target.shape == (1024, 1024)


# Impossible shapes: every module is refused as a mismatch, none as unknown.


@pytest.mark.parametrize(
    ("name", "base", "modules"),
    [
        ("anima_lora_lokr_format", "anima", 3),
        ("flux_lokr_bfl_format", "flux1", 6),
        ("qwen_image_lora_kohya_format", "qwen-image", 8),
    ],
)
def test_impossible_shapes(name, base, modules):
    report = matched(header_of_listing(name), index_of(base))
    assert len(report.shape_mismatch) == report.total == modules
    assert all(report.reasons[key] for key in report.shape_mismatch)


# Files that are no adapters.


@pytest.mark.parametrize(
    "name",
    [
        "anima_comfyui_keys",
        "flux2_transformer_bfl_keys",
        "flux2_vae_bfl_keys",
        "flux_redux",
        "instantx_flux_controlnet",
        "qwen_vl_encoder_comfyui_keys",
        "xlabs_flux_controlnet",
        "xlabs_flux_ip_adapter",
        "xlabs_flux_ip_adapter_v2",
        "z_image_transformer_comfyui_keys",
    ],
)
def test_no_adapters(name):
    header = header_of_listing(name)
    assert adapter_groups(header) == ()
    # Flux keeps its norms under the name by which control adapters replace them.
    matches = match_file(header, index_of("flux1")).matches
    assert all(match.group.is_bare_scale for match in matches)


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl", "sdxl-refiner"])
def test_checkpoints_are_no_adapters(family):
    keys = single_file(family)["keys"]
    assert adapter_groups(header_of({name: shape or () for name, shape in keys.items()})) == ()
