"""From parameters back to a single file: the names of real files, and nothing without one."""

from pathlib import Path

import pytest
import torch

from loraviewer.adapters.originals.back import original_tensors
from loraviewer.core.outcome import FileError
from tests.engine import original

FAMILIES = ("sd1", "sd2", "sdxl")


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("configs")
    made: dict[str, dict[str, torch.nn.Module]] = {}
    for family in FAMILIES:
        config = original.write_tiny_config(family, Path(root) / family)
        made[family] = original.random_networks(config)
    return made


def shapes_of(networks):
    return {
        component: {name: tuple(p.shape) for name, p in network.named_parameters()}
        for component, network in networks.items()
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_the_names_and_shapes_are_those_of_published_files(family, networks):
    wanted = original.original_tensors(family, networks[family])
    made = original_tensors(family, shapes_of(networks[family]))
    extra = {name for name in wanted if name.endswith(("logit_scale", "position_ids"))}
    if family == "sd2":  # transformers has no projection there
        extra.add("cond_stage_model.model.text_projection")
    assert made.keys() == wanted.keys() - extra
    assert all(tuple(wanted[key].shape) == tensor.shape for key, tensor in made.items())


def test_a_weight_without_a_place_is_named(networks):
    shapes = shapes_of(networks["sd1"])
    shapes["text_encoder"]["encoder.layers.0.gate.weight"] = (2, 2)
    assert original_tensors("sd1", shapes)  # plain names come back as they are
    with pytest.raises(FileError, match=r"no place for the weight “image_encoder"):
        original_tensors("sd1", {**shapes, "image_encoder": {"weight": (2,)}})
    shapes = shapes_of(networks["sd2"])
    shapes["text_encoder"]["encoder.layers.0.gate.weight"] = (2, 2)
    with pytest.raises(FileError, match="no place"):
        original_tensors("sd2", shapes)
