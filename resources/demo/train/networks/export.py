"""The trained parts as a diffusers folder: what StableDiffusionPipeline.from_pretrained reads."""

from __future__ import annotations

import json
import shutil

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from resources.demo.train.workspace import BASE, log

from .diffusion import new_scheduler
from .tokenizer import save_tokenizer, trained_words
from .unet import trained_sampler

PREFIX = "text_model."  # the text encoder's names in every Stable Diffusion 1 folder

CARD = """---
license: apache-2.0
author: the loraviewer contributors
---

The demo's base. How it was made, what it knows and where it ends: `README.md` in the folder above.
"""


def export() -> None:
    """Write resources/demo/base: fp16 safetensors, all configurations, the trained words."""
    shutil.rmtree(BASE, ignore_errors=True)
    parts = trained_sampler()
    for part in (parts.unet, parts.text_encoder, parts.vae):
        part.to(torch.float16)
    pipe = StableDiffusionPipeline(
        vae=parts.vae,
        text_encoder=parts.text_encoder,
        tokenizer=parts.tokenizer,
        unet=parts.unet.to(memory_format=torch.contiguous_format),
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(BASE, safe_serialization=True)
    _name_classically()
    _load_as_float32()
    save_tokenizer(parts.tokenizer, BASE / "tokenizer")
    (BASE / "README.md").write_text(CARD)
    (BASE / "words.txt").write_text("\n".join(trained_words()) + "\n")
    size = sum(file.stat().st_size for file in BASE.rglob("*") if file.is_file())
    log("export", megabytes=round(size / 1e6, 1))


def _name_classically() -> None:
    """Give the text encoder's tensors the names that older readers expect."""
    path = BASE / "text_encoder" / "model.safetensors"
    kept = load_file(path)
    named = {key if key.startswith(PREFIX) else PREFIX + key: t for key, t in kept.items()}
    save_file(named, path, {"format": "pt"})


def _load_as_float32() -> None:
    """Say float32 in the text encoder's configuration: transformers would load the file's fp16
    while diffusers loads the other parts as float32, and the two would not meet.
    """
    path = BASE / "text_encoder" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"dtype": "float32", "torch_dtype": "float32"}, indent=2))
