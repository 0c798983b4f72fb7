"""A graph for ComfyUI: read back by the reader of its graphs, it is the same request."""

import json

import msgspec
import pytest

from loraviewer.core.comfy_export import comfy_doubts, comfy_text
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.request import SAMPLERS, CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter

REQUEST = GenerationRequest(
    checkpoint=CheckpointRef("/models/base model.safetensors", "an identity"),
    adapters=(
        AppliedAdapter("a" * 64, 0.8, 0.25, "manga", "/loras/manga v2.safetensors"),
        AppliedAdapter("b" * 64, -1.5, -1.5, "b", "/loras/b.safetensors"),
    ),
    sampling=Sampling(
        prompt="a “cat”\non a mat, {curly}", negative_prompt="blur", seed=2**60, steps=17,
        guidance_scale=6.5, sampler="Euler a", width=640, height=512,
    ),
)  # fmt: skip


@pytest.mark.parametrize("sampler", [s for s in SAMPLERS if s != "TCD"])
def test_what_is_written_is_read_back(sampler):
    sampling = msgspec.structs.replace(REQUEST.sampling, sampler=sampler)
    request = msgspec.structs.replace(REQUEST, sampling=sampling)
    read = read_picture({"prompt": comfy_text(request)})
    assert read is not None
    assert (read.prompt, read.negative) == (sampling.prompt, sampling.negative_prompt)
    assert (read.seed, read.steps, read.guidance) == (2**60, 17, 6.5)
    assert (read.width, read.height, read.sampler) == (640, 512, sampler)
    assert read.model == "base model"
    assert read.loras == (
        ForeignAdapter(name="manga v2", scale=0.8, text_scale=0.25),
        ForeignAdapter(name="b", scale=-1.5),
    )
    assert read.not_understood == ()


def test_a_sampler_that_it_has_not_is_told():
    sampling = msgspec.structs.replace(REQUEST.sampling, sampler="TCD")
    request = msgspec.structs.replace(REQUEST, sampling=sampling)
    (told,) = comfy_doubts(request, "sd1")
    assert "TCD" in told
    read = read_picture({"prompt": comfy_text(request)})
    assert read is not None
    assert read.sampler == "LCM"


def test_every_link_leads_to_a_node():
    graph = json.loads(comfy_text(REQUEST))
    links = [v for node in graph.values() for v in node["inputs"].values() if isinstance(v, list)]
    assert links
    assert all(node in graph for node, _ in links)


def test_what_it_cannot_hold_is_told():
    assert comfy_doubts(REQUEST, "sd1") == ()
    first = msgspec.structs.replace(REQUEST.adapters[0], block_scales=(("IN01", 0.5),))
    odd = msgspec.structs.replace(
        REQUEST, adapters=(first,), merge_rule=read_rule("ties:0.2"),
        checkpoint=CheckpointRef("/models/folder"),
    )  # fmt: skip
    assert len(comfy_doubts(odd, "flux1")) == 4
