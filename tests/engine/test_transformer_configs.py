"""Bundled configurations of newer families: the sizes that their authors published."""

import gzip
import json
from pathlib import Path
from typing import Any

import diffusers
import pytest
import transformers

from loraviewer.adapters.files.scaled_fp8 import LEFTOVERS
from loraviewer.adapters.originals.companions import Companions
from loraviewer.core.resources import family_config
from loraviewer.engine.opening.file_names import parameter_names
from loraviewer.engine.opening.part_classes import load_small_part, part_class
from tests.engine import original, original_dits

_KEYS = Path(__file__).parent.parent / "data" / "keys"


def listing(name: str) -> dict[str, list[int]]:
    """Names and shapes of a real file."""
    return json.loads(gzip.decompress((_KEYS / f"{name}.json.gz").read_bytes()))["keys"]


@pytest.fixture(scope="module")
def skeletons():
    made = {}

    def skeleton(config: str):
        if config not in made:
            made[config] = original.skeleton(family_config(config))
        return made[config]

    return skeleton


@pytest.mark.parametrize(
    ("config", "component", "parameters"),
    [
        ("z-image-turbo", "transformer", 6.15e9),
        ("z-image-turbo", "text_encoder", 4.022e9),
        ("z-image-turbo", "vae", 0.0838e9),
        ("qwen-image", "transformer", 20.43e9),
        ("qwen-image", "text_encoder", 8.29e9),
        ("qwen-image", "vae", 0.127e9),
        ("chroma1", "transformer", 8.9e9),
        ("lumina2", "transformer", 2.61e9),
        ("lumina2", "text_encoder", 2.614e9),
        ("kolors", "unet", 2.58e9),
        ("kolors", "text_encoder", 6.244e9),
        ("kolors", "vae", 0.0837e9),
    ],
)
def test_networks_are_as_large_as_published(config, component, parameters, skeletons):
    """None of them takes any memory."""
    network = skeletons(config)[component]
    assert {parameter.device.type for parameter in network.parameters()} == {"meta"}
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == pytest.approx(parameters, rel=0.01)


def test_z_image_is_named_and_shaped_as_a_real_file(skeletons):
    """The listing has all of its blocks."""
    weights = skeletons("z-image-turbo")["transformer"].state_dict()
    found = {n: list(t.shape) for n, t in original_dits.z_image(weights).items()}
    published = listing("z_image_transformer_comfyui_keys")
    assert {name: found.get(name) for name in published if name in found} == {
        name: shape for name, shape in published.items() if name in found
    }
    assert not [name for name in published if name not in found and name != "norm_final.weight"]


def test_the_encoder_of_qwen_image_is_named_and_shaped_as_a_real_file(skeletons):
    network = skeletons("qwen-image")["text_encoder"]
    published = {
        name: shape
        for name, shape in listing("qwen_vl_encoder_comfyui_keys").items()
        if not name.endswith((*LEFTOVERS, "scaled_fp8"))
    }
    names = parameter_names(network, published)
    assert names.keys() == published.keys()
    own = network.state_dict()
    assert {k: list(own[name].shape) for k, name in names.items()} == published


@pytest.mark.parametrize("config", ["z-image-turbo", "qwen-image", "chroma1", "lumina2"])
def test_every_component_is_of_a_class_that_is_there(config, tmp_path):
    index = json.loads((family_config(config) / "model_index.json").read_text())
    assert hasattr(diffusers, index.pop("_class_name"))
    for library, name in index.values():
        assert part_class(tmp_path, library, name).__name__ == name


def test_a_published_tokenizer_is_found_and_read(tmp_path):
    """Qwen's: words and merges beside a class; not T5's, though it may be a tokenizer.json too."""
    letters = {piece: at for at, piece in enumerate("abcdefghijklmnopqrstuvwxyz")}
    merges: Any = [("a", "b")]
    made = transformers.Qwen2Tokenizer(vocab=letters | {"ab": 26}, merges=merges)
    folder = tmp_path / "Z-Image-Turbo" / "tokenizer"
    made.save_pretrained(folder)
    (folder.parent / "model_index.json").write_text("{}")
    companions = Companions.of(tmp_path)
    assert companions.t5_tokenizer is None
    found = companions.tokenizer_of("tokenizer", "Qwen2Tokenizer")
    assert found == folder
    assert companions.tokenizer_of("tokenizer", "GemmaTokenizer") is None
    tokenizer = load_small_part("tokenizer", transformers.Qwen2Tokenizer, folder)
    assert tokenizer("abc").input_ids == [26, 2]
