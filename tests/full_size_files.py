"""Bases of full size without numbers: headers of published networks, and holes for the rest."""

import json
import math
import os
import shutil
import struct
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL

from loraviewer.adapters.files.gguf_formats import BLOCK_FORMATS, TYPE_NAMES
from loraviewer.core.resources import family_config
from tests.adapters.real_bases import shapes_of
from tests.adapters.sparse import sparse_file

Shapes = Mapping[str, Sequence[int]]

_ALIGNMENT = 32
_TYPE_NUMBERS = {name: number for number, name in TYPE_NAMES.items()}
_WEIGHTS = {"unet": "diffusion_pytorch_model", "transformer": "diffusion_pytorch_model",
            "vae": "diffusion_pytorch_model"}  # fmt: skip
LISTED = {"sd1": "sd1", "sdxl": "sdxl", "sd3.5-large": "sd35-large", "flux1-dev": "flux1"}
"""Bundled configuration → what `real_bases` calls its shapes."""


@cache
def vae_shapes(config: str) -> dict[str, tuple[int, ...]]:
    """Of the VAE that belongs to a bundled configuration."""
    settings = json.loads((family_config(config) / "vae" / "config.json").read_text())
    with torch.device("meta"):
        network: Any = AutoencoderKL.from_config(settings)
    return {name: tuple(parameter.shape) for name, parameter in network.named_parameters()}


def component_shapes(config: str) -> dict[str, Shapes]:
    """Component → parameter → shape, each once."""
    shapes: dict[str, Shapes] = {**shapes_of(LISTED[config]), "vae": vae_shapes(config)}
    tied = "encoder.embed_tokens.weight"
    return {
        component: {name: shape for name, shape in own.items() if name != tied}
        for component, own in shapes.items()
    }


def sparse_folder(folder: Path, config: str, dtype: str = "F16") -> Path:
    """A diffusers folder with the bundled configuration."""
    shutil.copytree(family_config(config), folder)
    for component, shapes in component_shapes(config).items():
        path = folder / component / f"{_WEIGHTS.get(component, 'model')}.safetensors"
        sparse_file(path, shapes, dtypes=dict.fromkeys(shapes, dtype))
    return folder


def sparse_gguf(path: Path, shapes: Shapes, kind: str) -> Path:
    """Matrices whose rows are whole blocks in `kind`, all others in F32."""
    form = BLOCK_FORMATS[kind]
    entries, at = b"", 0
    for name, shape in shapes.items():
        is_packed = len(shape) == 2 and shape[-1] % form.weights == 0
        dtype = kind if is_packed else "F32"
        count = math.prod(shape)
        size = count // form.weights * form.size_bytes if is_packed else 4 * count
        axes = struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))
        entries += _text(name) + axes + struct.pack("<IQ", _TYPE_NUMBERS[dtype], at)
        at += -(-size // _ALIGNMENT) * _ALIGNMENT
    start = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), 0) + entries
    start += bytes(-len(start) % _ALIGNMENT)
    path.write_bytes(start)
    os.truncate(path, len(start) + at)
    return path


def _text(name: str) -> bytes:
    raw = name.encode()
    return struct.pack("<Q", len(raw)) + raw


def companions(folder: Path, config: str) -> Path:
    """A folder of components for a denoiser that is alone: text encoders and VAE in F16, T5's
    tokenizer."""
    folder.mkdir()
    for component, shapes in component_shapes(config).items():
        if component.startswith("text_encoder"):
            sparse_file(folder / f"{component}.safetensors", shapes)
        elif component == "vae":
            sparse_file(folder / "ae.safetensors", shapes)
    (folder / "tokenizer.json").write_text("{}")
    return folder
