"""A picture's request as a graph for ComfyUI, in the form of its API."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from loraviewer.core.encodable import encode_json
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter

_STEPPING: Mapping[str, tuple[str, str]] = {
    "DPM++ 2M": ("dpmpp_2m", "normal"),
    "DPM++ 2M Karras": ("dpmpp_2m", "karras"),
    "DDIM": ("ddim", "ddim_uniform"),
    "Euler": ("euler", "normal"),
    "Euler a": ("euler_ancestral", "normal"),
    "UniPC": ("uni_pc", "normal"),
    "LCM": ("lcm", "normal"),
    "TCD": ("lcm", "sgm_uniform"),
    "Euler trailing": ("euler", "sgm_uniform"),
    "DDIM trailing": ("ddim", "sgm_uniform"),
}
"""Ours → its way of stepping and its schedule."""

_FAMILIES = ("sd1", "sd2", "sdxl")

Node = dict[str, Any]
Link = list[object]
"""[id of a node, which of its outputs], both as ComfyUI writes them."""


def comfy_graph(request: GenerationRequest) -> dict[str, Node]:
    """By id. ComfyUI draws its noise on another way and knows files by their names alone, so its
    picture is of the same kind, not the same; `comfy_doubts` says what else it cannot hold."""
    nodes: dict[str, Node] = {"1": _loader(request)}
    model: Link = ["1", 0]
    clip: Link = ["1", 1]
    for number, adapter in enumerate(request.adapters, 10):
        name = str(number)
        nodes[name] = _node("LoraLoader", _lora(adapter), model=model, clip=clip)
        model, clip = [name, 0], [name, 1]
    sampling = request.sampling
    stepping, schedule = _STEPPING[sampling.sampler]
    size = {"width": sampling.width, "height": sampling.height, "batch_size": 1}
    steps = {
        "seed": sampling.seed,
        "steps": sampling.steps,
        "cfg": sampling.guidance_scale,
        "sampler_name": stepping,
        "scheduler": schedule,
        "denoise": 1.0,
    }
    nodes |= {
        "2": _node("CLIPTextEncode", {"text": sampling.prompt}, clip=clip),
        "3": _node("CLIPTextEncode", {"text": sampling.negative_prompt}, clip=clip),
        "4": _node("EmptyLatentImage", size),
        "5": _node(
            "KSampler",
            steps,
            model=model,
            positive=["2", 0],
            negative=["3", 0],
            latent_image=["4", 0],
        ),
        "6": _node("VAEDecode", {}, samples=["5", 0], vae=["1", 2]),
        "7": _node("SaveImage", {"filename_prefix": "loraviewer"}, images=["6", 0]),
    }
    return nodes


def comfy_text(request: GenerationRequest) -> str:
    """JSON, to be saved as a file that ComfyUI opens, or posted to its API."""
    return encode_json(comfy_graph(request)).decode()


def comfy_doubts(request: GenerationRequest, family: str) -> tuple[str, ...]:
    """What such a graph cannot say of the request, a sentence each. family: of the base."""
    told: list[str] = []
    if family not in _FAMILIES:
        told.append(say("Its nodes are those for SD 1, SD 2 and SDXL; this base needs others."))
    if not request.checkpoint.path.endswith(".safetensors"):
        told.append(say("ComfyUI opens checkpoints from single files only: choose one there."))
    if request.sampling.sampler == "TCD":
        told.append(say("ComfyUI has no TCD by itself; LCM, which is next to it, takes its place."))
    blocks = [one.name for one in request.adapters if one.block_scales]
    if blocks:
        told.append(
            say("Strengths of single blocks are left out (“{adapter}”).", adapter=blocks[0])
        )
    if not request.merge_rule.is_sum:
        told.append(
            say(
                "The merge rule “{rule}” is left out: it adds them up.",
                rule=request.merge_rule.text,
            )
        )
    return tuple(told)


def _loader(request: GenerationRequest) -> Node:
    name = PurePath(request.checkpoint.path).name
    return _node("CheckpointLoaderSimple", {"ckpt_name": name})


def _lora(adapter: AppliedAdapter) -> dict[str, object]:
    return {
        "lora_name": PurePath(adapter.path).name,
        "strength_model": adapter.scale,
        "strength_clip": adapter.text_scale,
    }


def _node(kind: str, values: Mapping[str, object], **links: Link) -> Node:
    return {"class_type": kind, "inputs": {**values, **links}}
