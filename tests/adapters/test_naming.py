"""Every spelling of every family of names finds its module on bases of the published size."""

import re
import subprocess
import sys

import pytest

from loraviewer.adapters.groups import split_name
from loraviewer.adapters.naming.base import Network, Place, canonical_path
from loraviewer.adapters.naming.registry import CONVENTIONS, naming_of
from loraviewer.adapters.originals.unet import UnetLayout, diffusers_path, ldm_path
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.builders import tiny_components
from tests.adapters.real_bases import BASES, components_of, index_of, shapes_of, single_file


def found(base, key):
    """What a name means: (component, path, rows) of each module, in the order of rows."""
    return [
        (landing.target.component, landing.target.path, landing.rows)
        for landing in index_of(base).find(key)
    ]


def only(base, key):
    """The one module that a name means."""
    (landing,) = index_of(base).find(key)
    assert landing.rows is None
    return landing.target.component, re.sub(r"^text_model\.", "", landing.target.path)


# UNets: LDM words, kohya's flat names.


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


# Text encoders: the number in a name says nothing but for CLIP.

_CLIP_LAYER = "encoder.layers.7.mlp.fc2"
_T5_LAYER = "encoder.block.11.layer.1.DenseReluDense.wi_1"


@pytest.mark.parametrize(
    ("base", "key", "component", "path"),
    [
        ("sd1", "lora_te_text_model_encoder_layers_7_mlp_fc2", "text_encoder", _CLIP_LAYER),
        ("sd2", "lora_te_text_model_encoder_layers_7_mlp_fc2", "text_encoder", _CLIP_LAYER),
        ("sdxl", "lora_te1_text_model_encoder_layers_7_mlp_fc2", "text_encoder", _CLIP_LAYER),
        ("sdxl", "lora_te2_text_model_encoder_layers_7_mlp_fc2", "text_encoder_2", _CLIP_LAYER),
        ("sdxl", "oft_te2_text_model_encoder_layers_7_mlp_fc2", "text_encoder_2", _CLIP_LAYER),
        ("sdxl", "lora_te2_text_projection", "text_encoder_2", "text_projection"),
        ("sdxl", "text_encoder_2.text_projection", "text_encoder_2", "text_projection"),
        ("flux1", "lora_te1_text_model_encoder_layers_7_mlp_fc2", "text_encoder", _CLIP_LAYER),
        ("flux1", f"lora_te2_{_T5_LAYER.replace('.', '_')}", "text_encoder_2", _T5_LAYER),
        ("flux1", f"lora_te3_{_T5_LAYER.replace('.', '_')}", "text_encoder_2", _T5_LAYER),
        ("sd3-medium", f"lora_te2_{_T5_LAYER.replace('.', '_')}", "text_encoder_3", _T5_LAYER),
        ("sd3-medium", f"lora_te3_{_T5_LAYER.replace('.', '_')}", "text_encoder_3", _T5_LAYER),
        ("chroma", f"lora_te1_{_T5_LAYER.replace('.', '_')}", "text_encoder", _T5_LAYER),
        (
            "sd3-medium",
            "lora_te2_text_model_encoder_layers_7_mlp_fc2",
            "text_encoder_2",
            _CLIP_LAYER,
        ),
        ("sd3-medium", "lora_te1_text_projection", "text_encoder", "text_projection"),
        (
            "anima",
            "lora_te_layers_2_self_attn_o_proj",
            "text_encoder",
            "layers.2.self_attn.o_proj",
        ),
        (
            "anima",
            "text_encoder.model.layers.2.mlp.up_proj",
            "text_encoder",
            "layers.2.mlp.up_proj",
        ),
        *(
            (base, f"text_encoders.{name}.transformer.{path}", component, bare)
            for base, name, path, component, bare in (
                ("sdxl", "clip_l", f"text_model.{_CLIP_LAYER}", "text_encoder", _CLIP_LAYER),
                ("sdxl", "clip_g", f"text_model.{_CLIP_LAYER}", "text_encoder_2", _CLIP_LAYER),
                ("flux1", "clip_l", f"text_model.{_CLIP_LAYER}", "text_encoder", _CLIP_LAYER),
                ("flux1", "t5xxl", _T5_LAYER, "text_encoder_2", _T5_LAYER),
                ("sd3-medium", "t5xxl", _T5_LAYER, "text_encoder_3", _T5_LAYER),
                (
                    *("anima", "qwen3_06b", "model.layers.2.mlp.up_proj", "text_encoder"),
                    "layers.2.mlp.up_proj",
                ),
            )
        ),
        (
            "sdxl",
            f"text_encoder_2.base_model.model.text_model.{_CLIP_LAYER}",
            "text_encoder_2",
            _CLIP_LAYER,
        ),
    ],
)
def test_text_encoders(base, key, component, path):
    assert only(base, key) == (component, path)


def test_a_name_of_t5_never_means_clip():
    t5 = _T5_LAYER.replace(".", "_")
    assert found("sdxl", f"lora_te2_{t5}") == []
    assert found("flux1", "lora_te2_text_model_encoder_layers_7_mlp_fc2") == []


# Flux: BFL's words on diffusers' modules.

_H = 3072
_ADDED = ("add_q_proj", "add_k_proj", "add_v_proj")
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
_DENOISER_PREFIXES = (
    *("lora_unet_", "lora_transformer_", "lycoris_", "oft_unet_", "lora_unet__"),
    *("diffusion_model.", "model.diffusion_model.", "transformer.", ""),
    *("base_model.model.", "transformer.base_model.model.", "base_model.model.transformer."),
    "base_model.model.diffusion_model.",
)


def _spelled(prefix, path):
    return prefix + (path.replace(".", "_") if prefix.endswith("_") else path)


@pytest.mark.parametrize("prefix", _DENOISER_PREFIXES)
def test_bfl_names_behind_every_prefix(prefix):
    for block in (0, 18):
        for old, new in _DOUBLE.items():
            key = _spelled(prefix, f"double_blocks.{block}.{old}")
            assert only("flux1", key) == ("transformer", f"transformer_blocks.{block}.{new}")
        for side, names in (("img", ("to_q", "to_k", "to_v")), ("txt", _ADDED)):
            assert found("flux1", _spelled(prefix, f"double_blocks.{block}.{side}_attn.qkv")) == [
                (
                    "transformer",
                    f"transformer_blocks.{block}.attn.{name}",
                    (part * _H, (part + 1) * _H),
                )
                for part, name in enumerate(names)
            ]
    for old, new in _OUTER.items():
        assert only("flux1", _spelled(prefix, old)) == ("transformer", new)
    single = "single_transformer_blocks.37."
    assert found("flux1", _spelled(prefix, "single_blocks.37.linear1")) == [
        ("transformer", f"{single}attn.to_q", (0, _H)),
        ("transformer", f"{single}attn.to_k", (_H, 2 * _H)),
        ("transformer", f"{single}attn.to_v", (2 * _H, 3 * _H)),
        ("transformer", f"{single}proj_mlp", (3 * _H, 7 * _H)),
    ]
    for old, new in (("linear2", "proj_out"), ("modulation.lin", "norm.linear")):
        key = _spelled(prefix, f"single_blocks.37.{old}")
        assert only("flux1", key) == ("transformer", single + new)


@pytest.mark.parametrize("prefix", _DENOISER_PREFIXES)
@pytest.mark.parametrize(
    "base", ["flux1", "flux2", "sd3-medium", "qwen-image", "z-image", "krea2", "anima"]
)
def test_diffusers_names_of_a_transformer_behind_every_prefix(base, prefix):
    targets = [t for t in index_of(base).targets if t.component == "transformer"]
    for target in targets[:: max(1, len(targets) // 60)]:
        assert only(base, _spelled(prefix, target.path)) == target.key


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
        ("qkv_lora2", "double_blocks.3", _ADDED),
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
        f"transformer_blocks.7.attn.{name}" for name in _ADDED
    ]


def test_chroma_has_the_words_of_flux():
    name = "lora_unet_distilled_guidance_layer_layers_4_in_layer"
    assert only("chroma", name) == (
        "transformer",
        "distilled_guidance_layer.layers.4.linear_1",
    )
    assert len(found("chroma", "lora_unet_single_blocks_0_linear1")) == 4
    assert found("chroma", "lora_unet_double_blocks_0_img_mod_lin") == []


# SD 3: Stability's words.


@pytest.mark.parametrize("base", ["sd3-medium", "sd35-medium", "sd35-large"])
@pytest.mark.parametrize("prefix", ["lora_unet_", "diffusion_model.", "lora_transformer_", ""])
def test_joint_blocks(base, prefix):
    last = {"sd3-medium": 23, "sd35-medium": 23, "sd35-large": 37}[base]
    for block in (0, last - 1):
        for old, new in {
            "x_block.attn.proj": "attn.to_out.0",
            "x_block.mlp.fc1": "ff.net.0.proj",
            "x_block.mlp.fc2": "ff.net.2",
            "x_block.adaLN_modulation.1": "norm1.linear",
            "context_block.attn.proj": "attn.to_add_out",
            "context_block.mlp.fc1": "ff_context.net.0.proj",
            "context_block.adaLN_modulation.1": "norm1_context.linear",
        }.items():
            key = _spelled(prefix, f"joint_blocks.{block}.{old}")
            assert only(base, key) == ("transformer", f"transformer_blocks.{block}.{new}")
        for side, names in (("x", ("to_q", "to_k", "to_v")), ("context", _ADDED)):
            key = _spelled(prefix, f"joint_blocks.{block}.{side}_block.attn.qkv")
            assert [path for _, path, _ in found(base, key)] == [
                f"transformer_blocks.{block}.attn.{name}" for name in names
            ]
    assert only(base, _spelled(prefix, "x_embedder.proj")) == ("transformer", "pos_embed.proj")
    assert only(base, _spelled(prefix, "y_embedder.mlp.2")) == (
        "transformer",
        "time_text_embed.text_embedder.linear_2",
    )


def test_swapped_halves_of_sd3():
    index = index_of("sd35-large")
    swapped = {
        landing.target.path
        for block in range(38)
        for side in ("x_block", "context_block")
        for landing in index.find(f"joint_blocks.{block}.{side}.adaLN_modulation.1")
        if landing.is_half_swapped
    }
    assert swapped == {"transformer_blocks.37.norm1_context.linear"}
    (last,) = index.find("final_layer.adaLN_modulation.1")
    assert last.is_half_swapped
    assert last.target.path == "norm_out.linear"


def test_second_attention_of_sd35_medium():
    key = "lora_unet_joint_blocks_12_x_block_attn2_qkv"
    assert [path for _, path, _ in found("sd35-medium", key)] == [
        f"transformer_blocks.12.attn2.to_{name}" for name in "qkv"
    ]
    assert found("sd35-medium", key.replace("12", "13")) == []
    assert found("sd3-medium", key) == []


# Other transformers.

_LAYERWISE_K = "text_fusion.layerwise_blocks.0.attn.to_k"


@pytest.mark.parametrize(
    ("base", "old", "new"),
    [
        ("z-image", "layers.29.attention.out", "layers.29.attention.to_out.0"),
        ("z-image", "layers.29.feed_forward.w2", "layers.29.feed_forward.w2"),
        ("z-image", "noise_refiner.1.attention.out", "noise_refiner.1.attention.to_out.0"),
        ("z-image", "layers.3.adaLN_modulation.0", "layers.3.adaLN_modulation.0"),
        ("z-image", "x_embedder", "all_x_embedder.2-1"),
        ("z-image", "final_layer.linear", "all_final_layer.2-1.linear"),
        ("z-image", "cap_embedder.1", "cap_embedder.1"),
        ("krea2", "blocks.27.attn.wq", "transformer_blocks.27.attn.to_q"),
        ("krea2", "blocks.27.attn.wo", "transformer_blocks.27.attn.to_out.0"),
        ("krea2", "blocks.27.attn.gate", "transformer_blocks.27.attn.to_gate"),
        ("krea2", "blocks.27.mlp.gate", "transformer_blocks.27.ff.gate"),
        ("krea2", "blocks.27.mlp.down", "transformer_blocks.27.ff.down"),
        ("krea2", "txtfusion.refiner_blocks.1.mlp.up", "text_fusion.refiner_blocks.1.ff.up"),
        ("krea2", "txtfusion.layerwise_blocks.0.attn.wk", _LAYERWISE_K),
        ("krea2", "txtfusion.projector", "text_fusion.projector"),
        ("krea2", "first", "img_in"),
        ("krea2", "tproj.1", "time_mod_proj"),
        ("krea2", "txtmlp.3", "txt_in.linear_2"),
        ("krea2", "last.linear", "final_layer.linear"),
        ("anima", "blocks.27.self_attn.q_proj", "transformer_blocks.27.attn1.to_q"),
        ("anima", "blocks.27.cross_attn.output_proj", "transformer_blocks.27.attn2.to_out.0"),
        ("anima", "blocks.27.mlp.layer1", "transformer_blocks.27.ff.net.0.proj"),
        ("anima", "blocks.0.adaln_modulation_mlp.2", "transformer_blocks.0.norm3.linear_2"),
        ("anima", "final_layer.adaln_modulation.1", "norm_out.linear_1"),
        ("anima", "t_embedder.1.linear_1", "time_embed.t_embedder.linear_1"),
        ("qwen-image", "transformer_blocks.59.img_mlp.net.0.proj", None),
        ("qwen-image", "transformer_blocks.59.attn.add_q_proj", None),
        ("qwen-image", "transformer_blocks.59.txt_mod.1", None),
        ("qwen-image", "time_text_embed.timestep_embedder.linear_1", None),
    ],
)
@pytest.mark.parametrize("prefix", _DENOISER_PREFIXES)
def test_other_transformers(base, old, new, prefix):
    assert only(base, _spelled(prefix, old)) == ("transformer", new or old)


@pytest.mark.parametrize("stack", ["layers.29", "noise_refiner.0", "context_refiner.1"])
@pytest.mark.parametrize("prefix", ["lora_unet_", "diffusion_model.", ""])
def test_stacked_attention_of_z_image(stack, prefix):
    assert found("z-image", _spelled(prefix, f"{stack}.attention.qkv")) == [
        ("transformer", f"{stack}.attention.to_{name}", (part * 3840, (part + 1) * 3840))
        for part, name in enumerate("qkv")
    ]


def test_lumina2_has_fewer_heads_of_keys_and_values():
    assert found("lumina2", "diffusion_model.layers.25.attention.qkv") == [
        ("transformer", "layers.25.attn.to_q", (0, 2304)),
        ("transformer", "layers.25.attn.to_k", (2304, 3072)),
        ("transformer", "layers.25.attn.to_v", (3072, 3840)),
    ]
    assert only("lumina2", "lora_unet_layers_25_feed_forward_w2") == (
        "transformer",
        "layers.25.feed_forward.linear_2",
    )


# All of them together.


@pytest.mark.parametrize("base", BASES)
def test_every_spelling_of_every_module_means_it(base):
    """No name is lost to another module's: the oracle is the list of spellings itself."""
    index = index_of(base)
    networks = {name: Network.of(name, shapes) for name, shapes in shapes_of(base).items()}
    for target in index.targets:
        place = Place(networks[target.component], canonical_path(*target.key))
        for convention in CONVENTIONS:
            for spelling in convention.spellings(place):
                meant = index.find(spelling.name)
                assert target in [landing.target for landing in meant], spelling.name
                assert (spelling.part is None) == (len(meant) == 1)


def test_names_of_a_base_that_has_only_its_own():
    shapes = {"blocks.0.mixer.w": (4, 4), "blocks.0.mixer.in_proj.weight": (8, 4)}
    index = TargetIndex.of_shapes({"transformer": shapes})
    (target,) = index.targets
    for prefix in _DENOISER_PREFIXES:
        (landing,) = index.find(_spelled(prefix, "blocks.0.mixer.in_proj"))
        assert landing.target == target
    assert index.find("blocks.0.mixer") == ()


def test_an_index_needs_no_torch():
    code = (
        "import sys; from loraviewer.adapters.targets import TargetIndex;"
        "index = TargetIndex.of_shapes({'unet': {'conv_in.weight': (4, 4, 3, 3)}});"
        "assert index.find('lora_unet_conv_in'); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_mean_nothing():
    for key in ("", "garbage", "lora_unet_", "unet.", "transformer_blocks.99.attn.to_q"):
        assert index_of("flux1").find(key) == ()


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
    ],
)
def test_whole_tensor_names(name, key, path):
    assert split_name(name)[0] == key
    (landing,) = TargetIndex.of(tiny_components()).find(key)
    assert re.sub(r"^text_model\.", "", landing.target.path) == path


# Without a base.


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (["lora_unet_input_blocks_4_1_proj_in", "lora_te1_text_model_x"], ("kohya-ldm", "kohya")),
        (["lora_unet_double_blocks_0_img_attn_qkv"], ("kohya",)),
        (["oft_unet_down_blocks_0_attentions_0_proj_in"], ("kohya",)),
        (["lycoris_transformer_blocks_0_attn_to_q"], ("lycoris",)),
        (["lora_transformer_single_transformer_blocks_0_attn_to_q"], ("onetrainer",)),
        (["transformer.double_blocks.0.img_attn.qkv.2"], ("onetrainer",)),
        (["double_blocks.0.processor.qkv_lora1"], ("xlabs",)),
        (["double_blocks.0.img_attn.qkv"], ("bfl",)),
        (["diffusion_model.single_blocks.0.linear1"], ("bfl",)),
        (["diffusion_model.joint_blocks.0.x_block.attn.qkv"], ("sai",)),
        (["diffusion_model.input_blocks.1.1.proj_in"], ("ldm",)),
        (["diffusion_model.blocks.0.self_attn.q_proj"], ("comfyui",)),
        (["text_encoders.clip_l.transformer.text_model.x"], ("comfyui",)),
        (["layers.0.attention.qkv"], ("original",)),
        (["transformer.layers.0.attention.to_q"], ("diffusers",)),
        (["mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_q"], ("diffusers-old",)),
        (["unet.base_model.model.conv_in"], ("peft",)),
        (["base_model.model.transformer_blocks.0.attn.to_q"], ("peft",)),
        (["transformer.transformer_blocks.0.attn.to_q"], ("diffusers",)),
        (["transformer_blocks.0.attn.to_q"], ("diffusers",)),
        (["unet.conv_in", "diffusion_model.out.2"], ("ldm", "diffusers")),
        (["garbage"], ()),
    ],
)
def test_naming_is_recognised_without_a_base(keys, names):
    assert naming_of(keys) == names
