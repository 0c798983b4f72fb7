"""Networks from a person's folder: tiny ones of the kinds that people have."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoImageProcessor,
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    Dinov2Config,
    Dinov2Model,
)

from loraviewer.core.outcome import FileError
from loraviewer.lab.images.local_encoder import LocalEncoder
from loraviewer.lab.images.registry import measures
from tests.lab.images.fields import pattern

PICTURES = np.stack([pattern(40, 40, shift) for shift in range(18)])
SMALL: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


PREPARATION = {
    "image_processor_type": "CLIPImageProcessor",
    "size": {"shortest_edge": 28},
    "crop_size": {"height": 28, "width": 28},
}


def write_preparation(folder: Path) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPARATION), "utf-8")


def prepared(folder: Path, pictures: np.ndarray) -> dict[str, torch.Tensor]:
    prepare = AutoImageProcessor.from_pretrained(folder)
    return prepare(images=list(pictures), return_tensors="pt")


@pytest.fixture
def dino(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    Dinov2Model(Dinov2Config(**SMALL, image_size=28, patch_size=14)).save_pretrained(tmp_path)
    write_preparation(tmp_path)
    return tmp_path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    vision = {**SMALL, "intermediate_size": 16, "image_size": 28, "patch_size": 14}
    text = {**SMALL, "intermediate_size": 16, "vocab_size": 50, "eos_token_id": 49}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=6)
    CLIPModel(config).save_pretrained(tmp_path)
    write_preparation(tmp_path)
    return tmp_path


def test_dino_gives_its_pooled_output(dino):
    found = LocalEncoder.open(dino)(PICTURES)
    assert (found.shape, found.dtype) == ((18, 16), np.float32)
    ready = prepared(dino, PICTURES[:1])
    with torch.inference_mode():
        expected = Dinov2Model.from_pretrained(dino)(**ready).pooler_output
    assert found[0] == pytest.approx(expected[0].numpy(), abs=1e-5)


def test_clip_gives_its_image_embedding(clip):
    found = LocalEncoder.open(clip)(PICTURES[:3])
    assert found.shape == (3, 6)
    network = CLIPModel.from_pretrained(clip)
    ready = prepared(clip, PICTURES[:3])
    with torch.inference_mode():
        expected = network.visual_projection(network.vision_model(**ready).pooler_output)
    assert found == pytest.approx(expected.numpy(), abs=1e-5)


def test_a_picture_is_seen_alike_alone_and_among_others(dino):
    encoder = LocalEncoder.open(dino)
    assert encoder(PICTURES)[17] == pytest.approx(encoder(PICTURES[17:])[0], abs=1e-5)


def test_it_makes_measures(dino):
    known = measures(features={"dino": LocalEncoder.open(dino)})
    assert "drift-dino" in known
    assert np.isfinite(known["vendi-dino"].band(PICTURES[:4]).unit)


def test_what_is_no_such_folder_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing"):
        with pytest.raises(FileError, match=name):
            LocalEncoder.open(tmp_path / name)


def test_pickled_weights_are_refused(dino):
    network = Dinov2Model.from_pretrained(dino)
    torch.save(network.state_dict(), dino / "pytorch_model.bin")
    (dino / "model.safetensors").unlink()
    with pytest.raises(FileError, match="sees pictures"):
        LocalEncoder.open(dino)


def test_a_network_of_words_alone_is_refused(tmp_path):
    BertModel(BertConfig(**SMALL, intermediate_size=16, vocab_size=50)).save_pretrained(tmp_path)
    write_preparation(tmp_path)
    with pytest.raises(FileError, match="sees no pictures"):
        LocalEncoder.open(tmp_path)
