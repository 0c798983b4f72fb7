"""The JSON facts of one file: an adapter, with or without a base, and what is none."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.inspection.folder import inspect_folder
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.load import summarise
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import AdapterError, FileError
from tests.adapters.builders import KOHYA_MODULES, tiny_components
from tests.adapters.pictures import picture
from tests.adapters.real_bases import index_of
from tests.adapters.sparse import (
    sparse_file,
)
from tests.adapters.toys import lora_tensors, write_lora


def test_adapter_facts(tmp_path):
    metadata = {
        "ss_tag_frequency": json.dumps({"1_x": {"manga": 9, "ink ": 3}}),
        "ss_base_model_version": "sd_v1",
    }
    tensors = lora_tensors(KOHYA_MODULES, 1, dtype=torch.float16)
    tensors["lora_unet_nowhere.lora_up.weight"] = torch.zeros(4, 2)
    tensors["lora_unet_nowhere.lora_down.weight"] = torch.zeros(2, 4)
    tensors["lora_unet_conv_out.lokr_w1"] = torch.zeros(4, 2)
    path = write_lora(tmp_path / "a.safetensors", tensors, metadata)
    facts = inspect_file(path, TargetIndex.of(tiny_components()), values=True)
    assert facts["type"] == "adapter"
    assert facts["family"] == "unknown"
    assert "“sd_v1”" in facts["evidence"][-1]
    assert facts["naming"] == ["kohya"]
    assert facts["kinds"] == {"lora": len(KOHYA_MODULES) + 1, "lokr": 1}
    assert facts["modules"] == len(KOHYA_MODULES) + 2
    assert facts["ranks"] == {"min": 2, "max": 4}
    assert set(facts["matched"]) == set(KOHYA_MODULES)
    assert facts["unmatched"] == ["lora_unet_nowhere"]
    assert facts["unsupported"] == ["lora_unet_conv_out"]
    assert "lora_unet_conv_out" in facts["reasons"]
    assert facts["shape_mismatch"] == []
    assert facts["fits"]
    assert facts["verdict"] == (
        "Fits in part: 7 of 9 modules land; 1 not in the base, 1 not understood."
    )
    assert facts["dtype"] == "F16"
    assert facts["trigger_words"] == ["manga", "ink"]
    assert facts["metadata"] == metadata
    summary = summarise(path)
    assert facts["sha256"] == summary.sha256
    assert (facts["autov2"], facts["autov3"]) == (summary.autov2, summary.autov3)
    json.dumps(facts)


def test_without_base_there_are_no_matching_fields(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    assert not {"matched", "fits", "autov3", "finite"} & set(inspect_file(path))


def test_what_lies_beside_an_adapter(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    (tmp_path / "a.json").write_text('{"preferred weight": 0.6, "activation text": "ink"}')
    (tmp_path / "a.civitai.info").write_text("{broken")
    (tmp_path / "a.preview.png").write_bytes(picture("PNG"))
    facts = inspect_file(path)
    assert facts["suggested_strength"] == 0.6
    assert facts["trigger_words"] == ["ink"]
    assert facts["preview"] == str(tmp_path / "a.preview.png")
    assert facts["problems"] == ["“a.civitai.info” beside it is damaged and was not read."]


@pytest.mark.parametrize(
    ("base", "word"),
    [
        ("flux2-4b", "transformer.transformer_blocks.0.attn.to_q"),
        ("chroma", "transformer.transformer_blocks.0.attn.to_q"),
        ("qwen-image", "transformer.transformer_blocks.0.attn.to_q"),
        ("sd2", "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"),
    ],
)
@pytest.mark.parametrize("said", ["", "flux1", "sd_v1"])
def test_what_lands_fits_whatever_it_says(tmp_path, base, word, said):
    width = 640 if base == "sd2" else 3072
    keys = {f"{word}.lora_B.weight": (width, 2), f"{word}.lora_A.weight": (2, width)}
    path = sparse_file(tmp_path / "a.safetensors", keys, {"ss_base_model_version": said})
    assert inspect_file(path, index_of(base))["verdict"] == "Fits: its module lands."
    sparse_file(tmp_path / "b.safetensors", {**keys, "unet.gone.diff": (2, 2)})
    rows = inspect_folder(tmp_path, index_of(base))["files"]
    assert [row["verdict"] for row in rows] == [
        "Fits: its module lands.",
        "Fits in part: 1 of 2 modules land; 1 not in the base.",
    ]


def test_other_and_broken_files(tmp_path):
    path = write_lora(tmp_path / "x.safetensors", {"emb_params": torch.zeros(2, 768)})
    facts = inspect_file(path)
    assert (facts["type"], facts["holds"]) == ("unknown", "a textual-inversion embedding")
    with pytest.raises(AdapterError, match=path.name):
        summarise(path)
    with pytest.raises(FileError):
        inspect_file(tmp_path / "absent")


def test_a_companion_that_is_named_says_what_it_is(tmp_path):
    path = tmp_path / "._a.safetensors"
    path.write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(100))
    with pytest.raises(FileError, match=r"\._a\.safetensors.*macOS.*choose the one without"):
        inspect_file(path)


def test_the_file_on_disk_stays_as_it_is(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(lora_tensors(KOHYA_MODULES, 1), path)
    before = path.read_bytes()
    inspect_file(path, values=True)
    assert path.read_bytes() == before
    assert load_file(path)
