"""What is known only by reading every byte: norms, energy, numbers that are none, hashes."""

import hashlib
import math
import os

import pytest
import torch

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.inspection.base_index import index_of_base
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.inspection.values import base_reader
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.builders import ATTENTION, KOHYA_MODULES, tiny_components
from tests.adapters.kinds.files import modules_for
from tests.adapters.sparse import (
    sparse_file,
)
from tests.adapters.toys import lora_tensors, write_lora


def one_module(tmp_path, tensors):
    key = "lora_unet_" + ATTENTION + "to_q"
    return write_lora(
        tmp_path / "one.safetensors", {f"{key}.{suffix}": t for suffix, t in tensors.items()}
    )


@pytest.mark.parametrize("index", [None, TargetIndex.of(tiny_components())])
def test_norms_are_those_of_the_change(tmp_path, index):
    torch.manual_seed(0)
    up, down = torch.randn(16, 4), torch.randn(4, 16)
    tensors = {"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(2.0)}
    facts = inspect_file(one_module(tmp_path, tensors), index, values=True)
    expected = (up.double() @ down.double()).norm().item() * 2 / 4
    assert facts["finite"] is True
    assert list(facts["norms"].values()) == [pytest.approx(expected)]
    assert facts["energy"] == pytest.approx(expected**2)


EVERY_KIND = modules_for((16, 16))


@pytest.mark.parametrize("name", EVERY_KIND)
def test_norms_of_every_kind(tmp_path, name):
    """Without a base, a norm or None, never a wrong one; with a saved base, always the norm."""
    components = tiny_components()
    base = tmp_path / "base"
    components["unet"].save_pretrained(base / "unet", safe_serialization=True)
    module = EVERY_KIND[name]
    path = one_module(tmp_path, module.tensors)
    path_of_weight = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight"
    weight = components["unet"].get_parameter(path_of_weight).detach().double()
    expected = pytest.approx(module.formula(weight).norm().item(), rel=1e-5)
    alone = inspect_file(path, values=True)
    assert list(alone["norms"].values()) in ([None], [expected])
    index = index_of_base(base)
    unread = inspect_file(path, index, values=True)
    assert list(unread["norms"].values()) in ([None], [expected])
    facts = inspect_file(path, index, values=True, read_base=base_reader(base))
    assert facts["finite"] is True
    assert list(facts["norms"].values()) == [expected]


def test_share_of_the_energy_that_landed(tmp_path):
    """3² + 4² of two changes: the larger one has no place in the base."""
    tensors = {}
    for key, norm in (("lora_unet_" + ATTENTION + "to_q", 3.0), ("lora_unet_nowhere", 4.0)):
        tensors[f"{key}.lora_up.weight"] = torch.eye(16, 1) * norm
        tensors[f"{key}.lora_down.weight"] = torch.eye(1, 16)
    path = write_lora(tmp_path / "a.safetensors", tensors)
    facts = inspect_file(path, TargetIndex.of(tiny_components()), values=True)
    assert facts["energy_share"] == pytest.approx(9 / 25)
    assert facts["energy"] == pytest.approx(9)
    assert inspect_file(path, values=True)["energy"] == pytest.approx(25)


def test_numbers_that_are_not_finite(tmp_path):
    index = TargetIndex.of(tiny_components())
    tensors = lora_tensors(KOHYA_MODULES, 1)
    next(iter(tensors.values()))[0, 0] = math.inf
    path = write_lora(tmp_path / "a.safetensors", tensors)
    for facts in (inspect_file(path, values=True), inspect_file(path, index, values=True)):
        assert facts["finite"] is False
        assert "energy" not in facts
        assert "infinite or undefined" in facts["problems"][-1]
    assert (facts["fits"], facts["verdict"]) == (False, facts["problems"][-1])


def test_large_files_are_not_hashed_unless_asked_or_known(tmp_path):
    shapes = {"lora_unet_x.lora_up.weight": (40_000, 500), "lora_unet_x.lora_down.weight": (500, 8)}
    path = sparse_file(tmp_path / "large.safetensors", shapes)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    cache = HashCache(tmp_path / "hashes.sqlite")
    assert inspect_file(path, cache=cache)["sha256"] is None
    facts = inspect_file(path, values=True, cache=cache)
    assert len(facts["sha256"]) == 64
    assert inspect_file(path, cache=cache)["sha256"] == facts["sha256"]


def test_checkpoints_are_hashed_only_when_asked(tmp_path):
    name = "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight"
    path = sparse_file(tmp_path / "c.safetensors", {name: (320, 768)})
    assert "sha256" not in inspect_file(path)
    facts = inspect_file(path, values=True)
    assert facts["type"] == "checkpoint"
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert facts["autov2"] == facts["sha256"][:10]
