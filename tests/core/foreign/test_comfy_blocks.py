"""Strengths in single blocks that nodes of ComfyUI carry: restored where they are known."""

import json

import pytest

from loraviewer.core.blocks import block_scales
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture
from tests.core.foreign.writers import comfy_graph, comfy_node

INSPIRE = "LoraLoaderBlockWeight //Inspire"
VECTOR = {"category_filter": "All", "inverse": False, "seed": 0, "A": 4.0, "B": 1.0}
VECTOR |= {"preset": "Preset", "bypass": False}
CHAIN = {"model": ["10", 0], "clip": ["10", 1]}
SHORT = (
    "IN01",
    "IN02",
    "IN04",
    "IN05",
    "IN07",
    "IN08",
    "M00",
    *(f"OUT{n:02}" for n in range(3, 12)),
)
FLUX = (*(f"D{n:02}" for n in range(19)), *(f"S{n:02}" for n in range(38)))
USUAL = "whether its file has the usual blocks for block_vector of " + INSPIRE


def read_with(node: dict, **others: dict) -> tuple[tuple[ForeignAdapter, ...], tuple[str, ...]]:
    """The adapters beyond the first one of the usual graph, and what was not understood."""
    picture = read_picture({"prompt": json.dumps(comfy_graph(n11=node, **others))})
    assert picture is not None
    assert picture.loras[0].name == "manga"
    return picture.loras[1:], picture.not_understood


def inspire(vector: object, **inputs: object) -> dict:
    fields = {"lora_name": "ink.safetensors", "strength_model": 0.5, "strength_clip": 0.5}
    return comfy_node(INSPIRE, **CHAIN, **VECTOR | fields | {"block_vector": vector} | inputs)


def numbers(count: int, **at: str) -> str:
    return ",".join(at.get(f"n{i}", "1") for i in range(count))


@pytest.mark.parametrize("at", range(1, 17))
def test_a_vector_of_inspire_counts_the_blocks_with_attention(at):
    ((found,), told) = read_with(inspire(numbers(17, **{f"n{at}": "0.25"})))
    assert found.block_scales == ((SHORT[at - 1], 0.25),)
    assert (found.name, found.scale, found.text_scale) == ("ink", 0.5, None)
    assert told == (f"{USUAL} (node 11)",)


@pytest.mark.parametrize(
    ("vector", "text", "blocks"),
    [
        (numbers(12, n0="0", n1="0.5", n11="0"), 0.0, {"IN04": 0.5, "OUT05": 0}),
        (
            numbers(27, n1="0.5", n12="2", n13="2", n14="2", n26="0"),
            None,
            {"IN01": 0.5, "M00": 2, "OUT11": 0},
        ),
        (
            numbers(21, n0="0.5", n8="0", n12="0"),
            0.25,
            {"IN08": 0, "OUT00": 0, "TIME": 0.5, "END": 0.5},
        ),
        (numbers(58, n1="0", n57="0.5"), None, {"D00": 0, "S37": 0.5}),
        (numbers(18, n0="0", n17="0.5"), 0.0, dict.fromkeys(FLUX[16:], 0.5) | {"IN": 0, "OUT": 0}),
        ("SD-MINE:" + numbers(17, n7="-1"), None, {"M00": -1}),
        (numbers(17, n1="A", n2="a", n3="B", n4=" b "), None, {"IN01": 4, "IN02": 2, "IN05": 0.5}),
    ],
)  # fmt: skip
def test_lists_of_other_lengths_and_letters(vector, text, blocks):
    ((found,), told) = read_with(inspire(vector))
    assert found.block_scales == block_scales(blocks)
    assert found.text_scale == text
    assert len(told) == 1


def test_inverse_takes_each_number_from_one():
    ((found,), _) = read_with(inspire(numbers(17, n0="0", n1="0"), inverse=True))
    assert found.text_scale is None
    assert found.block_scales == block_scales(dict.fromkeys(SHORT[1:], 0.0))


def test_numbers_that_are_all_alike_are_of_every_file():
    ((found,), told) = read_with(inspire(numbers(17)))
    assert (found.block_scales, told) == ((), ())


def test_a_bypassed_loader_loads_nothing():
    assert read_with(inspire("nonsense", bypass=True)) == ((), ())


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        (numbers(17, n3="R"), "drawn at random"),
        (numbers(17, n3="1 u"), "drawn at random"),
        ("SD-OUTALL", "only its presets file has"),
        ("%default=1,in1-3=0", "counts the blocks of its file"),
        (numbers(17, n7="1 0.5"), "several numbers for one block"),
        (numbers(16), "which has 16 numbers"),
        (numbers(27, n12="0.5"), "several numbers for the middle"),
    ],
)
def test_a_vector_that_is_not_known_is_told_and_changes_nothing(vector, words):
    ((found,), told) = read_with(inspire(vector))
    assert (found.scale, found.block_scales) == (0.5, ())
    (phrase,) = told
    assert words in phrase
    assert f"block_vector of {INSPIRE} (node 11)" in phrase


def test_a_vector_that_another_node_works_out_is_told():
    ((found,), told) = read_with(inspire(["20", 0]), n20=comfy_node("Mixer", a=1))
    assert found.block_scales == ()
    assert told == (f"block_vector of {INSPIRE} (node 11), which Mixer (node 20) works out",)


def made(**inputs: object) -> dict:
    fields = {"lora_name": "ink.safetensors", "block_vector": numbers(17, n0="0", n7="0")}
    return comfy_node(
        "MakeLBW //Inspire", model=["4", 0], clip=["4", 1], **VECTOR | fields | inputs
    )


APPLY = comfy_node(
    "ApplyLBW //Inspire", **CHAIN, strength_model=0.5, strength_clip=0.25, lbw_model=["20", 0]
)


def test_blocks_that_were_made_ready_elsewhere():
    ((found,), _) = read_with(APPLY, n20=made())
    wanted = ForeignAdapter(name="ink", scale=0.5, text_scale=0.0, block_scales=(("M00", 0.0),))
    assert found == wanted
    assert read_with(APPLY, n20=made(bypass=True)) == ((), ())


def test_an_adapter_that_was_made_ready_by_an_unknown_node_is_told():
    found, told = read_with(APPLY, n20=comfy_node("LoadLBW //Inspire", lbw_model="x"))
    assert found == ()
    assert told == ("the LoRA of ApplyLBW //Inspire (node 11)",)


def test_blocks_that_a_selection_leaves_out_are_at_0():
    """Its other numbers replace the file's alpha, which nobody knows here."""
    selection = {f"double_blocks.{n}.": 0.0 for n in range(19)}
    selection |= {f"single_blocks.{n}.": 0 for n in range(38)}
    loader = comfy_node(
        "DiTBlockLoraLoader", model=["10", 0], strength_model=0.5, lora_name="ink.safetensors",
        blocks=["20", 0],
    )  # fmt: skip
    words = comfy_node("CLIPTextEncode", text="a cat", clip=["10", 1])
    others = {"n6": words, "n7": words}
    select = comfy_node("FluxBlockLoraSelect", **selection)
    ((found,), told) = read_with(loader, n20=select, **others)
    assert found.block_scales == block_scales(dict.fromkeys(FLUX, 0.0))
    assert told == ()
    heard = comfy_node("FluxBlockLoraSelect", **selection | {"single_blocks.7.": 1.0})
    ((found,), told) = read_with(loader, n20=heard, **others)
    assert dict(found.block_scales).keys() == set(FLUX) - {"S07"}
    source = "FluxBlockLoraSelect (node 20)"
    assert told == (
        f"blocks of DiTBlockLoraLoader (node 11): {source}, what is not 0 stands for alpha",
    )
    ((found,), told) = read_with(loader, n20=comfy_node("Wan21BlockLoraSelect", x=1), **others)
    assert found.block_scales == ()
    assert "which is not known here" in told[0]


def test_a_drawing_alone_has_them_too():
    drawn = {
        "nodes": [
            {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": ["base.safetensors"],
             "outputs": [{"type": "MODEL"}, {"type": "CLIP"}]},
            {"id": 2, "type": INSPIRE, "inputs": [{"name": "model", "link": 1},
                                                  {"name": "clip", "link": 2}],
             "widgets_values": ["All", "ink.safetensors", 0.5, 0.5, False, 7, "fixed", 4, 1,
                                "Preset", numbers(17, n7="0"), False]},
            {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["a cat"],
             "inputs": [{"name": "clip", "link": 4}]},
            {"id": 4, "type": "KSampler",
             "widgets_values": [42, "fixed", 18, 5.5, "euler", "normal", 1],
             "inputs": [{"name": "model", "link": 3}, {"name": "positive", "link": 5},
                        {"name": "negative", "link": 5}]},
        ],
        "links": [[1, 1, 0, 2, 0, "MODEL"], [2, 1, 1, 2, 1, "CLIP"], [3, 2, 0, 4, 0, "MODEL"],
                  [4, 2, 1, 3, 0, "CLIP"], [5, 3, 0, 4, 1, "CONDITIONING"]],
    }  # fmt: skip
    picture = read_picture({"workflow": json.dumps(drawn)})
    assert picture is not None
    (found,) = picture.loras
    assert found == ForeignAdapter(name="ink", scale=0.5, block_scales=(("M00", 0.0),))
