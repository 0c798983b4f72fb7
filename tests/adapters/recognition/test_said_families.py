"""Bases as people, trainers and sites write them."""

import json

import pytest

from loraviewer.adapters.about.summary import summary_of
from loraviewer.adapters.recognition.families import family_evidence
from loraviewer.adapters.recognition.said_families import said_families, said_family
from tests.adapters.real_bases import header_of

_WRITTEN = {
    "sd1": (
        "SD 1.5",
        "sd15",
        "SD 1.5 LCM",
        "runwayml/stable-diffusion-v1-5",
        "v1-5-pruned",
        "v1-5-pruned-emaonly.safetensors",
        "STABLE_DIFFUSION_15",
        "stable-diffusion-v1/lora",
        "sd_v1",
    ),
    "sd2": ("sd2.1", "SD 2.1 768", "sd_v2_768_v", "STABLE_DIFFUSION_21", "stabilityai/sd-turbo"),
    "sdxl": (
        "stabilityai/stable-diffusion-xl-base-1.0",
        "SDXL 1.0",
        "sdxl-turbo",
        "Pony",
        "Illustrious",
        "NoobAI",
        "animagine-xl-3.1",
        "STABLE_DIFFUSION_XL_10_BASE",
        "stable-diffusion-xl-v1-base/lora",
        "C:\\models\\sdxl\\juggernautXL_v9.safetensors",
    ),
    "sdxl-refiner": ("stabilityai/stable-diffusion-xl-refiner-1.0", "SDXL 1.0 Refiner"),
    "sd3": ("SD3.5 Large", "SD 3", "stable-diffusion-3-medium", "STABLE_DIFFUSION_35", "sd3-m"),
    "flux1": (
        "FLUX.1-dev",
        "flux.1-schnell",
        "Flux.1 D",
        "FLUX_DEV_1",
        "black-forest-labs/FLUX.1-Krea-dev",
        "flux-2024-08",
        "/home/me/sd15/models/flux1-dev.safetensors",
    ),
    "flux2": (
        "Flux.2-klein-4b/lora",
        "black-forest-labs/FLUX.2-dev",
        "Flux.2 Klein 9B",
        "FLUX_2",
        "flux_2_4b",
    ),
    "chroma": ("chroma1-hd", "lodestones/Chroma", "CHROMA_1"),
    "qwen-image": ("Qwen/Qwen-Image-Edit", "Qwen", "QWEN"),
    "z-image": ("Tongyi-MAI/Z-Image-Turbo", "ZImageTurbo", "Z_IMAGE"),
    "krea2": ("krea/Krea-2-Turbo",),
    "anima": ("circlestone-labs/Anima", "anima"),
    "auraflow": ("Pony V7", "fal/AuraFlow-v0.3"),
    "": ("dreamshaper_8", "swan-lake", "hassanblend1.5", "", "/", "\\"),
}


@pytest.mark.parametrize(
    ("family", "text"), [(family, text) for family, texts in _WRITTEN.items() for text in texts]
)
def test_what_people_write(family, text):
    assert said_family(text) == family


@pytest.mark.parametrize(
    "metadata",
    [
        {"ss_base_model_version": "flux2"},
        {"modelspec.architecture": "Flux.2-klein-4b/lora"},
        {"ot_config": json.dumps({"model_type": "FLUX_2", "base_model_name": "/x/y"})},
        {"ot_config": json.dumps({"base_model_name": "black-forest-labs/FLUX.2-dev"})},
        {"base_model_name_or_path": "black-forest-labs/FLUX.2-dev"},
        {"ss_sd_model_name": "flux-2-klein-4b.safetensors"},
    ],
)
def test_the_fields_that_name_a_base(metadata):
    ((family, sentence),) = said_families(metadata)
    assert family == "flux2"
    assert "its metadata" in sentence


def lora(name, rows, columns):
    return {f"{name}.lora_up.weight": (rows, 4), f"{name}.lora_down.weight": (4, columns)}


CONFIG = {"base_model_name_or_path": "black-forest-labs/FLUX.2-klein-4B"}
SHAPES = lora("transformer.transformer_blocks.0.attn.to_q", 3072, 3072)


def test_the_configuration_inside_decides_between_what_shapes_leave(tmp_path):
    metadata = {
        "lora_adapter_metadata": json.dumps({f"transformer.{k}": v for k, v in CONFIG.items()})
    }
    summary = summary_of(header_of(SHAPES, metadata), tmp_path / "a.safetensors")
    assert summary.family == summary.candidates[0] == "flux2"
    assert {"flux1", "chroma", "flux2", "qwen-image"} <= set(summary.candidates)
    assert summary.evidence[0] == (
        "its header (lora_adapter_metadata) names “black-forest-labs/FLUX.2-klein-4B” as its base"
    )
    assert summary.said_base == CONFIG["base_model_name_or_path"]


def test_the_configuration_beside_decides_too(tmp_path):
    (tmp_path / "adapter_config.json").write_text(json.dumps(CONFIG))
    path = tmp_path / "adapter_model.safetensors"
    path.touch()
    summary = summary_of(header_of(SHAPES), path)
    assert (summary.family, summary.name) == ("flux2", tmp_path.name)
    assert summary.evidence[0].startswith("adapter_config.json beside it names")


def test_words_never_bring_back_what_shapes_exclude():
    shapes = lora("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k", 640, 2048)
    found = family_evidence(header_of(shapes, {"ss_base_model_version": "flux1"}))
    assert "flux1" not in found.candidates
    assert found.family == "sdxl"
