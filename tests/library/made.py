"""Weight files for a library, many of them quickly: real headers, and a hole for the numbers."""

import json
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

RANKS = (4, 8, 16, 32, 64, 128)
_BLOCKS = (
    *((f"down_blocks_{level}_attentions_{i}", 320 << level) for level in range(3) for i in (0, 1)),
    ("mid_block_attentions_0", 1280),
    *((f"up_blocks_{4 - n}_attentions_{i}", 160 << n) for n in (3, 2, 1) for i in range(3)),
)
"""The attentions of SD 1's UNet and their widths."""
_ATTENTIONS = ("attn1", "attn2")
_READ_BY_SECOND = 768


def sd1_modules() -> dict[str, tuple[int, int]]:
    """kohya's names of the 192 modules of SD 1's UNet and of 72 of its text encoder → shapes."""
    modules: dict[str, tuple[int, int]] = {}
    for block, width in _BLOCKS:
        start = f"lora_unet_{block}"
        modules |= {f"{start}_{name}": (width, width) for name in ("proj_in", "proj_out")}
        start += "_transformer_blocks_0"
        for attention in _ATTENTIONS:
            read = width if attention == "attn1" else _READ_BY_SECOND
            modules[f"{start}_{attention}_to_q"] = (width, width)
            modules |= {f"{start}_{attention}_to_{x}": (width, read) for x in "kv"}
            modules[f"{start}_{attention}_to_out_0"] = (width, width)
        modules[f"{start}_ff_net_0_proj"] = (8 * width, width)
        modules[f"{start}_ff_net_2"] = (width, 4 * width)
    for layer in range(12):
        start = f"lora_te_text_model_encoder_layers_{layer}"
        modules |= {f"{start}_self_attn_{x}_proj": (768, 768) for x in ("q", "k", "v", "out")}
        modules |= {f"{start}_mlp_fc1": (3072, 768), f"{start}_mlp_fc2": (768, 3072)}
    return modules


def lora_keys(modules: Mapping[str, tuple[int, int]], rank: int) -> dict[str, tuple[int, ...]]:
    keys: dict[str, tuple[int, ...]] = {}
    for name, (rows, columns) in modules.items():
        keys[f"{name}.alpha"] = ()
        keys[f"{name}.lora_down.weight"] = (rank, columns)
        keys[f"{name}.lora_up.weight"] = (rows, rank)
    return keys


class Layouts:
    """Headers without metadata, made once: (text, data bytes)."""

    def __init__(self, modules: Mapping[str, tuple[int, int]] | None = None) -> None:
        self._modules = dict(list(sd1_modules().items())[:4]) if modules is None else modules
        self._known: dict[int, tuple[str, int]] = {}

    def write(self, path: Path, rank: int = 8, metadata: Mapping[str, str] | None = None) -> Path:
        text, data_bytes = self._known.get(rank) or self._made(rank)
        if metadata:
            text = f'{{"__metadata__":{json.dumps(metadata)},{text[1:]}'
        raw = text.encode()
        path.write_bytes(struct.pack("<Q", len(raw)) + raw)
        os.truncate(path, 8 + len(raw) + data_bytes)
        return path

    def _made(self, rank: int) -> tuple[str, int]:
        self._known[rank] = header_text(lora_keys(self._modules, rank))
        return self._known[rank]


def header_text(keys: Mapping[str, Sequence[int]]) -> tuple[str, int]:
    """Of float16 tensors; and the bytes of their data."""
    document: dict[str, object] = {}
    at = 0
    for name, shape in keys.items():
        size = 2
        for axis in shape:
            size *= axis
        document[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    return json.dumps(document, separators=(",", ":")), at


def kohya_metadata(number: int) -> dict[str, str]:
    """As sd-scripts writes it, with two hundred tags."""
    tags = {f"tag {(number * 7 + i) % 900}": 1 + (i * 31) % 97 for i in range(200)}
    return {
        "ss_sd_model_name": "animefull.safetensors",
        "ss_base_model_version": "sd_v1",
        "ss_output_name": f"style {number}",
        "ss_network_module": "networks.lora",
        "ss_network_dim": "8",
        "ss_resolution": "(512, 512)",
        "ss_tag_frequency": json.dumps({"10_style": tags}),
        **{f"ss_setting_{i}": str(i) for i in range(60)},
    }


def aged(path: Path, seconds: int = 1_700_000_000) -> Path:
    """Written long ago: what was written just now may be written again unnoticed, and is read at
    every scan."""
    os.utime(path, (seconds, seconds))
    return path
