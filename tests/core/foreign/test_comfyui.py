"""ComfyUI's graphs: followed along their links to what made the picture."""

import json
import time

import pytest

from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture
from tests.core.foreign.comfy_graphs import MANGA, OTHER, read, told
from tests.core.foreign.writers import comfy_graph, comfy_node


def test_the_usual_graph_is_read_whole():
    picture = read(comfy_graph())
    assert picture.source == "ComfyUI"
    assert picture.prompt == "a castle, “red” sky\nat night"
    assert picture.negative == "text, watermark"
    assert (picture.seed, picture.steps, picture.guidance) == (156680208700286, 24, 6.5)
    assert picture.sampler == "DPM++ 2M Karras"
    assert (picture.width, picture.height) == (640, 512)
    assert picture.model == "dreamshaper_8"
    assert picture.loras == (MANGA, OTHER)
    assert picture.not_understood == ()


def test_python_writes_nan_into_its_json():
    graph = comfy_graph()
    graph["9"]["is_changed"] = [float("nan")]
    assert "NaN" in json.dumps(graph)
    assert read(graph).loras == (MANGA, OTHER)


def test_loras_of_the_model_alone_leave_the_text_as_it_is():
    only = comfy_node(
        "LoraLoaderModelOnly", lora_name="x.safetensors", strength_model=0.6, model=["10", 0]
    )
    graph = comfy_graph(n11=only)
    graph["6"]["inputs"]["clip"] = graph["7"]["inputs"]["clip"] = ["10", 1]
    assert read(graph).loras == (MANGA, ForeignAdapter(name="x", scale=0.6, text_scale=0.0))


def test_a_lora_beside_the_text_s_chain_does_not_count_for_it():
    graph = comfy_graph()
    graph["6"]["inputs"]["clip"] = ["4", 1]
    scales = [(a.scale, a.text_scale) for a in read(graph).loras]
    assert scales == [(0.8, 0.0), (-0.5, 0.0)]


def test_advanced_samplers_and_custom_ones():
    advanced = comfy_node(
        "KSamplerAdvanced",
        add_noise="enable",
        noise_seed=5,
        steps=20,
        cfg=3,
        start_at_step=0,
        end_at_step=10000,
        sampler_name="euler",
        scheduler="normal",
        model=["11", 0],
        return_with_leftover_noise="disable",
        positive=["6", 0],
        negative=["7", 0],
        latent_image=["5", 0],
    )
    picture = read(comfy_graph(n3=advanced))
    assert (picture.seed, picture.steps, picture.sampler) == (5, 20, "Euler")
    assert picture.not_understood == ()
    custom = comfy_node(
        "SamplerCustom",
        add_noise=True,
        noise_seed=6,
        cfg=2.5,
        model=["11", 0],
        positive=["6", 0],
        negative=["7", 0],
        sampler=["20", 0],
        sigmas=["21", 0],
        latent_image=["5", 0],
    )
    choose = comfy_node("KSamplerSelect", sampler_name="dpmpp_2m")
    karras = comfy_node("KarrasScheduler", steps=12, sigma_max=14.6, sigma_min=0.03, rho=7)
    picture = read(comfy_graph(n3=custom, n20=choose, n21=karras))
    assert (picture.seed, picture.steps, picture.guidance) == (6, 12, 2.5)
    assert picture.sampler == "DPM++ 2M Karras"


def test_flux_graphs_with_a_guider():
    graph = comfy_graph(
        n3=comfy_node(
            "SamplerCustomAdvanced",
            noise=["25", 0],
            guider=["22", 0],
            sampler=["16", 0],
            sigmas=["17", 0],
            latent_image=["27", 0],
        ),
        n16=comfy_node("KSamplerSelect", sampler_name="euler"),
        n17=comfy_node(
            "BasicScheduler", scheduler="simple", steps=20, denoise=1.0, model=["11", 0]
        ),
        n22=comfy_node("BasicGuider", model=["11", 0], conditioning=["26", 0]),
        n25=comfy_node("RandomNoise", noise_seed=2**63 + 11),
        n26=comfy_node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        n27=comfy_node("EmptySD3LatentImage", width=1024, height=768, batch_size=1),
        n4=comfy_node("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default"),
        n30=comfy_node("DualCLIPLoader", clip_name1="t5.safetensors", clip_name2="l.safetensors"),
    )
    graph["10"]["inputs"]["clip"] = ["30", 0]
    picture = read(graph)
    assert (picture.seed, picture.steps, picture.guidance) == (2**63 + 11, 20, 3.5)
    assert (picture.width, picture.height) == (1024, 768)
    assert picture.model == "flux1-dev"
    assert picture.loras == (MANGA, OTHER)
    assert picture.negative == ""
    assert told(picture, "simple")


def test_values_may_come_from_other_nodes():
    graph = comfy_graph(
        n40=comfy_node("PrimitiveInt", value=99),
        n41=comfy_node("StringNode", text="from afar"),
        n42=comfy_node("Reroute", **{"": ["41", 0]}),
        n43=comfy_node("MathExpression", a=1),
    )
    graph["3"]["inputs"]["seed"] = ["40", 0]
    graph["6"]["inputs"]["text"] = ["41", 0]
    picture = read(graph)
    assert (picture.seed, picture.prompt) == (99, "from afar")
    graph["3"]["inputs"]["steps"] = ["43", 0]
    picture = read(graph)
    assert picture.missing == ("steps",)
    assert told(picture, "steps", "MathExpression")


def test_rows_of_a_power_loader():
    power = comfy_node(
        "Power Lora Loader (rgthree)",
        model=["4", 0],
        clip=["4", 1],
        lora_1={"on": True, "lora": "a.safetensors", "strength": 0.5},
        lora_2={"on": False, "lora": "b.safetensors", "strength": 1},
        lora_3={"on": True, "lora": "c.safetensors", "strength": 1, "strengthTwo": 0.2},
    )
    assert read(comfy_graph(n11=power)).loras == (
        ForeignAdapter(name="a", scale=0.5),
        ForeignAdapter(name="c", scale=1.0, text_scale=0.2),
    )


def test_circles_end():
    graph = comfy_graph()
    graph["10"]["inputs"] |= {"model": ["11", 0], "clip": ["11", 1]}
    graph["5"] = comfy_node("LatentUpscale", samples=["5", 0])
    graph["40"] = comfy_node("PrimitiveInt", value=["41", 0])
    graph["41"] = comfy_node("PrimitiveInt", value=["40", 0])
    graph["42"] = comfy_node("Reroute", x=["42", 0])
    graph["3"]["inputs"] |= {"seed": ["40", 0], "steps": ["42", 0]}
    picture = read(graph)
    assert {adapter.name for adapter in picture.loras} == {MANGA.name, OTHER.name}
    assert picture.model == ""
    assert {"seed", "steps", "size"} <= set(picture.missing)


@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_graphs_of_thousands_of_nodes_end_soon(order):
    graph = comfy_graph()
    for i in range(100, 4_900):
        before = str(i - 1) if i > 100 else "10"
        graph[str(i)] = comfy_node("Reroute", model=[before, 0], samples=[str(i + 1), 0])
    sampler = graph["3"]["inputs"]
    graph |= {f"s{i}": comfy_node("KSampler", **sampler) for i in range(80)}
    sampler["model"] = sampler["latent_image"] = ["4899", 0] if order == "forwards" else ["100", 0]
    start = time.process_time()
    read(graph)
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "{}",
        "[1, 2]",
        '{"1": {"class_type": 3, "inputs": {}}}',
        '{"1": {"class_type": "KSampler", "inputs": []}}',
        json.dumps({str(i): {"class_type": "X", "inputs": {}} for i in range(6_000)}),
        "1" * 10_000,
    ],
)
def test_what_is_no_graph_says_nothing(text):
    assert read_picture({"prompt": text, "workflow": text}) is None


def test_text_beside_the_graph_counts_more():
    parameters = "a fox\nSteps: 3, Sampler: Euler, Seed: 5, Size: 64x64, Version: ComfyUI"
    picture = read(comfy_graph(), parameters=parameters)
    assert (picture.source, picture.prompt, picture.steps) == ("ComfyUI", "a fox", 3)


@pytest.mark.parametrize(
    "holder",
    [
        comfy_node("easy seed", seed=5, control_before_generate="fixed"),
        comfy_node("Reroute", **{"": ["22", 0]}),
    ],
)
def test_a_value_is_read_through_nodes_that_only_hold_or_pass_it(holder):
    graph = comfy_graph(n21=holder, n22=comfy_node("PrimitiveInt", value=5))
    graph["3"]["inputs"]["seed"] = ["21", 0]
    picture = read(graph)
    assert picture.seed == 5
    assert picture.not_understood == ()
