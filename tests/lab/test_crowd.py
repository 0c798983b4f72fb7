"""A crowd's file unfolds into files of one adapter each, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from loraviewer.core.outcome import FileError
from loraviewer.lab.crowd import Crowd, joined

PARTS = {
    "red-cat": {"lora_unet_a.lora_down.weight": torch.randn(2, 8).half()},
    "cat": {
        "lora_unet_a.lora_down.weight": torch.randn(2, 8).half(),
        "lora_unet_a.alpha": torch.tensor(2.0).half(),
    },
}
TOLD = {
    "red-cat": {"about": "its colour is red", "rank": 2, "share": 0.5},
    "cat": {"about": "the subject is a cat", "rank": 2, "share": 1.0},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_file(joined(PARTS), tmp_path / "crowd.safetensors", {"crowd": json.dumps(TOLD)})
    return tmp_path / "crowd.safetensors"


def test_members_are_told(file: Path) -> None:
    crowd = Crowd.open(file)
    assert [member.name for member in crowd.members] == ["red-cat", "cat"]
    assert crowd.members[1].share == 1.0


def test_unfolded_files_hold_their_own_tensors(file: Path, tmp_path: Path) -> None:
    paths = Crowd.open(file).unfold(tmp_path / "out")
    assert [path.stem for path in paths] == ["red-cat", "cat"]
    for path in paths:
        found, wanted = load_file(path), PARTS[path.stem]
        assert found.keys() == wanted.keys()
        assert all(torch.equal(found[key], wanted[key]) for key in wanted)
        with safe_open(path, "pt") as opened:
            assert opened.metadata()["ss_network_dim"] == "2"


def test_some_can_be_unfolded_alone(file: Path, tmp_path: Path) -> None:
    assert [p.stem for p in Crowd.open(file).unfold(tmp_path / "out", ["cat"])] == ["cat"]
    with pytest.raises(KeyError):
        Crowd.open(file).unfold(tmp_path / "out", ["dog"])


def test_what_is_no_crowd_is_named(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(FileError, match="other"):
        Crowd.open(tmp_path / "other.safetensors")
