"""What adapters can change in a base whose text encoders lie elsewhere."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from loraviewer.adapters.inspection.companion_shapes import companion_shapes
from loraviewer.core.outcome import CheckpointError

_CLIP_LAYER = "text_model.encoder.layers.0.self_attn.q_proj.weight"
_T5_LAYER = "encoder.block.0.layer.0.SelfAttention.q.weight"


def clip(width):
    return {
        "text_model.embeddings.token_embedding.weight": np.zeros((4, width), np.float16),
        _CLIP_LAYER: np.zeros((width, width), np.float16),
    }


@pytest.fixture
def folder(tmp_path):
    save_file(clip(768), tmp_path / "large.safetensors")
    save_file(clip(1280), tmp_path / "big.safetensors")
    t5 = {"shared.weight": np.zeros((4, 8), np.float16), _T5_LAYER: np.zeros((8, 8), np.float16)}
    save_file(t5, tmp_path / "t5.safetensors")
    return tmp_path


@pytest.mark.parametrize(
    ("family", "widths"),
    [
        ("flux1", {"text_encoder": 768, "text_encoder_2": 8}),
        ("sd3", {"text_encoder": 768, "text_encoder_2": 1280, "text_encoder_3": 8}),
        ("sdxl", {"text_encoder": 768, "text_encoder_2": 1280}),
        ("z-image", {}),
    ],
)
def test_lone_text_encoders_are_those_of_the_family(folder, family, widths):
    found = companion_shapes(folder, family)
    square = {
        name: shapes[key][0]
        for name, shapes in found.items()
        for key in shapes
        if key.endswith(("self_attn.q_proj.weight", "SelfAttention.q.weight"))
    }
    assert square == widths


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CheckpointError, match="no such folder"):
        companion_shapes(tmp_path / "none", "flux1")
