"""SD 3: Stability's words on diffusers' modules."""

import pytest

from tests.adapters.naming.names import ADDED, found, only, spelled
from tests.adapters.real_bases import index_of


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
            key = spelled(prefix, f"joint_blocks.{block}.{old}")
            assert only(base, key) == ("transformer", f"transformer_blocks.{block}.{new}")
        for side, names in (("x", ("to_q", "to_k", "to_v")), ("context", ADDED)):
            key = spelled(prefix, f"joint_blocks.{block}.{side}_block.attn.qkv")
            assert [path for _, path, _ in found(base, key)] == [
                f"transformer_blocks.{block}.attn.{name}" for name in names
            ]
    assert only(base, spelled(prefix, "x_embedder.proj")) == ("transformer", "pos_embed.proj")
    assert only(base, spelled(prefix, "y_embedder.mlp.2")) == (
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
