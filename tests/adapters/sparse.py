"""Files of real size without real data: a header, and a hole where the numbers would be."""

import json
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.adapters.real_bases import header_of, listing, shapes_of, single_file

_TEXT_PREFIXES = {
    "text_encoder": "text_encoders.clip_l.transformer.",
    "text_encoder_2": "text_encoders.t5xxl.transformer.",
}


def sparse_file(
    path: Path,
    shapes: Mapping[str, Sequence[int]],
    metadata: Mapping[str, str] | None = None,
    dtypes: Mapping[str, str] | None = None,
) -> Path:
    """All numbers are zero and take no room on the disk."""
    document: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    at = 0
    for name, info in header_of(shapes, None, dtypes).tensors.items():
        offsets, at = [info.begin, info.end], info.end
        document[name] = {"dtype": info.dtype, "shape": info.shape, "data_offsets": offsets}
    text = json.dumps(document).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + at)
    return path


def sparse_checkpoint(path: Path, family: str) -> Path:
    """A published single file in its original names; unknown shapes (of the VAE) are one number."""
    shapes = single_file(family)["keys"]
    return sparse_file(path, {name: shape or [1] for name, shape in shapes.items()})


def sparse_transformer(path: Path, base: str) -> Path:
    """A single file with diffusers' names; Flux with its text encoders."""
    components = shapes_of(base)
    shapes: dict[str, Sequence[int]] = dict(components["transformer"])
    for component, prefix in _TEXT_PREFIXES.items() if base == "flux1" else ():
        shapes |= {prefix + name: shape for name, shape in components[component].items()}
    return sparse_file(path, shapes)


def sparse_listing(path: Path, name: str) -> Path:
    """A listed adapter; all shapes must be known."""
    listed = listing(name)
    return sparse_file(path, listed["keys"], listed.get("metadata"), listed.get("dtypes"))


def flux_parts(folder: Path) -> tuple[Path, Path, Path]:
    """Flux's transformer alone, its encoders as lone files, and an adapter of all of them."""
    shapes = shapes_of("flux1")
    base = sparse_file(folder / "base.safetensors", shapes["transformer"])
    parts = folder / "parts"
    parts.mkdir()
    for component, file in (("text_encoder", "clip_l"), ("text_encoder_2", "t5xxl")):
        sparse_file(parts / f"{file}.safetensors", shapes[component])
    modules = {
        "lora_unet_double_blocks_0_img_attn_proj": (3072, 3072),
        "lora_te1_text_model_encoder_layers_0_mlp_fc1": (3072, 768),
        "lora_te3_encoder_block_0_layer_0_SelfAttention_q": (4096, 4096),
        "lora_te3_encoder_block_1_layer_0_SelfAttention_q": (4096, 4096),
    }
    keys: dict[str, Sequence[int]] = {}
    for name, (rows, columns) in modules.items():
        keys |= {f"{name}.lora_up.weight": (rows, 2), f"{name}.lora_down.weight": (2, columns)}
    return base, parts, sparse_file(folder / "a.safetensors", keys)
