"""The same facts as lines for a person."""

import torch
from safetensors.torch import save_file

from loraviewer.adapters.inspection.folder import inspect_folder
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.inspection.text import fact_lines
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.builders import KOHYA_MODULES, tiny_components
from tests.adapters.toys import lora_tensors, write_lora


def test_lines_for_a_person(tmp_path):
    tensors = lora_tensors(KOHYA_MODULES, 1, dtype=torch.float16)
    for i in range(9):
        tensors[f"lora_unet_nowhere_{i}.lora_up.weight"] = torch.zeros(4, 2)
        tensors[f"lora_unet_nowhere_{i}.lora_down.weight"] = torch.zeros(2, 4)
    path = write_lora(tmp_path / "a.safetensors", tensors, {"modelspec.title": "Ink"})
    lines = list(fact_lines(inspect_file(path, TargetIndex.of(tiny_components()))))
    assert lines[0] == "type: adapter"
    assert "title: Ink" in lines
    assert "kinds: lora 16" in lines
    assert "ranks: 2 to 4" in lines
    assert "numbers: F16" in lines
    assert "matched: 7" in lines
    at = lines.index("unmatched: 9")
    names = [f"    lora_unet_nowhere_{i}" for i in range(6)]
    assert lines[at + 1 : at + 8] == [*names, "    and 3 more"]
    assert "fits: yes" in lines


def test_lines_of_a_folder(tmp_path):
    write_lora(tmp_path / "ink.safetensors", lora_tensors(KOHYA_MODULES, 1))
    (tmp_path / "old.pt").write_bytes(b"\x80\x02}q\x00.")
    head, ink, old, last = fact_lines(inspect_folder(tmp_path))
    assert head.split() == [
        "file",
        "type",
        "family",
        "kinds",
        "naming",
        "rank",
        "modules",
        "numbers",
    ]
    assert ink.split()[:2] == ["ink.safetensors", "adapter"]
    assert "pickle" in old
    assert last == "files: 2, adapters: 1, cannot be read: 1"


def test_lines_hold_nothing_that_moves_a_cursor(tmp_path):
    path = tmp_path / "a\nb\x1b[2J.safetensors"
    tensors = {f"lora_unet_\x1b[31m{i}.lora_up.weight": torch.zeros(4, 2) for i in range(3)}
    save_file(tensors, path, {"modelspec.title": "x\x1b[1m", "modelspec.description": "one\ntwo"})
    facts = inspect_file(path, TargetIndex.of(tiny_components()))
    lines = [*fact_lines(facts), *fact_lines(inspect_folder(tmp_path))]
    assert all(line.isprintable() for line in lines)
    assert lines[lines.index("description: one") + 1] == "    two"
