"""What ComfyUI's graphs hide is told, and never guessed."""

import pytest

from tests.core.foreign.comfy_graphs import MANGA, OTHER, read, told
from tests.core.foreign.writers import comfy_graph, comfy_node


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
