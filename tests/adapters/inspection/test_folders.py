"""The JSON facts of folders: one checkpoint, or a table of everything below."""

import json

import pytest
import torch

from loraviewer.adapters.inspection.folder import inspect_folder
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import FileError
from tests.adapters.builders import KOHYA_MODULES, tiny_components
from tests.adapters.toys import lora_tensors, write_lora


def write_pipeline(folder):
    index = {"_class_name": "StableDiffusionPipeline", "../escape": ["library", "class"]}
    for name, network in tiny_components().items():
        network.save_pretrained(folder / name, safe_serialization=True)
        index[name] = ["library", "class"]
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "scheduler").mkdir()
    config = '{"prediction_type": "v_prediction", "lambda_min_clipped": -Infinity}'
    (folder / "scheduler" / "scheduler_config.json").write_text(config)


def test_diffusers_folder(tmp_path):
    write_pipeline(tmp_path)
    facts = inspect_file(tmp_path)
    assert facts["type"] == "checkpoint"
    assert facts["prediction"] == "v_prediction"
    assert facts["components"] == ["unet", "text_encoder"]
    assert facts["dtype"] == "F32"
    components = tiny_components().values()
    assert facts["parameters"] == sum(
        t.numel() for n in components for t in n.state_dict().values()
    )


def test_broken_folders(tmp_path):
    with pytest.raises(FileError, match=r"model_index\.json"):
        inspect_file(tmp_path)
    for content in ("{broken", "[1]", "[" * 100_000, "{}"):
        (tmp_path / "model_index.json").write_text(content)
        with pytest.raises(FileError, match=tmp_path.name):
            inspect_file(tmp_path)


def test_a_folder_is_a_table_of_everything_below_it(tmp_path):
    write_lora(tmp_path / "z.safetensors", lora_tensors(KOHYA_MODULES, 1, dtype=torch.float16))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write_lora(tmp_path / "deep" / "er" / "a.safetensors", lora_tensors(KOHYA_MODULES, 2))
    write_lora(tmp_path / "emb.safetensors", {"emb_params": torch.zeros(2, 768)})
    (tmp_path / "deep" / "cut.safetensors").write_bytes(b"\x99" * 50)
    (tmp_path / "old.ckpt").write_bytes(b"\x80\x02}q\x00.")
    (tmp_path / "note.txt").write_text("not listed")
    write_pipeline(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)
    table = inspect_folder(tmp_path, TargetIndex.of(tiny_components()))
    rows = {row["file"]: row for row in table["files"]}
    assert list(rows) == [
        *("deep/cut.safetensors", "deep/er/a.safetensors", "emb.safetensors", "old.ckpt"),
        *("pipe", "z.safetensors"),
    ]
    assert (table["type"], table["adapters"], table["unreadable"]) == ("folder", 2, 2)
    adapter = rows["z.safetensors"]
    assert (adapter["type"], adapter["naming"], adapter["dtype"]) == ("adapter", ["kohya"], "F16")
    assert adapter["kinds"] == {"lora": 7}
    assert adapter["ranks"] == {"min": 2, "max": 4}
    assert (adapter["fits"], adapter["landed"], adapter["problem"]) == (True, 7, None)
    assert "pickle" in rows["old.ckpt"]["problem"]
    assert "damaged" in rows["deep/cut.safetensors"]["problem"]
    assert rows["emb.safetensors"]["holds"] == "a textual-inversion embedding"
    assert rows["pipe"]["type"] == "checkpoint"
    json.dumps(table)


def test_large_folders_are_the_same_table(tmp_path):
    tensors = lora_tensors(KOHYA_MODULES, 1)
    for i in range(120):
        write_lora(tmp_path / f"{i:03}.safetensors", tensors)
    (tmp_path / "050.safetensors").write_bytes(b"")
    table = inspect_folder(tmp_path)
    assert [row["file"] for row in table["files"]] == [f"{i:03}.safetensors" for i in range(120)]
    assert (table["adapters"], table["unreadable"]) == (119, 1)
    assert "is empty" in table["files"][50]["problem"]


def test_links_are_followed_once_and_companions_are_no_files(tmp_path):
    loras, store = tmp_path / "loras", tmp_path / "store"
    (store / "manga").mkdir(parents=True)
    loras.mkdir()
    for path in (store / "a.safetensors", store / "manga" / "adapter_model.safetensors"):
        write_lora(path, lora_tensors(KOHYA_MODULES, 1))
        path.with_name(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07" + bytes(100))
    (loras / "one").symlink_to(store)
    (loras / "two").symlink_to(store)
    (store / "back").symlink_to(loras)
    table = inspect_folder(loras)
    assert [row["file"] for row in table["files"]] == ["one/a.safetensors", "one/manga"]
    assert [row["problem"] for row in table["files"]] == [None, None]
