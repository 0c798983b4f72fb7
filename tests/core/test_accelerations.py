"""Adapters for few steps are recognised by names that are published, and nothing else is."""

import pytest

from loraviewer.core.accelerations import recognised, way_in
from loraviewer.core.draft_ways import ACCELERATIONS, DraftWay
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.request import SAMPLERS

PUBLISHED = {
    "lcm-lora-sdv1-5": ("lcm", 0),
    "lcm-lora-sdxl": ("lcm", 0),
    "lcm-lora-ssd-1b": ("lcm", 0),
    "LCM_LoRA_Weights_SD15": ("lcm", 0),
    "AnimateLCM_sd15_t2v_lora": ("lcm", 0),
    "sdxl_lightning_2step_lora": ("lightning", 2),
    "sdxl_lightning_4step_lora": ("lightning", 4),
    "SDXL-Lightning-8step": ("lightning", 8),
    "Lightning-4": ("lightning", 4),
    "Qwen-Image-Lightning-8steps-V1.1": ("lightning", 8),
    "Qwen-Image-Lightning-4steps-V1.0-bf16": ("lightning", 4),
    "Qwen-Image-Edit-2509-Lightning-4steps-V1.0-fp32": ("lightning", 4),
    "Hyper-SDXL-8steps-lora": ("hyper", 8),
    "Hyper-SD15-4steps-lora": ("hyper", 4),
    "Hyper-SDXL-8steps-CFG-lora": ("hyper-cfg", 8),
    "Hyper-SD15-12steps-CFG-lora": ("hyper-cfg", 12),
    "Hyper-SD3-4steps-CFG-lora": ("hyper-cfg", 4),
    "Hyper-FLUX.1-dev-8steps-lora": ("hyper", 8),
    "Hyper-FLUX.1-dev-16steps-lora": ("hyper", 16),
    "dmd2_sdxl_4step_lora": ("dmd2", 4),
    "dmd2_sdxl_4step_lora_fp16": ("dmd2", 4),
    "FLUX.1-Turbo-Alpha": ("turbo", 0),
    "sd_xl_turbo_lora_v1": ("turbo", 0),
    "TCD-SDXL-LoRA": ("tcd", 0),
    "TCD-SD15-LoRA": ("tcd", 0),
    "pcm_sd15_smallcfg_2step_converted": ("pcm", 2),
    "pcm_sdxl_normalcfg_4step_converted": ("pcm-cfg", 4),
    "pcm_sd15_lcmlike_lora_converted": ("pcm", 0),
}
NEAR_MISSES = [
    "turbo car", "turbo_car_sdxl", "sdxl_porsche_turbo_v2", "princess turbo", "turbo", "turbo_v1",
    "flux-turbo-racer", "sdxl turbo car", "Turbo Lora Granny", "hyperrealism",
    "hyperrealism_sdxl_v3", "Hyper-realistic-portrait", "Hyper Flux Queen", "hyper_light_drifter",
    "lightning", "lightning_bolt", "Lightning McQueen", "storm lightning sdxl",
    "lightning_sdxl_v2", "lcm_pixel_art_style", "tcd_comic_dog", "DMD_dungeon", "4step_dance",
    "steps_of_rome", "add-detail-xl", "manga", "", "···",
]  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_names_say_kind_and_steps(name):
    assert way_in(name) == DraftWay(*PUBLISHED[name])


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_other_names_say_nothing(name):
    assert way_in(name) is None
    assert recognised(AdapterSummary(path=f"/loras/{name}.safetensors", name=name)) is None


@pytest.mark.parametrize(
    ("where", "summary"),
    [
        ("Its folder’s name", {"path": "/hub/lcm-lora-sdxl/pytorch_lora_weights.safetensors"}),
        ("Its title", {"title": "SDXL Lightning 4 step"}),
        ("Its title", {"metadata": {"modelspec.title": "lcm-lora-sdxl"}}),
        (
            "What its trainer wrote it as",
            {"metadata": {"ss_output_name": "dmd2_sdxl_4step_lora"}},
        ),
        ("A trigger word", {"trigger_words": ("lcm lora",)}),
    ],
)
def test_other_places_say_it_too(where, summary):
    found = recognised(
        AdapterSummary(**{"path": "/loras/quick.safetensors", "name": "q"} | summary)
    )
    assert found is not None
    assert found.evidence.startswith(where)
    assert found.title in ("LCM", "Lightning", "DMD2")


def test_one_word_that_it_was_trained_with_says_nothing():
    summary = AdapterSummary(path="/x/a.safetensors", name="a", trigger_words=("lcm", "turbo"))
    assert recognised(summary) is None


def test_names_of_any_folder_say_nothing_of_a_file_with_a_name():
    assert recognised(AdapterSummary(path="/lcm-lora-sdxl/cat.safetensors", name="cat")) is None


@pytest.mark.parametrize("kind", ACCELERATIONS)
def test_every_kind_has_a_sampler_that_there_is_and_few_steps(kind):
    way = DraftWay(kind)
    assert way.sampler in SAMPLERS
    for family in ("sd1", "sdxl", "flux1", "qwen-image"):
        assert 2 <= way.steps_on(family, 40) <= 8
        assert 1.0 <= way.guidance_on(family, 5.0) <= 5.0


def test_what_a_kind_asks_for_depends_on_the_family():
    assert DraftWay("turbo").steps_on("flux1", 4) == 8
    assert DraftWay("turbo").guidance_on("flux1", 7.0) == 3.5
    assert DraftWay("turbo").guidance_on("sdxl", 7.0) == 1.0
    assert DraftWay("hyper").strength_on("flux1") == 0.125
    assert DraftWay("hyper").strength_on("sdxl") == 1.0
    assert DraftWay("pcm-cfg").guidance_on("sdxl", 6.5) == 6.5
    assert DraftWay("hyper", 2).steps_on("flux1", 4) == 2


@pytest.mark.parametrize("kind", ["", "of a newer one"])
def test_a_kind_that_is_not_known_keeps_what_the_picture_has(kind):
    way = DraftWay(kind)
    assert (way.title, way.sampler, way.steps_on("sdxl", 5)) == ("", "", 5)
    assert way.guidance_on("sdxl", 6.5) == 6.5


@pytest.mark.parametrize("steps", [-1, 17])
def test_steps_are_few(steps):
    with pytest.raises(ValueError, match="steps"):
        DraftWay("lcm", steps)
