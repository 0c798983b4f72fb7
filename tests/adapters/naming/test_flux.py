"""Flux and Chroma: BFL's words, and those of xlabs and OneTrainer, on diffusers' modules."""

import pytest

from loraviewer.adapters.groups import split_name
from tests.adapters.naming.names import ADDED, DENOISER_PREFIXES, found, only, spelled
from tests.adapters.real_bases import index_of

_H = 3072
_DOUBLE = {
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
    "img_attn.norm.query_norm": "attn.norm_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
}
_OUTER = {
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear",
}


@pytest.mark.parametrize("prefix", DENOISER_PREFIXES)
def test_bfl_names_behind_every_prefix(prefix):
    for block in (0, 18):
        for old, new in _DOUBLE.items():
            key = spelled(prefix, f"double_blocks.{block}.{old}")
            assert only("flux1", key) == ("transformer", f"transformer_blocks.{block}.{new}")
        for side, names in (("img", ("to_q", "to_k", "to_v")), ("txt", ADDED)):
            assert found("flux1", spelled(prefix, f"double_blocks.{block}.{side}_attn.qkv")) == [
                (
                    "transformer",
                    f"transformer_blocks.{block}.attn.{name}",
                    (part * _H, (part + 1) * _H),
                )
                for part, name in enumerate(names)
            ]
    for old, new in _OUTER.items():
        assert only("flux1", spelled(prefix, old)) == ("transformer", new)
    single = "single_transformer_blocks.37."
    assert found("flux1", spelled(prefix, "single_blocks.37.linear1")) == [
        ("transformer", f"{single}attn.to_q", (0, _H)),
        ("transformer", f"{single}attn.to_k", (_H, 2 * _H)),
        ("transformer", f"{single}attn.to_v", (2 * _H, 3 * _H)),
        ("transformer", f"{single}proj_mlp", (3 * _H, 7 * _H)),
    ]
    for old, new in (("linear2", "proj_out"), ("modulation.lin", "norm.linear")):
        key = spelled(prefix, f"single_blocks.37.{old}")
        assert only("flux1", key) == ("transformer", single + new)


def test_bfl_halves_are_swapped_only_in_the_last_modulation():
    for name in ("diffusion_model.final_layer.adaLN_modulation.1", "lora_unet_final_layer_linear"):
        (landing,) = index_of("flux1").find(name)
        assert landing.is_half_swapped == ("adaLN" in name)
    (own,) = index_of("flux1").find("transformer.norm_out.linear")
    assert not own.is_half_swapped
    (block,) = index_of("flux1").find("double_blocks.0.img_mod.lin")
    assert not block.is_half_swapped


@pytest.mark.parametrize(
    ("name", "path", "parts"),
    [
        ("qkv_lora1", "double_blocks.3", ("to_q", "to_k", "to_v")),
        ("qkv_lora2", "double_blocks.3", ADDED),
        ("proj_lora1", "double_blocks.3", ("to_out.0",)),
        ("proj_lora2", "double_blocks.3", ("to_add_out",)),
    ],
)
def test_xlabs_double_blocks(name, path, parts):
    key, *_ = split_name(f"{path}.processor.{name}.down.weight")
    modules = [path for _, path, _ in found("flux1", key)]
    assert modules == [f"transformer_blocks.3.attn.{part}" for part in parts]


def test_xlabs_single_blocks():
    block = "single_transformer_blocks.9"
    assert found("flux1", "single_blocks.9.processor.qkv_lora") == [
        ("transformer", f"{block}.attn.{name}", (part * _H, (part + 1) * _H))
        for part, name in enumerate(("to_q", "to_k", "to_v"))
    ]
    assert only("flux1", "single_blocks.9.processor.proj_lora") == (
        "transformer",
        f"{block}.proj_out",
    )


def test_onetrainer_numbers_the_parts_of_bfl_modules():
    for part, name in enumerate(("to_q", "to_k", "to_v")):
        key = f"transformer.double_blocks.5.img_attn.qkv.{part}"
        assert only("flux1", key) == ("transformer", f"transformer_blocks.5.attn.{name}")
    for part, name in enumerate(("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")):
        key = f"transformer.single_blocks.5.linear1.{part}"
        assert only("flux1", key) == ("transformer", f"single_transformer_blocks.5.{name}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("double_blocks.7.img_mlp.0", "transformer_blocks.7.ff.linear_in"),
        ("double_blocks.7.txt_mlp.2", "transformer_blocks.7.ff_context.linear_out"),
        ("single_blocks.23.linear1", "single_transformer_blocks.23.attn.to_qkv_mlp_proj"),
        ("single_blocks.23.linear2", "single_transformer_blocks.23.attn.to_out"),
        ("double_stream_modulation_img.lin", "double_stream_modulation_img.linear"),
        ("single_stream_modulation.lin", "single_stream_modulation.linear"),
        ("time_in.in_layer", "time_guidance_embed.timestep_embedder.linear_1"),
        ("img_in", "x_embedder"),
        ("final_layer.linear", "proj_out"),
    ],
)
def test_bfl_names_of_flux2(old, new):
    assert only("flux2", f"diffusion_model.{old}") == ("transformer", new)
    assert only("flux2", "lora_unet_" + old.replace(".", "_")) == ("transformer", new)


def test_stacked_modules_of_flux2():
    assert [path for _, path, _ in found("flux2", "double_blocks.7.txt_attn.qkv")] == [
        f"transformer_blocks.7.attn.{name}" for name in ADDED
    ]


def test_chroma_has_the_words_of_flux():
    name = "lora_unet_distilled_guidance_layer_layers_4_in_layer"
    assert only("chroma", name) == (
        "transformer",
        "distilled_guidance_layer.layers.4.linear_1",
    )
    assert len(found("chroma", "lora_unet_single_blocks_0_linear1")) == 4
    assert found("chroma", "lora_unet_double_blocks_0_img_mod_lin") == []
