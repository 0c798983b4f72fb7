"""Names of real files find the modules of real architectures."""

import re

import pytest

from loraviewer.adapters.families import family_of_adapter, family_of_targets
from loraviewer.adapters.groups import split_groups, split_name
from loraviewer.adapters.header import Header, TensorInfo
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.naming.base import Place, UnetLayout
from loraviewer.adapters.naming.ldm import ldm_path
from loraviewer.adapters.naming.registry import CONVENTIONS, naming_of
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.builders import tiny_components
from tests.adapters.real_bases import (
    listing,
    refiner_components,
    sd1_components,
    sdxl_components,
)


def header_of(shapes, metadata=None):
    tensors, at = {}, 0
    for name, shape in shapes.items():
        size = 2
        for axis in shape:
            size *= axis
        tensors[name] = TensorInfo("F16", tuple(shape), at, at + size)
        at += size
    return Header(tensors, metadata or {}, 8)


def test_real_sd1_locon_matches_completely():
    header = header_of(listing("real_sd15_kohya_locon_header.json")["keys"])
    index = TargetIndex.of(sd1_components())
    matching = match_file(header, index)
    assert len(matching.matches) == 278
    assert matching.report("").is_complete
    assert family_of_adapter(header) == family_of_targets(index) == "sd1"


def test_real_sdxl_slider_matches_completely():
    names = listing("real_keys_sdxl_slider_attn1_only.json")["keys"]
    index = TargetIndex.of(sdxl_components())
    groups = split_groups(names)
    assert len(groups) == 280
    assert all(index.find(group.key) for group in groups)
    header = header_of({name: () if name.endswith("alpha") else (4, 4) for name in names})
    assert family_of_adapter(header) == family_of_targets(index) == "sdxl"


def test_real_sdxl_kohya_ldm_names_and_shapes_match_completely():
    modules = listing("real_sdxl_kohya_ldm_modules.json")["modules"]
    shapes = {}
    for name, (out, *rest) in modules.items():
        ones = [1] * (len(rest) - 1)
        shapes[f"{name}.lora_up.weight"] = [out, 4, *ones]
        shapes[f"{name}.lora_down.weight"] = [4, *rest]
    matching = match_file(header_of(shapes), TargetIndex.of(sdxl_components()))
    assert len(matching.matches) == len(modules) == 1052
    assert matching.report("").is_complete


@pytest.mark.parametrize(
    ("table", "components"), [("sd15", sd1_components), ("refiner", refiner_components)]
)
def test_ldm_words_agree_with_checkpoint_maps(table, components):
    unet = components()["unet"]
    layout = UnetLayout.of(unet)
    assert layout is not None
    for ldm, diffusers in listing(f"unet_ldm_to_diffusers_{table}.json").items():
        path = diffusers.removesuffix(".weight")
        assert unet.get_submodule(path) is not None
        assert ldm_path(path, layout) == ldm.removesuffix(".weight")


@pytest.mark.parametrize("components", [sd1_components, sdxl_components, refiner_components])
def test_every_spelling_means_one_module(components):
    index = TargetIndex.of(components())
    for target in index.targets:
        layout = UnetLayout.of(components()[target.component])
        place = Place(target.component, target.path, layout)
        spellings = [s for convention in CONVENTIONS for s in convention.spellings(place)]
        assert index.find(f"{target.component}.{target.path}") == target
        wrong = [s for s in spellings if index.find(s) not in (target, None)]
        assert not wrong


@pytest.mark.parametrize(
    ("name", "key", "path"),
    [
        (
            "unet.down_blocks.1.attentions.0.proj_in.lora_A.weight",
            "unet.down_blocks.1.attentions.0.proj_in",
            "down_blocks.1.attentions.0.proj_in",
        ),
        (
            "base_model.model.mid_block.attentions.0.proj_in.lora_B.default.weight",
            "base_model.model.mid_block.attentions.0.proj_in",
            "mid_block.attentions.0.proj_in",
        ),
        (
            "unet.base_model.model.conv_in.lora_A.style.weight",
            "unet.base_model.model.conv_in",
            "conv_in",
        ),
        (
            "mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.down.weight",
            "mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out",
            "mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0",
        ),
        (
            "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora.up.weight",
            "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
            "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
        ),
        (
            "diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.lora_A.weight",
            "diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k",
            "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
        ),
        (
            "lycoris_mid_block_resnets_0_time_emb_proj.lora_mid.weight",
            "lycoris_mid_block_resnets_0_time_emb_proj",
            "mid_block.resnets.0.time_emb_proj",
        ),
        (
            "text_encoder.text_model.encoder.layers.0.self_attn.q_proj"
            ".lora_linear_layer.down.weight",
            "text_encoder.text_model.encoder.layers.0.self_attn.q_proj",
            "encoder.layers.0.self_attn.q_proj",
        ),
        (
            "text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora.up.weight",
            "text_encoder.text_model.encoder.layers.0.self_attn.to_out",
            "encoder.layers.0.self_attn.out_proj",
        ),
        (
            "text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1.lora_A.weight",
            "text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1",
            "encoder.layers.0.mlp.fc1",
        ),
    ],
)
def test_spellings_find_their_module(name, key, path):
    assert split_name(name)[0] == key
    target = TargetIndex.of(tiny_components()).find(key)
    assert target is not None
    assert re.sub(r"^text_model\.", "", target.path) == path


def test_naming_is_recognised_without_a_base():
    assert naming_of(["lora_unet_input_blocks_4_1_proj_in", "lora_te1_text_model_x"]) == (
        "kohya-ldm",
        "kohya",
    )
    assert naming_of(["unet.base_model.model.conv_in"]) == ("peft",)
    assert naming_of(["unet.conv_in", "diffusion_model.out.2"]) == ("ldm", "diffusers")
    assert naming_of(["garbage"]) == ()
