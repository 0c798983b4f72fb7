"""Checkpoints with denoisers in fp8, four bits or whole numbers, as other programs write them."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.engine.original import edit

Tensors = dict[str, Tensor]
Pack = Callable[[Mapping[str, Tensor]], Tensors]
WEIGHTS = "diffusion_pytorch_model.safetensors"
TABLE = torch.linspace(-1, 1, 16) ** 3
"""Of no program: whatever a file says counts."""


def plain_fp8(tensors: Mapping[str, Tensor]) -> Tensors:
    """All of it, norms and biases too, as checkpoints of SDXL and Flux are cast."""
    return {n: t.clamp(-400, 400).to(torch.float8_e4m3fn) for n, t in tensors.items()}


def e5m2(tensors: Mapping[str, Tensor]) -> Tensors:
    return {n: t.to(torch.float8_e5m2) for n, t in tensors.items()}


def scaled_fp8(suffix: str, by_rows: bool = False) -> Pack:
    """As ComfyUI keeps it: matrices in fp8, a scale beside each."""

    def pack(tensors: Mapping[str, Tensor]) -> Tensors:
        found: Tensors = {}
        for name, tensor in tensors.items():
            if not _is_matrix(name, tensor):
                found[name] = tensor.bfloat16()
                continue
            largest = tensor.float().flatten(1).abs().amax(1)
            scale = (largest if by_rows else largest.max().reshape(1)) / 448
            spread = scale.reshape(-1, *[1] * (tensor.ndim - 1))
            found[name] = (tensor.float() / spread).to(torch.float8_e4m3fn)
            found[name.removesuffix("weight") + suffix] = scale
        return found

    return pack


def four_bits(kind: str = "nf4", outer: int = 0, block: int = 64) -> Pack:
    """As bitsandbytes keeps linear layers. outer: scales that share one, 0 where they are plain."""

    def pack(tensors: Mapping[str, Tensor]) -> Tensors:
        found: Tensors = {}
        for name, tensor in tensors.items():
            found |= (
                _four_bits(name, tensor, kind, outer, block)
                if _is_linear(name, tensor)
                else {name: tensor.bfloat16()}
            )
        return found

    return pack


def int8(tensors: Mapping[str, Tensor]) -> Tensors:
    """As bitsandbytes keeps linear layers in LLM.int8."""
    found: Tensors = {}
    for name, tensor in tensors.items():
        if not _is_linear(name, tensor):
            found[name] = tensor.bfloat16()
            continue
        largest = tensor.float().abs().amax(1)
        found[name] = (tensor.float() / largest[:, None] * 127).round().to(torch.int8)
        module = name.removesuffix(".weight")
        found[f"{module}.SCB"] = largest
        found[f"{module}.weight_format"] = torch.tensor(0, dtype=torch.uint8)
    return found


def repacked(folder: Path, out: Path, pack: Pack, config: dict | None = None) -> Path:
    """A copy of a diffusers folder with another denoiser. config: its `quantization_config`."""
    shutil.copytree(folder, out)
    part = next(out / name for name in ("unet", "transformer") if (out / name).is_dir())
    save_file(pack(load_file(part / WEIGHTS)), part / WEIGHTS)
    if config is not None:
        edit(part, quantization_config=config)
    return out


def _is_matrix(name: str, tensor: Tensor) -> bool:
    return tensor.ndim > 1 and name.endswith(".weight")


def _is_linear(name: str, tensor: Tensor) -> bool:
    return tensor.ndim == 2 and name.endswith(".weight")


def _four_bits(name: str, tensor: Tensor, kind: str, outer: int, block: int) -> Tensors:
    values = tensor.float().reshape(-1)
    padded = torch.nn.functional.pad(values, (0, -len(values) % block)).view(-1, block)
    largest = padded.abs().amax(1).clamp_min(1e-8)
    codes = (padded / largest[:, None]).reshape(-1, 1).sub(TABLE).abs().argmin(1)
    codes = torch.nn.functional.pad(codes[: len(values)], (0, len(values) % 2)).view(-1, 2)
    state: dict = {"quant_type": kind, "blocksize": block, "dtype": "bfloat16"}
    state["shape"] = list(tensor.shape)
    found = {name: (codes[:, 0] * 16 + codes[:, 1]).to(torch.uint8)[:, None]}
    found[f"{name}.quant_map"] = TABLE.clone()
    if outer:
        packed, more, told = _packed_scales(largest, outer)
        found[f"{name}.absmax"] = packed
        found |= {f"{name}.{part}": value for part, value in more.items()}
        state |= told
    else:
        found[f"{name}.absmax"] = largest
    text = json.dumps(state).encode()
    key = f"{name}.quant_state.bitsandbytes__{kind}"
    return found | {key: torch.tensor(list(text), dtype=torch.uint8)}


def _packed_scales(largest: Tensor, outer: int) -> tuple[Tensor, Tensors, dict]:
    offset, table = largest.mean().item(), torch.linspace(-1, 1, 256)
    rest = torch.nn.functional.pad(largest - offset, (0, -len(largest) % outer)).view(-1, outer)
    top = rest.abs().amax(1).clamp_min(1e-8)
    codes = ((rest / top[:, None] + 1) * 127.5).round().reshape(-1)[: len(largest)]
    more = {"nested_absmax": top, "nested_quant_map": table}
    told = {"nested_blocksize": outer, "nested_dtype": "float32", "nested_offset": offset}
    return codes.to(torch.uint8), more, told
