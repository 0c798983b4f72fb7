"""ComfyUI's graphs: followed along their links, and honest about what they hide."""

import json
import time

import pytest

from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture
from tests.core.foreign.writers import comfy_graph, comfy_node

MANGA = ForeignAdapter(name="manga", scale=0.8)
OTHER = ForeignAdapter(name="ünïcode name: x", scale=-0.5, text_scale=0.25)


def read(graph: dict, **texts: str):
    found = read_picture({"prompt": json.dumps(graph), **texts})
    assert found is not None
    return found


def told(picture, *words: str) -> bool:
    return any(all(word in phrase for word in words) for phrase in picture.not_understood)


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


@pytest.mark.parametrize(
    ("node_id", "inputs", "words"),
    [
        ("3", {"denoise": 0.5}, ("denoise 0.5",)),
        ("3", {"latent_image": ["50", 0]}, ("began from",)),
        ("5", {"batch_size": 4}, ("batch",)),
        ("6", {"clip": ["51", 0]}, ("CLIPSetLastLayer", "2")),
        ("3", {"model": ["52", 0]}, ("FreeU_V2",)),
        ("3", {"positive": ["53", 0]}, ("ControlNetApplyAdvanced",)),
        ("3", {"sampler_name": "dpmpp_sde"}, ("dpmpp_sde",)),
        ("3", {"scheduler": "beta"}, ("beta",)),
    ],
)
def test_what_changes_the_picture_and_is_not_known_is_listed(node_id, inputs, words):
    graph = comfy_graph(
        n50=comfy_node("VAEEncode", pixels=["99", 0], vae=["4", 2]),
        n51=comfy_node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["11", 1]),
        n52=comfy_node("FreeU_V2", b1=1.3, model=["11", 0]),
        n53=comfy_node("ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0], strength=1),
    )
    graph[node_id]["inputs"] |= inputs
    picture = read(graph)
    assert told(picture, *words), picture.not_understood
    assert picture.loras == (MANGA, OTHER)
    assert picture.prompt is not None


def test_two_conditions_in_one_are_no_prompt():
    both = comfy_node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["7", 0])
    graph = comfy_graph(n60=both)
    graph["3"]["inputs"]["positive"] = ["60", 0]
    picture = read(graph)
    assert "prompt" in picture.missing
    assert told(picture, "ConditioningCombine")


def test_a_second_pass_is_told_and_the_first_one_read():
    second = comfy_node(
        "KSampler",
        seed=1,
        steps=8,
        cfg=2,
        sampler_name="euler",
        scheduler="normal",
        denoise=0.5,
        model=["11", 0],
        positive=["6", 0],
        negative=["7", 0],
        latent_image=["71", 0],
    )
    upscale = comfy_node("LatentUpscale", samples=["3", 0], width=1280, height=1024)
    picture = read(comfy_graph(n70=second, n71=upscale))
    assert (picture.seed, picture.width) == (156680208700286, 640)
    assert told(picture, "another pass", "node 70")


def test_of_several_samplers_only_what_they_share_is_taken():
    twin = comfy_graph()["3"]
    twin["inputs"] = twin["inputs"] | {"seed": 8, "cfg": 1.5}
    picture = read(comfy_graph(n80=twin))
    assert picture.missing == ("seed", "guidance")
    assert picture.steps == 24
    assert picture.loras == (MANGA, OTHER)
    assert told(picture, "seed", "2 samplers")


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


def test_wrong_types_in_a_graph_are_listed():
    graph = comfy_graph()
    graph["3"]["inputs"] |= {"seed": {"a": 1}, "steps": "many", "cfg": True, "sampler_name": 3}
    graph["11"]["inputs"] |= {"lora_name": 3}
    graph["5"]["inputs"] |= {"width": "wide"}
    picture = read(graph)
    assert {"seed", "steps", "guidance", "size"} <= set(picture.missing)
    assert picture.loras == (MANGA,)
    assert told(picture, "steps", "many")
    assert told(picture, "LoRA", "node 11")


def test_a_graph_without_a_sampler_says_so():
    graph = {
        "1": comfy_node("LoadImage", image="x.png"),
        "2": comfy_node("Upscale", image=["1", 0]),
    }
    picture = read(graph)
    assert told(picture, "LoadImage", "Upscale")
    assert picture.prompt is None


def test_text_beside_the_graph_counts_more():
    parameters = "a fox\nSteps: 3, Sampler: Euler, Seed: 5, Size: 64x64, Version: ComfyUI"
    picture = read(comfy_graph(), parameters=parameters)
    assert (picture.source, picture.prompt, picture.steps) == ("ComfyUI", "a fox", 3)


def workflow(mode: int = 0) -> dict:
    """The drawing: nodes with values by place, and links; `mode` of the second LoRA."""

    def node(node_id, kind, values, inputs=(), outputs=(), **more):
        given = [{"name": n, "type": t, "link": link} for n, t, link in inputs]
        return {
            "id": node_id,
            "type": kind,
            "mode": 0,
            "widgets_values": values,
            "inputs": given,
            "outputs": [{"type": t, "links": []} for t in outputs],
            **more,
        }

    both = ("MODEL", "CLIP")
    return {
        "nodes": [
            node(1, "CheckpointLoaderSimple", ["base.safetensors"], outputs=(*both, "VAE")),
            node(2, "LoraLoader", ["manga.safetensors", 0.8, 0.8],
                 [("model", "MODEL", 1), ("clip", "CLIP", 2)], both),
            node(3, "LoraLoader", ["birds.safetensors", 0.5, 0.25],
                 [("model", "MODEL", 3), ("clip", "CLIP", 4)], both, mode=mode),
            node(4, "CLIPTextEncode", ["a cat"], [("clip", "CLIP", 6)], ("CONDITIONING",)),
            node(5, "CLIPTextEncode", ["a dog"], [("clip", "CLIP", 6)], ("CONDITIONING",)),
            node(6, "EmptyLatentImage", [512, 448, 1], (), ("LATENT",)),
            node(7, "KSampler", [42, "randomize", 18, 5.5, "euler", "normal", 1],
                 [("model", "MODEL", 5), ("positive", "CONDITIONING", 7),
                  ("negative", "CONDITIONING", 8), ("latent_image", "LATENT", 9)], ("LATENT",)),
            node(8, "Note", ["by hand"]),
        ],
        "links": [
            [1, 1, 0, 2, 0, "MODEL"], [2, 1, 1, 2, 1, "CLIP"], [3, 2, 0, 3, 0, "MODEL"],
            [4, 2, 1, 3, 1, "CLIP"], [5, 3, 0, 7, 0, "MODEL"], [6, 3, 1, 4, 0, "CLIP"],
            [7, 4, 0, 7, 1, "CONDITIONING"], [8, 5, 0, 7, 2, "CONDITIONING"],
            [9, 6, 0, 7, 3, "LATENT"],
        ],
    }  # fmt: skip


def test_a_drawing_alone_is_read_too():
    picture = read_picture({"workflow": json.dumps(workflow())})
    assert picture is not None
    assert (picture.prompt, picture.negative) == ("a cat", "a dog")
    assert (picture.seed, picture.steps, picture.guidance) == (42, 18, 5.5)
    assert (picture.width, picture.height, picture.model) == (512, 448, "base")
    assert picture.loras == (
        ForeignAdapter(name="manga", scale=0.8),
        ForeignAdapter(name="birds", scale=0.5, text_scale=0.25),
    )


def test_bypassed_nodes_lead_on_and_muted_ones_end():
    bypassed = read_picture({"workflow": json.dumps(workflow(mode=4))})
    assert bypassed is not None
    assert bypassed.loras == (ForeignAdapter(name="manga", scale=0.8),)
    assert bypassed.model == "base"
    muted = read_picture({"workflow": json.dumps(workflow(mode=2))})
    assert muted is not None
    assert muted.loras == ()
    assert muted.model == ""


def test_a_drawing_of_nonsense_raises_nothing():
    drawn = workflow(mode=4)
    drawn["nodes"][2]["outputs"] = "x"
    drawn["nodes"][1]["inputs"] = [3, {"name": "model", "link": 3}, {"link": "y"}]
    drawn["links"] += [1, [], {"id": 1}, [1, "a", "b"]]
    drawn["nodes"] += [3, {"id": "x"}, {"id": 77, "type": None, "widgets_values": 3}]
    assert read_picture({"workflow": json.dumps(drawn)}) is not None


@pytest.mark.parametrize(
    "words",
    [
        comfy_node("CR Text Replace", text="a cat", find1="cat", replace1="dog"),
        comfy_node("ImpactWildcardProcessor", wildcard_text="__a__", populated_text="a", seed=4),
        comfy_node("StringConcatenate", string_a="a", string_b="b", delimiter=", "),
    ],
)
def test_what_a_node_makes_of_its_inputs_is_not_guessed(words):
    graph = comfy_graph(n21=words)
    graph["6"]["inputs"]["text"] = ["21", 0]
    picture = read(graph)
    assert picture.prompt is None
    assert told(picture, "text of", "works out")
    assert picture.loras == (MANGA, OTHER)  # its encoder is known all the same


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


def test_a_switch_between_seeds_is_not_guessed():
    graph = comfy_graph(n21=comfy_node("ImpactSwitch", select=2, value=1, seed=3))
    graph["3"]["inputs"]["seed"] = ["21", 0]
    assert read(graph).seed is None


def test_text_strengths_are_what_the_nodes_say_where_the_words_are_combined():
    graph = comfy_graph(
        n12=comfy_node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["7", 0])
    )
    graph["3"]["inputs"]["positive"] = ["12", 0]
    picture = read(graph)
    assert picture.loras == (MANGA, OTHER)
    assert told(picture, "whether “manga” changes the text", "0.8")


def test_strengths_behind_a_node_that_merges_models_are_told():
    graph = comfy_graph(
        n12=comfy_node("ModelMergeSimple", model1=["11", 0], model2=["4", 0], ratio=0.5)
    )
    graph["3"]["inputs"]["model"] = ["12", 0]
    picture = read(graph)
    assert picture.loras == (MANGA, OTHER)
    assert told(picture, "ModelMergeSimple")
    assert told(picture, "whether “manga” changes the model", "0.8")


def test_what_else_a_lora_node_takes_is_told():
    graph = comfy_graph()
    graph["10"]["inputs"] |= {"block_vector": "1,0,0", "lora_stack": ["30", 0]}
    graph["30"] = comfy_node("LoRA Stacker", lora_name_1="s.safetensors", lora_wt_1=0.3)
    picture = read(graph)
    assert told(picture, "block_vector", "1,0,0")
    assert told(picture, "lora_stack", "LoRA Stacker")


def test_a_row_without_a_strength_is_told():
    row = {"on": True, "lora": "x.safetensors", "strength": None}
    power = comfy_node("Power Lora Loader (rgthree)", lora_1=row, model=["10", 0], clip=["10", 1])
    assert told(read(comfy_graph(n11=power)), "lora_1", "x.safetensors")


def test_two_kinds_of_guidance_are_told():
    graph = comfy_graph(n12=comfy_node("FluxGuidance", guidance=3.5, conditioning=["6", 0]))
    graph["3"]["inputs"]["positive"] = ["12", 0]
    picture = read(graph)
    assert picture.guidance == 3.5
    assert told(picture, "cfg 6.5")
