"""Text of A1111 and its kin: what it says is taken, what it does not say is not made up."""

import json
import time

import pytest

from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture
from tests.core.foreign import writers


def read(text: str, key: str = "parameters"):
    found = read_picture({key: text})
    assert found is not None
    return found


def test_a_usual_text_is_read_whole():
    picture = read(
        writers.a1111(
            "a girl in a meadow, <lora:manga:0.8> <lora:birds:0.5:1.25>",
            "blurry, lowres",
            {"Lora hashes": "manga: 0123456789ab, birds: ba9876543210"},
        )
    )
    assert picture.source == "A1111"
    assert picture.prompt == "a girl in a meadow,"
    assert picture.negative == "blurry, lowres"
    assert (picture.seed, picture.steps, picture.guidance) == (1234567890, 20, 7.0)
    assert picture.sampler == "DPM++ 2M Karras"
    assert (picture.width, picture.height) == (512, 768)
    assert (picture.model, picture.model_hash) == ("v1-5-pruned-emaonly", "6ce0161689")
    assert picture.loras == (
        ForeignAdapter(name="manga", scale=0.8, hashes=("0123456789ab",)),
        ForeignAdapter(name="birds", scale=1.25, text_scale=0.5, hashes=("ba9876543210",)),
    )
    assert picture.not_understood == ()
    assert picture.missing == ()


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<lora:x>", ForeignAdapter(name="x")),
        ("<lora:x:-0.5>", ForeignAdapter(name="x", scale=-0.5)),
        ("<lyco:x:te=0.2:unet=0.6>", ForeignAdapter(name="x", scale=0.6, text_scale=0.2)),
        ("<lora:two words (v2):1>", ForeignAdapter(name="two words (v2)")),
        ("<lora:絵 ünï:0.3>", ForeignAdapter(name="絵 ünï", scale=0.3)),
        ("<lora: :0.7>", ForeignAdapter(name="?", scale=0.7)),
        ("<lora:a:colon:0.7>", ForeignAdapter(name="a:colon", scale=0.7)),
        ("<lora:sub/folder/x.safetensors:0.7>", ForeignAdapter(name="x", scale=0.7)),
    ],
)
def test_names_and_strengths_of_tags(tag, expected):
    assert read(writers.a1111(f"words {tag}")).loras == (expected,)


def test_a_prompt_may_hold_what_looks_like_settings():
    prompt = 'Steps: to heaven, colour: "red", seed: of doubt\nsecond line, <b> "quoted"'
    picture = read(writers.a1111(prompt, "Steps: none\nNegative prompt: of two lines"))
    assert picture.prompt == prompt
    assert picture.negative == "Steps: none\nNegative prompt: of two lines"
    assert picture.steps == 20


def test_what_is_not_said_is_missing():
    picture = read("a cat\nSampler: Euler a, CFG scale: 5, Model: x")
    assert picture.missing == ("seed", "steps", "size")
    assert picture.sampler == "Euler a"
    assert read_picture({"parameters": "only words, and more of them"}) is None
    assert read_picture({"Software": "a camera"}) is None
    assert read_picture({}) is None


def test_what_counts_and_is_not_known_is_listed():
    more = {
        "Clip skip": 2,
        "Hires upscale": 2,
        "Denoising strength": 0.4,
        "Schedule type": "SGM Uniform",
        "TI hashes": "easyneg: 0123456789ab",
        "Lora hashes": "ghost: 0123456789ab",
    }
    listed = read(writers.a1111("a <hypernet:thing:1> cat", "", more)).not_understood
    for words in ("Clip skip: 2", "Hires upscale: 2", "Denoising strength: 0.4", "SGM Uniform"):
        assert any(words in phrase for phrase in listed), words
    assert any("<hypernet:thing:1>" in phrase for phrase in listed)
    assert any("ghost" in phrase for phrase in listed)
    assert any("easyneg" in phrase for phrase in listed)


@pytest.mark.parametrize(
    ("sampler", "schedule", "ours", "is_odd"),
    [
        ("DPM++ 2M Karras", "", "DPM++ 2M Karras", False),
        ("DPM++ 2M", "Automatic", "DPM++ 2M Karras", False),
        ("DPM++ 2M", "Uniform", "DPM++ 2M", False),
        ("Euler", "Automatic", "Euler", False),
        ("Euler a", "Karras", "Euler a", True),
        ("DPM++ SDE", "Karras", "", True),
        ("UniPC", "", "UniPC", False),
    ],
)
def test_samplers_are_mapped_or_told(sampler, schedule, ours, is_odd):
    text = writers.a1111("x", "", {"Sampler": sampler, "Schedule type": schedule})
    picture = read(text)
    assert picture.sampler == ours
    assert bool(picture.not_understood) == is_odd


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ({"Version": "f2.0.1v1.10.1-previous-659-gc055f2d4"}, "Forge"),
        ({"Version": "v1.6.0"}, "A1111"),
        ({"App": "SD.Next", "Version": "4aa1ef0", "Backend": "Diffusers"}, "SD.Next"),
        ({"Version": "Fooocus v2.5.5"}, "Fooocus"),
        ({"Version": "ComfyUI"}, "ComfyUI"),
        ({"Version": ""}, "A1111’s text"),
    ],
)
def test_programs_are_known_by_what_they_write(more, source):
    assert read(writers.a1111("x", "", more)).source == source


def test_sdnext_says_its_default_sampler_without_a_name():
    more = {"App": "SD.Next", "Sampler": "Default", "Schedule type": "", "Operations": "txt2img"}
    picture = read(writers.a1111("x <lora:foxes:0.5>", "", more | {"LoRA networks": "foxes:0.5"}))
    assert picture.sampler == ""
    assert picture.not_understood == ()


def test_forge_tells_the_guidance_of_distilled_models():
    more = {"CFG scale": 1, "Distilled CFG Scale": 3.5, "Version": "f2.0.1"}
    assert read(writers.a1111("x", "", more)).guidance == 3.5
    both = read(writers.a1111("x", "", more | {"CFG scale": 2}))
    assert both.guidance == 2
    assert any("Distilled" in phrase for phrase in both.not_understood)


def test_civitai_names_adapters_beside_the_prompt():
    resources = [
        {"type": "checkpoint", "modelVersionId": 290640, "modelName": "Pony, the: model"},
        {"type": "lora", "weight": 0.65, "modelVersionId": 1, "modelName": "Manga, flat: v2"},
        {"type": "lora", "modelVersionId": 2, "modelName": "without a weight"},
        {"type": "embed", "weight": 1, "modelVersionId": 3, "modelName": "easy"},
    ]
    picture = read(writers.civitai("a fox", "bad", resources))
    assert picture.source == "Civitai"
    assert picture.model == "Pony, the: model"
    assert picture.loras == (ForeignAdapter(name="Manga, flat: v2", scale=0.65),)
    assert picture.sampler == "Euler a"
    assert [p for p in picture.not_understood if "without a weight" in p]
    assert [p for p in picture.not_understood if "easy" in p]
    assert [p for p in picture.not_understood if "Clip skip: 2" in p]


def test_adapters_that_the_prompt_names_are_not_added_twice():
    resources = [{"type": "lora", "weight": 0.65, "modelName": "Shown otherwise"}]
    picture = read(writers.civitai("a fox <lora:fox_v2:0.65>", "", resources))
    assert [adapter.name for adapter in picture.loras] == ["fox_v2"]
    assert [p for p in picture.not_understood if "Shown otherwise" in p]


def test_hashes_stand_in_a_table_too():
    line = writers.a1111("x <lora:manga:1>") + ', Hashes: {"model": "aabbccddee", "lora:manga": '
    picture = read(line + '"1122334455", "embed:easy": "99"}, Lora hashes: "manga: 66778899aabb"')
    assert picture.loras[0].hashes == ("66778899aabb", "1122334455")


def test_the_hash_of_nothing_is_none():
    text = writers.a1111("x <lora:manga:1>", "", {"Lora hashes": "manga: e3b0c44298fc"})
    assert read(text).loras[0].hashes == ()


def test_fooocus_writes_strengths_into_a_list_of_their_own():
    more = {
        "Version": "Fooocus v2.5.5",
        "Lora hashes": "sdxl_offset: 4852686128, Fox: 1122334455",
        "Lora weights": "sdxl_offset: 0.1, Fox: 0.75",
        "Raw prompt": "a fox",
    }
    picture = read(writers.a1111("a fox, sharp", "", more))
    assert picture.loras == (
        ForeignAdapter(name="sdxl_offset", scale=0.1, hashes=("4852686128",)),
        ForeignAdapter(name="Fox", scale=0.75, hashes=("1122334455",)),
    )


def test_fooocus_own_scheme():
    picture = read(writers.fooocus())
    assert picture.source == "Fooocus"
    assert picture.prompt == "cinematic still a fox. film grain, a fox, sharp focus"
    assert picture.negative == "ugly, blurry"
    assert (picture.seed, picture.steps, picture.guidance) == (8135407530438341432, 30, 4.0)
    assert (picture.width, picture.height) == (1152, 896)
    assert (picture.model, picture.model_hash) == ("juggernautXL_v8Rundiffusion", "aeb7e9e689")
    assert picture.loras == (
        ForeignAdapter(name="sd_xl_offset_example-lora_1.0", scale=0.1, hashes=("4852686128",)),
    )
    assert picture.sampler == ""
    for words in ("dpmpp_2m_sde_gpu", "sharpness", "styles"):
        assert any(words in phrase for phrase in picture.not_understood), words


def test_fooocus_tells_of_other_layers_and_decoders_than_the_usual():
    usual = read(writers.fooocus(clip_skip=2, vae="Default (model)")).not_understood
    assert not [phrase for phrase in usual if phrase.startswith(("clip_skip", "vae"))]
    other = read(writers.fooocus(clip_skip=1, vae="fox.safetensors")).not_understood
    assert {"clip_skip: 1", "vae: fox.safetensors"} <= set(other)


def test_older_fooocus_names_an_adapter_in_one_text():
    text = writers.fooocus(loras=None, lora_combined_1="foxes : 0.5", sampler="euler")
    assert read(text).loras == (ForeignAdapter(name="foxes", scale=0.5),)


@pytest.mark.parametrize(
    "text",
    [
        "x\nSteps: " + "9" * 100_000 + ", Sampler: Euler, Seed: 1",
        "x\n" + "[" * 200_000 + ", Steps: 1, Sampler: Euler, Seed: 1",
        "x\nSteps: 1, Sampler: Euler, Seed: 1, Hashes: " + "[" * 200_000,
        "x\nSteps: 1, Sampler: Euler, Seed: 1, Hashes: " + '{"a":' * 200_000,
        "a" * 2_000_000,
        "a: " * 300_000,
        'a: "' * 300_000,
        "<lora:" * 300_000,
        " " * 2_000_000 + "x",
        "x\nSteps: 1, Sampler: Euler, " + "k" * 500_000,
        "\n" * 1_000_000,
    ],
)
def test_hostile_texts_take_no_time_and_raise_nothing(text):
    start = time.process_time()
    read_picture({"parameters": text, "UserComment": text})
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "settings",
    [
        {"Seed": "one", "Steps": "-", "Size": "big", "CFG scale": "nan"},
        {"Seed": "1e3", "Steps": "20.5", "Size": "512x", "CFG scale": "inf"},
        {"Seed": "١٢", "Steps": "1_0", "Size": "1x2x3", "CFG scale": "1_0"},
    ],
)
def test_values_of_wrong_types_are_listed(settings):
    picture = read(writers.a1111("x", "", settings))
    assert (picture.seed, picture.steps, picture.guidance, picture.width) == (None,) * 4
    assert picture.missing == ("seed", "steps", "guidance", "size")
    told = " ".join(picture.not_understood)
    for key, value in settings.items():
        assert f"{key}: {value}" in told


def test_wrong_types_in_json():
    text = writers.fooocus(
        seed=[1],
        steps=None,
        loras=[["only a name"], 3, ["x", "much"]],
        resolution=7,
        full_prompt=[1, 2],
        prompt={"a": 1},
        guidance_scale=True,
    )
    picture = read(text)
    assert picture.missing == ("prompt", "seed", "steps", "guidance", "size")
    assert picture.loras == ()
    odd = json.dumps([1, 2, {"type": 3}, "x", {"type": "lora", "weight": "y"}])
    read(f"x\nSteps: 1, Sampler: Euler, Seed: 1, Civitai resources: {odd}")


def test_far_too_long_texts_are_told_not_read():
    text = writers.a1111("x") + " " * 5_000_000
    picture = read_picture({"parameters": text, "Comment": writers.a1111("y")})
    assert picture is not None
    assert picture.prompt == "y"
    assert any("parameters" in phrase for phrase in picture.not_understood)
