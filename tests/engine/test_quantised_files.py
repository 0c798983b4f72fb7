"""Files that other programs quantised: one sentence wherever they are given, and no advice that
leads back."""

import json

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.about.summary import summarise
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import AdapterError, CheckpointError
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from tests.engine.conftest import silent


def nunchaku(words: dict[str, str]) -> dict[str, torch.Tensor]:
    """One linear layer of a published file, in little: 4-bit weights with small corrections."""
    layer = "transformer_blocks.0.qkv_proj"
    tensors = {
        "qweight": torch.zeros(96, 16, dtype=torch.int8),
        "wscales": torch.ones(1, 96, dtype=torch.bfloat16),
        "bias": torch.ones(96, dtype=torch.bfloat16),
        words["down"]: torch.ones(32, 16, dtype=torch.bfloat16),
        words["up"]: torch.ones(96, 16, dtype=torch.bfloat16),
        words["smooth"]: torch.ones(32, dtype=torch.bfloat16),
    }
    return {f"{layer}.{name}": tensor for name, tensor in tensors.items()}


GENERATIONS = [
    {"down": "lora_down", "up": "lora_up", "smooth": "smooth"},
    {"down": "proj_down", "up": "proj_up", "smooth": "smooth_factor"},
]


def open_here(path):
    return open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent)


@pytest.mark.parametrize("words", GENERATIONS)
def test_a_nunchaku_file_is_neither_base_nor_adapter(words, tmp_path):
    path = tmp_path / "svdq.safetensors"
    save_file(nunchaku(words), path)
    with pytest.raises(CheckpointError, match=r"SVDQuant, for nunchaku; open a float16") as base:
        open_here(path)
    assert "stack" not in str(base.value)
    with pytest.raises(AdapterError, match=r"holds no adapter but a network .* nunchaku") as row:
        summarise(path)
    assert all(str(path) in str(told.value) for told in (base, row))
    assert "nunchaku" in inspect_file(path)["holds"]


def test_a_folder_of_quantised_weights_without_a_word_in_its_configuration(tmp_path):
    index = {
        "_class_name": "FluxPipeline",
        "transformer": ["diffusers", "FluxTransformer2DModel"],
    }
    (tmp_path / "transformer").mkdir()
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    (tmp_path / "transformer" / "config.json").write_text("{}")
    weights = tmp_path / "transformer" / "diffusion_pytorch_model.safetensors"
    save_file(nunchaku(GENERATIONS[0]), weights)
    with pytest.raises(CheckpointError, match=r"quantised \(4 bits by SVDQuant, for nunchaku\)"):
        open_here(tmp_path)


def test_what_looks_like_an_adapter_and_is_none_is_not_sent_to_the_stack(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"unet.to_k.lokr_unheard_of": torch.ones(4, 8)}, path)
    with pytest.raises(AdapterError) as row:
        summarise(path)
    with pytest.raises(CheckpointError) as base:
        open_here(path)
    assert str(base.value) == str(row.value)
