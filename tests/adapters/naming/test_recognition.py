"""Families of names are recognised without a base."""

import pytest

from loraviewer.adapters.naming.registry import naming_of


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
