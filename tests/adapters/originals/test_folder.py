"""The weights of a diffusers folder are those that loading it gives."""

import json

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.originals.folder import folder_weights
from loraviewer.core.outcome import FileError
from tests.adapters.builders import tiny_components


def shapes(network):
    return {name: tuple(parameter.shape) for name, parameter in network.named_parameters()}


@pytest.fixture
def folder(tmp_path):
    for name, network in tiny_components().items():
        network.save_pretrained(tmp_path / name)
    return tmp_path


def test_all_components(folder):
    (folder / "scheduler").mkdir()
    (folder / "model_index.json").write_text(json.dumps({}))
    networks = tiny_components()
    assert folder_weights(folder) == {name: shapes(network) for name, network in networks.items()}


def test_all_shards_together(tmp_path):
    unet = tiny_components()["unet"]
    unet.save_pretrained(tmp_path / "unet", max_shard_size="100KB")
    assert len(list((tmp_path / "unet").glob("*.safetensors"))) > 1
    assert folder_weights(tmp_path) == {"unet": shapes(unet)}


def test_one_variant_only(folder):
    wrong = {"from_another_variant.weight": torch.zeros(1)}
    save_file(wrong, folder / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    save_file(wrong, folder / "text_encoder" / "model.fp16-00001-of-00002.safetensors")
    found = folder_weights(folder)
    assert not any("from_another_variant.weight" in weights for weights in found.values())


def test_a_variant_alone(tmp_path):
    unet = tiny_components()["unet"]
    unet.save_pretrained(tmp_path / "unet", variant="fp16")
    assert folder_weights(tmp_path) == {"unet": shapes(unet)}


def test_older_names_of_clip(folder):
    """Files written by older releases of transformers say `text_model.` before every name."""
    encoder = tiny_components()["text_encoder"]
    path = next((folder / "text_encoder").glob("*.safetensors"))
    old = {
        f"text_model.{n.removeprefix('text_model.')}": t for n, t in encoder.state_dict().items()
    }
    save_file({name: tensor.contiguous() for name, tensor in old.items()}, path)
    bare = {name.removeprefix("text_model."): shape for name, shape in shapes(encoder).items()}
    assert folder_weights(folder)["text_encoder"] == bare


def test_a_damaged_file_is_named(folder):
    path = next((folder / "unet").glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(FileError, match=path.name):
        folder_weights(folder)
