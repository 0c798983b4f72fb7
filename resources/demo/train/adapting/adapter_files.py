"""An adapter's file: the ecosystem's names for its tensors, and what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from resources.demo.train.drawing.dataset import draw_scenes
from resources.demo.train.drawing.scenes import SUBJECTS
from resources.demo.train.workspace import ADAPTERS, STYLE_COUNT, STYLE_SEED

from .factors import Factor
from .recipes import Recipe

BASE_VERSION = "sd_v1"
KOHYA = {"down": "lora_down.weight", "up": "lora_up.weight"}
PEFT = {"down": "lora_A.weight", "up": "lora_B.weight"}


def _module(names: str, factor: Factor) -> str:
    """The module's name in a file."""
    name = factor.name.replace("text_encoder.", "text_encoder.text_model.")
    if names == "peft":
        return name
    return "lora_" + name.replace("text_encoder.", "te.").replace(".", "_")


def _shaped(role: str, part: torch.Tensor, factor: Factor) -> torch.Tensor:
    """As files hold it. Convolutions: down (r, in, k, k), up (out, r, 1, 1)."""
    shape = factor.weight.shape
    if role == "down":
        part = part.view(len(part), *shape[1:])
    elif role == "up":
        part = part.view(shape[0], -1, *[1] * (len(shape) - 2))
    return part.detach().half().contiguous()


def tensors(one: Recipe, factors: list[Factor]) -> dict[str, torch.Tensor]:
    """The file's tensors, fp16."""
    return peft_tensors(factors) if one.names == "peft" else kohya_tensors(factors)


def peft_tensors(factors: list[Factor]) -> dict[str, torch.Tensor]:
    """By PEFT's names, which have no alpha: it is the rank."""
    return {
        f"{_module('peft', factor)}.{PEFT.get(role, role)}": _shaped(role, part, factor)
        for factor in factors
        for role, part in factor.parts.items()
    }


def kohya_tensors(factors: list[Factor]) -> dict[str, torch.Tensor]:
    """By kohya's names, which LyCORIS follows, with an alpha for each module."""
    found = {}
    for factor in factors:
        module = _module("kohya", factor)
        for role, part in factor.parts.items():
            found[f"{module}.{KOHYA.get(role, role)}"] = _shaped(role, part, factor)
        found[f"{module}.alpha"] = torch.tensor(factor.scale * factor.rank).half()
    return found


def _frequencies(one: Recipe) -> dict[str, dict[str, int]]:
    """How often the training captions name each subject, and the trigger."""
    captions, _ = draw_scenes(STYLE_COUNT, STYLE_SEED)
    count = {name: sum(name in caption.split() for caption in captions) for name in SUBJECTS}
    return {one.name: {one.trigger: STYLE_COUNT, **count} if one.trigger else count}


def metadata(one: Recipe) -> dict[str, str]:
    """What the file says of itself, in the field's own keys; all strings."""
    acts = f"Trigger word: {one.trigger}." if one.trigger else "Acts on every prompt."
    lycoris = one.conv or one.kind != "LoRA"
    return {
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": "stable-diffusion-v1/lora",
        "modelspec.title": one.title,
        "modelspec.description": f"Trained on {one.about}. {acts}",
        "modelspec.author": "the loraviewer contributors",
        "modelspec.license": "Apache-2.0",
        "modelspec.trigger_phrase": one.trigger,
        "modelspec.resolution": "128x128",
        "ss_base_model_version": BASE_VERSION,
        "ss_sd_model_name": "loraviewer demo",
        "ss_network_module": "lycoris.kohya" if lycoris else "networks.lora",
        "ss_network_dim": str(one.rank),
        "ss_network_alpha": str(one.alpha),
        "ss_resolution": "(128, 128)",
        "ss_num_train_images": str(STYLE_COUNT),
        "ss_tag_frequency": json.dumps(_frequencies(one)),
        "kind": one.kind_label,
        "rank": str(one.rank),
        "trained_on": f"{STYLE_COUNT} drawn pictures: {one.about}",
    }


def path_of(one: Recipe) -> Path:
    """Where the adapter's file is."""
    return ADAPTERS / f"{one.name}.safetensors"


def read(one: Recipe, factors: list[Factor]) -> None:
    """Take the factors from the adapter's file."""
    kept = load_file(path_of(one))
    for factor, role, name in _names(one, factors):
        with torch.no_grad():
            part = factor.parts[role]
            part.copy_(kept[name].view(part.shape))


def _names(one: Recipe, factors: list[Factor]) -> Iterator[tuple[Factor, str, str]]:
    spelling = PEFT if one.names == "peft" else KOHYA
    for factor in factors:
        for role in factor.parts:
            yield factor, role, f"{_module(one.names, factor)}.{spelling.get(role, role)}"


def save(one: Recipe, factors: list[Factor]) -> int:
    """Write the adapter's file; its size in bytes."""
    ADAPTERS.mkdir(parents=True, exist_ok=True)
    save_file(tensors(one, factors), path_of(one), metadata(one))
    return path_of(one).stat().st_size
