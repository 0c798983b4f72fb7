"""The JSON facts of adapters, checkpoints and folders."""

import json

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.inspect import inspect_file
from loraviewer.adapters.summary import summarise, trigger_words
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import FileError
from tests.adapters.builders import KOHYA_MODULES, tiny_components
from tests.adapters.toys import lora_tensors, write_lora


def test_adapter_facts(tmp_path):
    metadata = {
        "ss_tag_frequency": json.dumps({"1_x": {"manga": 9, "ink ": 3}}),
        "ss_base_model_version": "sd_v1",
    }
    tensors = lora_tensors(KOHYA_MODULES, 1, dtype=torch.float16)
    tensors["lora_unet_nowhere.lora_up.weight"] = torch.zeros(4, 2)
    tensors["lora_unet_nowhere.lora_down.weight"] = torch.zeros(2, 4)
    tensors["lora_unet_conv_in.lokr_w1"] = torch.zeros(4, 2)
    path = write_lora(tmp_path / "a.safetensors", tensors, metadata)
    facts = inspect_file(path, TargetIndex.of(tiny_components()), values=True)
    assert facts["type"] == "adapter"
    assert facts["family"] == "sd1"
    assert facts["naming"] == ["kohya"]
    assert facts["kinds"] == {"lora": len(KOHYA_MODULES) + 1, "lokr": 1}
    assert facts["modules"] == len(KOHYA_MODULES) + 2
    assert facts["ranks"] == {"min": 2, "max": 4}
    assert set(facts["matched"]) == set(KOHYA_MODULES)
    assert facts["unmatched"] == ["lora_unet_nowhere"]
    assert facts["unsupported"] == ["lora_unet_conv_in"]
    assert facts["shape_mismatch"] == []
    assert facts["fits"]
    assert facts["dtype"] == "F16"
    assert facts["trigger_words"] == ["manga", "ink"]
    assert facts["finite"]
    assert facts["energy"] == pytest.approx(sum(n**2 for n in facts["norms"].values()))
    assert len(facts["sha256"]) == 64
    assert len(facts["autov3"]) == 12
    assert summarise(path).sha256 == facts["sha256"]
    json.dumps(facts)


def test_without_base_there_are_no_matching_fields(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    assert not {"matched", "fits", "autov3", "finite"} & set(inspect_file(path))


@pytest.mark.parametrize(
    ("shapes", "family", "variant"),
    [
        ({"input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight": (8, 768)}, "sd1", "base"),
        ({"input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight": (8, 1024)}, "sd2", "base"),
        ({"input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (8, 2048)}, "sdxl", "base"),
        (
            {"input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (8, 1280)},
            "sdxl-refiner",
            "base",
        ),
    ],
)
def test_checkpoint_family(tmp_path, shapes, family, variant):
    tensors = {f"model.diffusion_model.{k}": torch.zeros(s).half() for k, s in shapes.items()}
    tensors["model.diffusion_model.input_blocks.0.0.weight"] = torch.zeros(8, 4, 3, 3).half()
    tensors["first_stage_model.decoder.conv_in.weight"] = torch.zeros(2, 2)
    path = tmp_path / "c.safetensors"
    save_file(tensors, path)
    facts = inspect_file(path)
    assert (facts["type"], facts["family"], facts["variant"]) == ("checkpoint", family, variant)
    assert facts["components"] == ["unet", "vae"]
    assert facts["parameters"] == sum(t.numel() for t in tensors.values())
    assert facts["dtype"] == "F16"


def test_diffusers_folder(tmp_path):
    index = {"_class_name": "StableDiffusionPipeline"}
    for name, network in tiny_components().items():
        network.save_pretrained(tmp_path / name, safe_serialization=True)
        index[name] = ["library", "class"]
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    (tmp_path / "scheduler").mkdir()
    config = json.dumps({"prediction_type": "v_prediction"})
    (tmp_path / "scheduler" / "scheduler_config.json").write_text(config)
    facts = inspect_file(tmp_path)
    assert facts["type"] == "checkpoint"
    assert facts["prediction"] == "v_prediction"
    assert facts["components"] == ["unet", "text_encoder"]
    assert facts["dtype"] == "F32"
    components = tiny_components().values()
    assert facts["parameters"] == sum(
        t.numel() for n in components for t in n.state_dict().values()
    )


def test_unknown_and_broken(tmp_path):
    path = write_lora(tmp_path / "x.safetensors", {"emb_params": torch.zeros(2, 768)})
    assert inspect_file(path)["type"] == "unknown"
    with pytest.raises(FileError):
        inspect_file(tmp_path)
    with pytest.raises(FileError):
        inspect_file(tmp_path / "absent")


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"modelspec.trigger_phrase": "manga, ink"}, ("manga", "ink")),
        ({"trigger_words": "manga"}, ("manga",)),
        ({"ss_tag_frequency": '{"set": {"ink": 3, "girl": 5}}'}, ("girl", "ink")),
        ({"modelspec.trigger_phrase": "", "ss_tag_frequency": '{"set": {"girl": 5}}'}, ()),
        ({"ss_tag_frequency": "{broken"}, ()),
        ({}, ()),
    ],
)
def test_trigger_words(metadata, words):
    assert trigger_words(metadata) == words
