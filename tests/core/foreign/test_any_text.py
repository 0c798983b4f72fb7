"""Whatever a picture holds, reading it gives a value or nothing: it never raises."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.core.foreign.picture import ReadPicture
from loraviewer.core.foreign.read import read_picture
from tests.core.foreign import writers

_kinds = st.sampled_from([
    "KSampler", "KSamplerAdvanced", "SamplerCustomAdvanced", "CLIPTextEncode", "LoraLoader",
    "LoraLoaderModelOnly", "CheckpointLoaderSimple", "EmptyLatentImage", "Reroute", "FluxGuidance",
    "BasicScheduler", "KSamplerSelect", "Power Lora Loader (rgthree)", "ConditioningCombine",
])  # fmt: skip
_names = st.sampled_from([
    "model", "clip", "positive", "negative", "latent_image", "samples", "seed", "steps", "cfg",
    "sampler_name", "scheduler", "denoise", "lora_name", "strength_model", "strength_clip", "text",
    "ckpt_name", "width", "height", "batch_size", "guider", "sigmas", "noise", "conditioning",
    "guidance", "lora_1", "stop_at_clip_layer", "start_at_step", "end_at_step", "value",
])  # fmt: skip
_ids = st.integers(0, 7).map(str)
_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_odd = st.recursive(
    _plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3)
)
_links = st.tuples(_ids, st.integers(-1, 3)).map(list)
_nodes = st.fixed_dictionaries(
    {
        "class_type": _kinds | _plain,
        "inputs": st.dictionaries(_names, _links | _odd, max_size=12),
    }
)
_graphs = st.dictionaries(_ids, _nodes, max_size=8)


def check(picture: ReadPicture | None) -> None:
    """What was read can be used without a further look."""
    if picture is None:
        return
    for adapter in picture.loras:
        assert adapter.name
        assert math.isfinite(adapter.scale)
        assert adapter.text_scale is None or math.isfinite(adapter.text_scale)
    assert picture.guidance is None or math.isfinite(picture.guidance)
    for value in (picture.seed, picture.steps, picture.width, picture.height):
        assert value is None or (isinstance(value, int) and not isinstance(value, bool))
    assert all(len(phrase) < 200 and phrase.isprintable() for phrase in picture.not_understood)


@given(_graphs)
@settings(max_examples=150, deadline=None)
def test_any_graph(graph: dict):
    check(read_picture({"prompt": json.dumps(graph)}))


@pytest.mark.fuzz
@given(_graphs)
@settings(max_examples=1_500, deadline=None)
def test_many_more_graphs(graph: dict):
    check(read_picture({"prompt": json.dumps(graph)}))


@given(st.dictionaries(st.sampled_from(["nodes", "links", "version"]), _odd | st.lists(_odd)))
@settings(max_examples=150, deadline=None)
def test_any_drawing(drawn: dict):
    check(read_picture({"workflow": json.dumps(drawn)}))


_TEXTS = (
    writers.a1111("a <lora:x:0.5>, “b”", "c\nd", {"Lora hashes": "x: 0123456789", "Clip skip": 2}),
    writers.civitai("a", "b", [{"type": "lora", "weight": 0.5, "modelName": "x"}]),
    writers.fooocus(),
    json.dumps(writers.comfy_graph()),
)


@given(
    st.sampled_from(_TEXTS),
    st.lists(st.tuples(st.floats(0, 1), st.text(max_size=5), st.integers(0, 9)), max_size=6),
)
@settings(max_examples=400, deadline=None)
def test_any_damage(text: str, edits: list[tuple[float, str, int]]):
    for place, new, gone in edits:
        at = int(place * len(text))
        text = text[:at] + new + text[at + gone :]
    check(read_picture({"parameters": text}))
    check(read_picture({"prompt": text, "workflow": text}))


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text(text: str):
    check(read_picture({"parameters": text, "UserComment": text, "loraviewer": text}))
