"""UNets: LDM words, kohya's flat names, and the oldest names of diffusers."""

import pytest

from loraviewer.adapters.groups import split_name
from loraviewer.adapters.originals.unet import UnetLayout, diffusers_path, ldm_path
from tests.adapters.naming.names import only
from tests.adapters.real_bases import components_of, single_file


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl", "sdxl-refiner"])
def test_ldm_words_agree_with_checkpoints_both_ways(family):
    unet = components_of(family)["unet"]
    table = single_file(family)["unet"]
    layout = UnetLayout.of(dict(unet.named_parameters()))
    assert layout is not None
    assert layout == UnetLayout.of_original(table)
    assert set(table.values()) == set(unet.state_dict())
    for ldm, diffusers in table.items():
        (old, role), (new, same) = ldm.rsplit(".", 1), diffusers.rsplit(".", 1)
        assert role == same
        assert ldm_path(new, layout) == old
        assert diffusers_path(old, layout) == new


@pytest.mark.parametrize(
    "prefix",
    [
        *("lora_unet_", "oft_unet_", "diffusion_model.", "model.diffusion_model.", ""),
        *("unet.", "base_model.model.", "unet.base_model.model."),
    ],
)
@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl", "sdxl-refiner"])
def test_ldm_names_behind_every_prefix(family, prefix):
    for ldm, diffusers in single_file(family)["unet"].items():
        path, _, role = ldm.rpartition(".")
        if role == "weight":
            name = path.replace(".", "_") if prefix.endswith("_") else path
            assert only(family, prefix + name) == ("unet", diffusers.removesuffix(".weight"))


@pytest.mark.parametrize(
    "prefix",
    [
        *("lora_unet_", "oft_unet_", "lycoris_", "unet.", "", "diffusion_model."),
        *("base_model.model.", "unet.base_model.model.", "base_model.model.unet."),
    ],
)
@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_diffusers_names_of_a_unet_behind_every_prefix(family, prefix):
    for diffusers in single_file(family)["unet"].values():
        path, _, role = diffusers.rpartition(".")
        if role == "weight":
            name = path.replace(".", "_") if prefix.endswith("_") else path
            assert only(family, prefix + name) == ("unet", path)


def test_the_oldest_names_of_diffusers():
    block = "down_blocks.1.attentions.0.transformer_blocks.0"
    for prefix in ("", "unet."):
        for word, module in (("to_q", "to_q"), ("to_out", "to_out.0")):
            key, *_ = split_name(f"{prefix}{block}.attn2.processor.{word}_lora.down.weight")
            assert only("sdxl", key) == ("unet", f"{block}.attn2.{module}")
    layer = "encoder.layers.3.self_attn"
    key, *_ = split_name(f"text_encoder.text_model.{layer}.to_out_lora.up.weight")
    assert only("sdxl", key) == ("text_encoder", f"{layer}.out_proj")
