"""Transformers with words of their own: Z-Image, Krea 2, Anima, Qwen-Image, Lumina 2."""

import pytest

from tests.adapters.naming.names import DENOISER_PREFIXES, found, only, spelled

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
@pytest.mark.parametrize("prefix", DENOISER_PREFIXES)
def test_other_transformers(base, old, new, prefix):
    assert only(base, spelled(prefix, old)) == ("transformer", new or old)


@pytest.mark.parametrize("stack", ["layers.29", "noise_refiner.0", "context_refiner.1"])
@pytest.mark.parametrize("prefix", ["lora_unet_", "diffusion_model.", ""])
def test_stacked_attention_of_z_image(stack, prefix):
    assert found("z-image", spelled(prefix, f"{stack}.attention.qkv")) == [
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
