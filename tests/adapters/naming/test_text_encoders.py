"""Text encoders: the number in a name says nothing but for CLIP."""

import pytest

from tests.adapters.naming.names import found, only

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
